import { type Calibration, CROSS_INSET_MM, calibration as calibrationSchema } from '../document/calibration.ts';
import { archiveFile } from './archive.ts';
import { breakLines, longestPieceEm } from './line-breaking.ts';
import { colour, type Item, lineItem, mm, textItem } from './sheet.ts';

const ARM_MM = 8;
const NOTE_INSET_MM = 45;
const FINE = 0.35;
/** The largest that has room; on a sheet that has none even for the last, whoever measures is told elsewhere. */
const NOTE_PT = [10, 8, 6.5] as const;
const LEADING = 1.6;
/** No printer prints at the paper's very edge, and a calibration may move what stands there. */
const NOTE_FROM_TOP_MM = 20;

const note = [
  '校准页：请按实际尺寸（100%）打印在空白纸上，纸张方向与空白证照相同。',
  `四角十字的中心距相邻两边应各为 ${CROSS_INSET_MM}.0 毫米，刻度的零点应在纸边。`,
  '请量出：左上十字距左边、距上边，右上十字距上边，各精确到 0.1 毫米，填入校准读数。',
  'Calibration sheet: print at 100 % on plain paper, fed as the blanks are. Measure, to 0.1 mm: upper left cross from the left edge and from the top, upper right cross from the top.',
];

/**
 * A sheet of `size` with a cross in each corner and millimetre scales that begin at the edges, for `calibrationFrom`. Printed
 * once more with the calibration that it gave, its crosses are where they belong. Fails with a ZodError for a calibration
 * that is out of bounds.
 */
export async function renderCalibrationSheet(
  size: { readonly widthMm: number; readonly heightMm: number },
  calibration: Partial<Calibration> = {},
): Promise<Uint8Array> {
  const shift = calibrationSchema.parse(calibration);
  const page = {
    size: { width: mm(size.widthMm), height: mm(size.heightMm) },
    items: [...crosses(size), ...scales(size), ...noteItems(size)],
    shift: { x: mm(shift.offsetXMm), y: mm(shift.offsetYMm), degrees: shift.rotationDeg },
  };
  return await archiveFile([page], {
    title: '校准页 Calibration sheet',
    author: 'Jiujin',
    language: 'zh-CN',
    day: '2026-01-01',
  });
}

interface SheetSize {
  readonly widthMm: number;
  readonly heightMm: number;
}

function crosses({ widthMm, heightMm }: SheetSize): Item[] {
  const centres = [CROSS_INSET_MM, widthMm - CROSS_INSET_MM].flatMap((x) =>
    [CROSS_INSET_MM, heightMm - CROSS_INSET_MM].map((y) => [x, y] as const),
  );
  return [...centres, [widthMm / 2, heightMm / 2] as const].flatMap(([x, y]): Item[] => [
    ruled(x - ARM_MM, y, x + ARM_MM, y),
    ruled(x, y - ARM_MM, x, y + ARM_MM),
    { type: 'circle', x: mm(x), y: mm(y), radius: mm(ARM_MM / 2), lineWidth: FINE, colour: colour.text },
  ]);
}

/** From the edges to the crosses, so that it can be seen where the paper cuts them: long strokes at 10 mm, middle ones at 5. */
function scales({ widthMm, heightMm }: SheetSize): Item[] {
  const end = CROSS_INSET_MM - ARM_MM;
  const [xs, ys] = [
    [CROSS_INSET_MM, widthMm - CROSS_INSET_MM],
    [CROSS_INSET_MM, heightMm - CROSS_INSET_MM],
  ];
  const lines = [
    ...ys.flatMap((y) => [ruled(0, y, end, y), ruled(widthMm - end, y, widthMm, y)]),
    ...xs.flatMap((x) => [ruled(x, 0, x, end), ruled(x, heightMm - end, x, heightMm)]),
  ];
  const strokes = Array.from({ length: end }, (_, at) => at).flatMap((at): Item[] => {
    const half = at % 10 === 0 ? 2.4 : at % 5 === 0 ? 1.7 : 0.9;
    const across = [at, widthMm - at].flatMap((x) => ys.map((y) => ruled(x, y - half, x, y + half)));
    const down = [at, heightMm - at].flatMap((y) => xs.map((x) => ruled(x - half, y, x + half, y)));
    return [...across, ...down, ...(at === 10 ? numbers(at, xs, ys, { widthMm, heightMm }) : [])];
  });
  return [...lines, ...strokes];
}

function numbers(at: number, xs: readonly number[], ys: readonly number[], { widthMm, heightMm }: SheetSize): Item[] {
  const beside = 4.5;
  const across = [at, widthMm - at].flatMap((x) => ys.map((y) => [x, y + beside + 0.9] as const));
  const down = [at, heightMm - at].flatMap((y) => xs.map((x) => [x + beside, y + 0.9] as const));
  return [...across, ...down].map(([x, y]) => textItem(`${at}`, mm(x), mm(y), { sizePt: 7, align: 'center' }));
}

function noteItems({ widthMm, heightMm }: SheetSize): Item[] {
  const widthPt = mm(widthMm - 2 * NOTE_INSET_MM);
  const bottom = mm(heightMm / 2 - ARM_MM - 4);
  for (const sizePt of NOTE_PT) {
    if (Math.max(...note.map(longestPieceEm)) * sizePt > widthPt) continue;
    const lines = note.flatMap((paragraph) => breakLines(paragraph, { sizePt, widthPt }));
    const top = bottom - lines.length * sizePt * LEADING;
    if (top < mm(NOTE_FROM_TOP_MM)) continue;
    return lines.map((line, index) =>
      textItem(line, mm(widthMm / 2), top + index * sizePt * LEADING, { sizePt, align: 'center' }),
    );
  }
  return [];
}

function ruled(x1: number, y1: number, x2: number, y2: number): Item {
  return lineItem(mm(x1), mm(y1), mm(x2), mm(y2), FINE, colour.text);
}
