import { colour, frameItem, type Item, lineItem, mm, type Size } from './sheet.ts';

/** From the sheet's edge. What laser printers cannot reach ends at 4.2 mm; the frame keeps well clear of it. */
const OUTER = mm(9.5);
const INNER = mm(14.5);
const BAND = INNER - OUTER;
const STRONG = 1.5;

/** The sheet's ornament: a strong line, a band of two crossing waves between hairlines, a fret in each corner. */
export function frameItems(page: Size): Item[] {
  const [width, height] = [page.width - 2 * OUTER, page.height - 2 * OUTER];
  const inset = (by: number, lineWidth: number, ink: string): Item =>
    frameItem(OUTER + by, OUTER + by, width - 2 * by, height - 2 * by, lineWidth, ink);
  return [
    inset(0, STRONG, colour.frame),
    inset(mm(0.9), 0.4, colour.frame),
    ...bandWaves(page),
    inset(BAND, 0.4, colour.frame),
    inset(BAND + mm(0.7), 0.8, colour.frame),
    ...cornerItems(page),
  ];
}

/** Both waves of a side start and end on its middle line, a whole number of waves apart, so that they meet at the corners. */
function bandWaves(page: Size): Item[] {
  const middle = (OUTER + mm(0.9) + INNER) / 2;
  const [left, top, right, bottom] = [middle, middle, page.width - middle, page.height - middle];
  const sides = [
    { x: left, y: top, degrees: 0, length: right - left },
    { x: right, y: top, degrees: 90, length: bottom - top },
    { x: right, y: bottom, degrees: 180, length: right - left },
    { x: left, y: bottom, degrees: 270, length: bottom - top },
  ];
  return sides.flatMap(({ x, y, degrees, length }) => {
    const waves = Math.round(length / mm(9));
    const wave = { type: 'wave', x, y, degrees, waves, waveLength: length / waves, lineWidth: 0.45 } as const;
    return [
      { ...wave, phase: 1, amplitude: mm(1.35), colour: colour.ornament },
      { ...wave, phase: -1, amplitude: mm(1.35), colour: colour.ornament },
      { ...wave, phase: 1, amplitude: mm(0.55), colour: colour.ornament },
      { ...wave, phase: -1, amplitude: mm(0.55), colour: colour.ornament },
    ];
  });
}

/** 回纹: the squared spiral of Chinese borders, one in each corner, on white so that the waves end there. */
function cornerItems(page: Size): Item[] {
  const size = mm(12);
  const step = size / 6;
  const spiral = [
    [0, 0],
    [6, 0],
    [6, 6],
    [1, 6],
    [1, 2],
    [4, 2],
    [4, 4],
    [3, 4],
  ];
  return [
    [1, 1],
    [-1, 1],
    [1, -1],
    [-1, -1],
  ].flatMap(([right = 1, down = 1]) => {
    const cornerX = right === 1 ? OUTER : page.width - OUTER;
    const cornerY = down === 1 ? OUTER : page.height - OUTER;
    const place = ([x = 0, y = 0]: readonly number[]): [number, number] => [cornerX + right * x, cornerY + down * y];
    const inside = STRONG / 2;
    const white = [
      [inside, inside],
      [size, inside],
      [size, size],
      [inside, size],
    ].map(place);
    return [
      { type: 'path', points: white, closed: true, lineWidth: 0, colour: '#ffffff' },
      {
        type: 'path',
        points: spiral.map(([x = 0, y = 0]) => place([x * step, y * step])),
        closed: false,
        lineWidth: STRONG,
        colour: colour.frame,
      },
    ] as const;
  });
}

/** The rule below the title: two lines that end at a lozenge. */
export function titleRule(centreX: number, y: number): Item[] {
  const [half, gap, lozenge] = [mm(34), mm(3.4), mm(1.5)];
  const points = [
    [centreX, y - lozenge],
    [centreX + lozenge, y],
    [centreX, y + lozenge],
    [centreX - lozenge, y],
  ] as const;
  return [
    lineItem(centreX - half, y, centreX - gap, y, 0.8, colour.frame),
    lineItem(centreX + gap, y, centreX + half, y, 0.8, colour.frame),
    { type: 'path', points, closed: true, lineWidth: 0, colour: colour.frame },
  ];
}
