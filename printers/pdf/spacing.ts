import { mm } from './sheet.ts';

/** What gives way, within limits that still read well, so that a last row or two do not need a sheet of their own. */
export interface Spacing {
  readonly statementPt: number;
  readonly statementLinePt: number;
  /** Between text and rule. */
  readonly fieldPadding: number;
  readonly tablePadding: number;
}

/** 四号 (14 pt), the body size of printed certificates. */
export const ample: Spacing = { statementPt: 14, statementLinePt: 27, fieldPadding: mm(2.2), tablePadding: mm(1.6) };
/** 小四 (12 pt), the smallest that official letters use for body text. */
export const close: Spacing = { statementPt: 12, statementLinePt: 21, fieldPadding: mm(1.4), tablePadding: mm(0.9) };
