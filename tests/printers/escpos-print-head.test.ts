import { describe, expect, test } from 'vitest';
import type { PaperEvent } from '../../printers/escpos/paper-events.ts';
import { PaperRoll } from '../../printers/escpos/paper-roll.ts';
import { PrintHead } from '../../printers/escpos/print-head.ts';
import type { PrintState } from '../../printers/escpos/print-state.ts';
import { bitmapOf } from './paper-pictures.ts';

const A = Uint8Array.of(0x41);
const 国 = Uint8Array.of(0xb9, 0xfa);
const WIDTH = 96;

/** A head over paper of eight columns, with these modes set. */
function headWith(change: Partial<PrintState> = {}, paperDotsMax = 1_000): { head: PrintHead; roll: PaperRoll } {
  const roll = new PaperRoll({ widthDots: WIDTH, paperDotsMax });
  const head = new PrintHead(() => roll);
  Object.assign(head.state, change);
  return { head, roll };
}

const events = (roll: PaperRoll): readonly PaperEvent[] => roll.uncut?.events ?? [];

/** Text, left, width and height of each character, a line in a list. */
const cellsOf = (roll: PaperRoll): unknown[] =>
  events(roll).flatMap((event) =>
    event.type === 'text'
      ? [event.glyphs.map(({ text, leftDots, widthDots, heightDots }) => [text, leftDots, widthDots, heightDots])]
      : [],
  );

/** What a line holds of these characters. */
function printed(change: Partial<PrintState>, ...characters: Uint8Array[]): unknown[] {
  const { head, roll } = headWith(change);
  for (const character of characters) head.character(character);
  head.flushLine(0);
  return cellsOf(roll);
}

describe('a character', () => {
  test('in font B is 9 × 17 dots, a Chinese one as large as ever', () => {
    expect(printed({ smallFont: true }, A, 国)).toEqual([
      [
        ['A', 0, 9, 17],
        ['国', 9, 24, 24],
      ],
    ]);
    expect(printed({}, A)).toEqual([[['A', 0, 12, 24]]]);
  });

  test('in font B is as large as its multiples say', () => {
    expect(printed({ smallFont: true, width: 2, height: 3 }, A)).toEqual([[['A', 0, 18, 51]]]);
  });

  test('has the room to its right that was set, a Chinese one that on both sides', () => {
    const change = { rightSpaceDots: 5, chineseLeftDots: 3, chineseRightDots: 7 };
    expect(printed(change, A, 国, A)).toEqual([
      [
        ['A', 0, 12, 24],
        ['国', 20, 24, 24],
        ['A', 51, 12, 24],
      ],
    ]);
  });

  test.each([
    [72, 1],
    [73, 2],
  ])('of 24 dots at dot %i of a line of 96 makes %i line', (at, lines) => {
    const { head, roll } = headWith();
    head.character(A);
    head.line.positionDots = at;
    expect(head.character(国)).toBe('on-the-line');
    head.flushLine(0);
    expect(cellsOf(roll)).toHaveLength(lines);
  });

  test('goes to the next line where the room before it does not fit', () => {
    const { head, roll } = headWith({ chineseLeftDots: 12 });
    head.line.positionDots = 61;
    head.character(国);
    head.flushLine(0);
    expect(cellsOf(roll)).toEqual([[['国', 12, 24, 24]]]);
    expect(roll.atDots).toBe(34 + 24);
  });

  test.each([
    ['as wide as the line is printed', { width: 4 }, 'on-the-line'],
    ['wider than the line is told', { width: 5 }, 'wider-than-the-line'],
    ['wider than the line with the room before it is told', { width: 4, chineseLeftDots: 1 }, 'wider-than-the-line'],
    ['with room before it that fills the line is printed', { chineseLeftDots: 72 }, 'on-the-line'],
  ])('%s', (_, change, outcome) => {
    const { head } = headWith(change);
    expect(head.character(国)).toBe(outcome);
    expect(head.line.empty).toBe(outcome !== 'on-the-line');
  });

  test('on paper that is at its end is left out, and that is known of the receipt', () => {
    const { head, roll } = headWith({}, 10);
    head.feed(9);
    expect(head.character(A)).toBe('on-the-line');
    head.flushLine(0);
    expect(roll.uncut?.truncated).toBe(true); // its feet
    const full = headWith({}, 10);
    full.head.feed(10);
    expect([full.roll.uncut?.truncated, full.head.character(A)]).toEqual([false, 'left-out']);
    expect([full.roll.uncut?.truncated, full.head.line.empty]).toEqual([true, true]);
  });

  test('is the thousandth on its line, or left out', () => {
    const { head, roll } = headWith();
    const outcomes = Array.from({ length: 1_001 }, () => {
      head.line.positionDots = 0;
      return head.character(A);
    });
    expect([outcomes[999], outcomes[1_000]]).toEqual(['on-the-line', 'left-out']);
    head.feed(1);
    expect(roll.uncut?.truncated).toBe(true);
  });

  test('of one byte or two that the host has defined carries its dots', () => {
    const small = bitmapOf('#.......');
    const large = bitmapOf('.#......');
    const defined = { userCharacters: new Map([[0x41, small]]), definedCharacters: new Map([[0xb9fa, large]]) };
    const dots = (change: Partial<PrintState>): unknown => {
      const { head, roll } = headWith({ ...defined, ...change });
      for (const character of [A, 国]) head.character(character);
      head.flushLine(0);
      return events(roll).flatMap((event) => (event.type === 'text' ? event.glyphs.map(({ bitmap }) => bitmap) : []));
    };
    expect(dots({})).toEqual([undefined, large]);
    expect(dots({ userCharactersOn: true })).toEqual([small, large]);
  });
});

describe('a line', () => {
  test.each([
    ['left', 0, 30],
    ['center', 30, 60],
    ['right', 60, 90],
  ] as const)('at the %s has its strips and characters there', (align, leftDots, pictureDots) => {
    const { head, roll } = headWith({ align });
    head.character(A);
    head.line.positionDots = 30;
    head.bitImage(33, new Uint8Array(6 * 3).fill(0xff));
    head.flushLine(0);
    expect(cellsOf(roll)).toEqual([[['A', leftDots, 12, 24]]]);
    expect(events(roll)).toMatchObject([{ type: 'image', leftDots: pictureDots }, { type: 'text' }]);
  });

  test.each([
    ['without a margin begins at the paper’s edge and ends there', {}, 0, 96],
    ['begins at its margin, and is as much shorter', { leftMarginDots: 20 }, 20, 76],
    ['keeps the width of one Chinese character, however wide its margin', { leftMarginDots: 1_000 }, 72, 24],
    ['with a margin that leaves just that has it', { leftMarginDots: 72 }, 72, 24],
    ['is as wide as was set', { printWidthDots: 50 }, 0, 50],
    ['is as wide as one Chinese character where that was set', { printWidthDots: 24 }, 0, 24],
    ['set to less than one Chinese character is as wide as the paper', { printWidthDots: 23 }, 0, 96],
    ['set wider than the paper is as wide as that', { printWidthDots: 97 }, 0, 96],
    ['set wider than what its margin leaves is as wide as that', { leftMarginDots: 20, printWidthDots: 90 }, 20, 76],
  ])('%s', (_, change, leftDots, widthDots) => {
    const { head } = headWith(change);
    expect([head.leftFor(0), head.lineDots()]).toEqual([leftDots, widthDots]);
  });

  test('in the middle leaves the odd dot at the right', () => {
    expect(headWith({ align: 'center' }).head.leftFor(91)).toBe(2);
    expect(headWith({ align: 'right', leftMarginDots: 6 }).head.leftFor(80)).toBe(16);
    expect(headWith({ align: 'right' }).head.leftFor(200)).toBe(0);
  });
});

describe('a strip of a picture', () => {
  test.each([
    ['mode 0, eight rows of half the fineness', 0, 8, 2, 3],
    ['mode 1, eight rows', 1, 8, 1, 3],
    ['mode 32, 24 rows of half the fineness', 32, 24, 2, 1],
    ['mode 33, 24 rows', 33, 24, 1, 1],
  ])('in %s is 24 dots high', (_, mode, rows, scaleX, scaleY) => {
    const { head, roll } = headWith();
    head.bitImage(mode, new Uint8Array((16 * rows) / 8).fill(0xff));
    expect(head.line.positionDots).toBe(16 * scaleX);
    head.flushLine(0);
    expect(events(roll)).toMatchObject([
      { type: 'image', heightDots: 24, scaleX, scaleY, image: { rowBytes: 2, rows } },
    ]);
  });

  test('is cut at the line’s end, and nothing has room behind it', () => {
    for (const [mode, rowBytes] of [
      [33, 2],
      [32, 1],
    ] as const) {
      const { head, roll } = headWith();
      head.line.positionDots = 80;
      head.bitImage(mode, new Uint8Array(3 * 40).fill(0xff));
      expect(head.line.positionDots).toBe(96);
      head.flushLine(0);
      expect(events(roll)).toMatchObject([{ leftDots: 80, image: { rowBytes } }]);
    }
  });

  test('without columns, or without room, leaves the line as it was', () => {
    for (const [at, columns] of [
      [5, 0],
      [96, 8],
    ] as const) {
      const { head } = headWith();
      head.line.positionDots = at;
      head.bitImage(33, new Uint8Array(3 * columns));
      expect([head.line.empty, head.line.positionDots]).toEqual([true, at]);
    }
  });

  test('on a line with a thousand parts is left out, and that is known of the receipt', () => {
    const { head, roll } = headWith();
    for (let part = 0; part < 1_000; part += 1) {
      head.line.positionDots = 0;
      head.bitImage(1, Uint8Array.of(0xff));
    }
    head.feed(1);
    expect(roll.uncut?.truncated).toBe(false);
    head.line.positionDots = 0;
    head.bitImage(1, Uint8Array.of(0xff));
    expect([roll.uncut?.truncated, head.line.positionDots]).toEqual([true, 0]);
  });
});

describe('a picture', () => {
  const image = bitmapOf('########........', '########........', '########........');

  test.each([
    ['left', 1, 0],
    ['center', 1, 40],
    ['right', 1, 80],
    ['center', 2, 32],
    ['right', 3, 48],
  ] as const)('at the %s, stretched %i times, begins at dot %i', (align, scaleX, leftDots) => {
    const { head, roll } = headWith({ align });
    head.image(image, scaleX, 2);
    expect(events(roll)).toMatchObject([
      { type: 'image', atDots: 0, leftDots, heightDots: 6, scaleX, scaleY: 2, image },
    ]);
    expect(roll.atDots).toBe(6);
  });

  test('is below the line that was begun', () => {
    const { head, roll } = headWith();
    head.character(A);
    head.image(image, 1, 1);
    expect(events(roll)).toMatchObject([
      { type: 'text', atDots: 0 },
      { type: 'image', atDots: 24 },
    ]);
    expect(roll.atDots).toBe(27);
  });

  test('without dots leaves nothing on the paper', () => {
    const { head, roll } = headWith();
    head.image({ rowBytes: 0, rows: 8, bits: new Uint8Array() }, 1, 1);
    head.image({ rowBytes: 8, rows: 0, bits: new Uint8Array() }, 1, 1);
    expect([events(roll), roll.atDots]).toEqual([[], 0]);
  });

  test('is cut at the paper’s side and at its end', () => {
    const { head, roll } = headWith({}, 2);
    head.image({ rowBytes: 20, rows: 3, bits: new Uint8Array(60).fill(0xff) }, 1, 1);
    expect(events(roll)).toMatchObject([{ image: { rowBytes: 12, rows: 2 } }]);
    expect(roll.uncut?.truncated).toBe(true);
  });
});

test('a feed of nothing is none', () => {
  const { head, roll } = headWith();
  head.feed(0);
  expect(events(roll)).toEqual([]);
  head.feed(3);
  head.feed(4);
  expect(events(roll)).toEqual([
    { type: 'feed', atDots: 0, dots: 3 },
    { type: 'feed', atDots: 3, dots: 4 },
  ]);
});
