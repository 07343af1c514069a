import { type BarcodeSymbology, MAX_PAYLOAD_BYTES } from '../contract.ts';
import { aimOf } from '../payload.ts';
import type { Received } from '../visitors.ts';

/**
 * Scanned Data Report of usage 8C/02 (HID Point of Sale Usage Tables 1.02) as Honeywell, Access-IS and others lay it out, its id
 * first:
 *
 *   02 | COUNT | AIM identifier, 3 bytes | 56 bytes of data, zero filled | maker's symbology | reserved | bit 0: continues
 *
 * Symbol and Datalogic put one byte before the identifier. A scanner with the smallest descriptor leaves maker
 * and reserved out. node-hid does not give the descriptor, so the layout is told by where `]` stands and by the length.
 */
const REPORT_ID = 0x02;
const MAX_COUNT = 56;
const AIM_AT = 2;
const AIM_BYTES = 3;
const MAKER_AT = 61;
/** AIM: what comes is no bar code, but for instance an answer of the scanner itself. */
const NO_BARCODE = ']Z';

/** `shift`: bytes before the identifier. The continuing bit is in the last byte. */
const layouts = {
  standard: { shift: 0, sizeBytes: 64, hasMaker: true },
  shifted: { shift: 1, sizeBytes: 64, hasMaker: false },
  small: { shift: 0, sizeBytes: 62, hasMaker: false },
} as const;
export type ReportLayout = keyof typeof layouts;

export interface Report {
  readonly data: Uint8Array;
  readonly aim: string | undefined;
  readonly makerByte: number | undefined;
  readonly continues: boolean;
}
/** One of another length, without an identifier where it belongs, or with a count that cannot be. */
export interface DamagedReport {
  readonly isDamaged: true;
  /** True also where it cannot be told. */
  readonly continues: boolean;
}

/** `undefined` for what is another report, or none. */
export function parseReport(bytes: Uint8Array): Report | DamagedReport | undefined {
  const [id, count = 0] = bytes;
  if (id !== REPORT_ID) return undefined;
  const hasLength = Object.values(layouts).some(({ sizeBytes }) => sizeBytes === bytes.length);
  const continues = !hasLength || (bytes[bytes.length - 1]! & 1) === 1;
  const layout = layoutOf(bytes);
  if (!layout || count > MAX_COUNT) return { isDamaged: true, continues };
  const { shift, hasMaker } = layout;
  const dataAt = AIM_AT + shift + AIM_BYTES;
  return {
    data: Uint8Array.from(bytes.subarray(dataAt, dataAt + count)),
    aim: aimOf(bytes.subarray(AIM_AT + shift)),
    makerByte: hasMaker ? bytes[MAKER_AT] : undefined,
    continues,
  };
}

function layoutOf(bytes: Uint8Array): (typeof layouts)[ReportLayout] | undefined {
  // A scanner that does not say what it read leaves the identifier empty.
  const isEmpty = bytes.subarray(AIM_AT, AIM_AT + AIM_BYTES).every((byte) => byte === 0);
  const fits = ({ shift, sizeBytes }: (typeof layouts)[ReportLayout]): boolean =>
    bytes.length === sizeBytes && aimOf(bytes.subarray(AIM_AT + shift)) !== undefined;
  const named = Object.values(layouts).find(fits);
  if (named || !isEmpty) return named;
  return [layouts.standard, layouts.small].find(({ sizeBytes }) => bytes.length === sizeBytes);
}

export interface ReportSettings {
  readonly layout?: ReportLayout;
  /** Three characters; empty where the scanner names none. */
  readonly aim?: string;
  readonly makerByte?: number;
}

/** The reports of one code, as a scanner sends them. */
export function encodeReports(
  payload: Uint8Array,
  { layout = 'standard', aim = ']Q1', makerByte = 0 }: ReportSettings = {},
): Uint8Array[] {
  const { shift, sizeBytes, hasMaker } = layouts[layout];
  const reports: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < payload.length; at += MAX_COUNT) {
    const data = payload.subarray(at, at + MAX_COUNT);
    const report = new Uint8Array(sizeBytes);
    report.set([REPORT_ID, data.length]);
    report.set(Buffer.from(aim, 'latin1'), AIM_AT + shift);
    if (hasMaker) report[MAKER_AT] = makerByte;
    report.set(data, AIM_AT + shift + AIM_BYTES);
    report[report.length - 1] = at + MAX_COUNT < payload.length ? 1 : 0;
    reports.push(report);
  }
  return reports;
}

/** Honeywell's names for what it read, where we have a word for it (N3680 guide, symbology charts). */
const honeywellSymbologies: Readonly<Record<number, BarcodeSymbology>> = {
  44: 'info-mail',
  60: 'code-32',
  65: 'australian-post',
  66: 'british-post',
  68: 'ean-8',
  69: 'upc-e',
  72: 'han-xin',
  81: 'china-post',
  82: 'micro-pdf417',
  86: 'codablock-a',
  97: 'codabar',
  98: 'code-39',
  99: 'upc-a',
  100: 'ean-13',
  101: 'interleaved-2-of-5',
  103: 'msi',
  104: 'code-11',
  105: 'code-93',
  106: 'code-128',
  113: 'codablock-f',
  114: 'pdf417',
  115: 'qr-code',
  119: 'data-matrix',
  120: 'maxicode',
  121: 'gs1-databar',
  122: 'aztec',
  124: 'gs1-128',
  125: 'gs1-databar-expanded',
};

/**
 * Joins reports to codes. A code that breaks off, or of which a part is damaged or names another identifier, is lost whole,
 * and so are its late parts: all up to the one that ends it. Keeps no time: whoever feeds it says when the rest is overdue.
 */
export class ReportAssembler {
  readonly #maker: 'other' | 'honeywell';
  #parts: Uint8Array[] = [];
  #heldBytes = 0;
  #aim: string | undefined;
  /** `told`: too long, or lost; its visitor knows, or it has been counted. */
  #fate: 'wanted' | 'disowned' | 'told' = 'wanted';
  #underWay = false;
  damagedReports = 0;

  constructor(maker: 'other' | 'honeywell') {
    this.#maker = maker;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  get isUnderWay(): boolean {
    return this.#underWay;
  }

  push(chunk: Uint8Array): Received[] {
    const report = parseReport(chunk);
    if (!report) return [];
    if ('isDamaged' in report) {
      this.damagedReports += 1;
      return this.#lose(report.continues);
    }
    if (this.#underWay && this.#fate !== 'told' && report.aim !== this.#aim) return this.#lose(report.continues);
    this.#underWay = true;
    this.#aim = report.aim;
    if (this.#fate !== 'told' && report.data.length > 0) this.#parts.push(report.data);
    this.#heldBytes = this.#parts.reduce((sum, { length }) => sum + length, 0);
    if (this.#heldBytes > MAX_PAYLOAD_BYTES) {
      const isWanted = this.#fate === 'wanted';
      const lost = this.#lose(report.continues);
      return isWanted ? [{ kind: 'too-long' }] : lost;
    }
    return report.continues ? [] : this.#finish(report);
  }

  /** The code under way belongs to nobody who comes now. */
  disown(): void {
    if (this.#underWay && this.#fate === 'wanted') this.#fate = 'disowned';
  }

  /** The rest of the code under way is overdue. It may still come, and belongs to no other. */
  giveUp(): Received[] {
    return this.#underWay ? this.#lose(true) : [];
  }

  /** Long enough after `giveUp` that nothing of it can still be on its way. */
  startAnew(): void {
    this.#forget();
  }

  #lose(continues: boolean): Received[] {
    const told = this.#fate === 'told';
    this.#forget();
    if (continues) {
      this.#underWay = true;
      this.#fate = 'told';
    }
    return told ? [] : [{ kind: 'forgotten' }];
  }

  #finish({ aim, makerByte = 0 }: Report): Received[] {
    const [fate, bytes] = [this.#fate, Buffer.concat(this.#parts)];
    this.#forget();
    if (fate === 'told' || bytes.length === 0 || aim?.startsWith(NO_BARCODE)) return [];
    if (fate === 'disowned') return [{ kind: 'forgotten' }];
    const symbology = this.#maker === 'honeywell' ? honeywellSymbologies[makerByte] : undefined;
    return [
      {
        kind: 'code',
        bytes: Uint8Array.from(bytes),
        ...(aim !== undefined && { aim }),
        ...(symbology !== undefined && { symbology }),
      },
    ];
  }

  #forget(): void {
    this.#parts = [];
    this.#heldBytes = 0;
    this.#aim = undefined;
    this.#underWay = false;
    this.#fate = 'wanted';
  }
}
