import { describe, expect, test } from 'vitest';
import { Paper } from '../../printers/escpos/paper.ts';
import { PAPER_DOTS_MAX, PaperRoll } from '../../printers/escpos/paper-roll.ts';
import { events, printed, stream, texts, word } from './escpos-streams.ts';

const roll = (limits: { paperDotsMax?: number; totalDotsMax?: number } = {}): PaperRoll =>
  new PaperRoll({ widthDots: 576, ...limits });
const ring = (paper: PaperRoll, times = 1): void => {
  for (let at = 0; at < times; at += 1) paper.add({ type: 'beep', atDots: paper.atDots });
};

describe('a receipt', () => {
  test('is three metres long at most, and says so when more was asked for', () => {
    const paper = roll();
    paper.advance(PAPER_DOTS_MAX);
    ring(paper);
    expect([paper.atDots, paper.full, paper.freeDots, paper.uncut]).toEqual([24_000, true, 0, undefined]);
    paper.cut('full');
    expect(paper.receipts).toMatchObject([{ heightDots: 24_000, truncated: true, events: [] }]);
  });

  test.each([
    [49, { full: false, freeDots: 1 }],
    [50, { full: true, freeDots: 0 }],
  ])('of at most 50 dots, after %i', (dots, expected) => {
    const paper = roll({ paperDotsMax: 50 });
    paper.advance(dots);
    expect(paper).toMatchObject({ atDots: dots, totalDots: dots, exhausted: false, ...expected });
  });

  test('as long as it may be is whole, and a dot more is left out', () => {
    const truncated = (dots: number): unknown => {
      const paper = roll({ paperDotsMax: 50 });
      ring(paper);
      paper.advance(dots);
      return [paper.atDots, paper.uncut?.truncated];
    };
    expect([truncated(50), truncated(51)]).toEqual([
      [50, false],
      [50, true],
    ]);
  });

  test('takes twenty thousand events', () => {
    const paper = roll();
    ring(paper, 19_999);
    expect(paper.full).toBe(false);
    ring(paper);
    expect([paper.full, paper.uncut?.events.length, paper.uncut?.truncated]).toEqual([true, 20_000, false]);
    ring(paper);
    expect([paper.uncut?.events.length, paper.uncut?.truncated]).toEqual([20_000, true]);
  });

  test('keeps the bytes that made it, in whatever pieces they came', () => {
    const paper = roll();
    const bytes = Uint8Array.from({ length: 5_000 }, (_, at) => at % 251);
    for (let at = 0; at < bytes.length; at += 7) paper.consume(bytes.subarray(at, at + 7));
    ring(paper);
    expect(Buffer.compare(paper.uncut?.bytes ?? new Uint8Array(), bytes)).toBe(0);
  });

  test('keeps four megabytes of them at most', () => {
    const kept = (...sizes: number[]): number | undefined => {
      const paper = roll();
      for (const sizeBytes of sizes) paper.consume(new Uint8Array(sizeBytes));
      ring(paper);
      return paper.uncut?.bytes.length;
    };
    const most = 4 * 1024 * 1024;
    expect([kept(most), kept(most - 1, 2), kept(most, 1)]).toEqual([most, most - 1, most]);
  });

  test('begins anew with each cut', () => {
    const paper = roll({ paperDotsMax: 50 });
    ring(paper);
    paper.consume(stream('414243'));
    paper.advance(60);
    paper.cut('partial');
    expect(paper).toMatchObject({ atDots: 0, lowestDots: 0, totalDots: 50, full: false, uncut: undefined });
    ring(paper);
    expect(paper.uncut).toEqual({
      widthDots: 576,
      heightDots: 0,
      events: [{ type: 'beep', atDots: 0 }],
      bytes: new Uint8Array(),
      cut: false,
      truncated: false,
    });
    expect(paper.receipts).toMatchObject([{ heightDots: 50, cut: true, truncated: true, bytes: { length: 3 } }]);
  });
});

describe('paper', () => {
  test('that has not moved is not cut', () => {
    const paper = roll();
    ring(paper);
    paper.cut('full');
    expect([paper.receipts, paper.uncut]).toEqual([[], undefined]);
    paper.advance(1);
    paper.cut('full');
    expect(paper.receipts).toMatchObject([{ heightDots: 1, events: [{ type: 'cut', atDots: 1, kind: 'full' }] }]);
  });

  test('of a hundred receipts is kept, and the oldest goes for the next', () => {
    const paper = roll();
    for (let dots = 1; dots <= 100; dots += 1) {
      paper.advance(dots);
      paper.cut('full');
    }
    expect([paper.receipts.length, paper.receipts[0]?.heightDots]).toEqual([100, 1]);
    paper.advance(101);
    paper.cut('full');
    expect([paper.receipts.length, paper.receipts[0]?.heightDots, paper.receipts[99]?.heightDots]).toEqual([
      100, 2, 101,
    ]);
  });

  test('of a bounded stream comes to an end, cut or not', () => {
    const paper = roll({ paperDotsMax: 60, totalDotsMax: 100 });
    expect([paper.freeDots, paper.exhausted]).toEqual([60, false]);
    paper.advance(60);
    expect([paper.freeDots, paper.full, paper.exhausted]).toEqual([0, true, false]);
    paper.cut('full');
    expect([paper.freeDots, paper.full, paper.exhausted]).toEqual([40, false, false]);
    paper.advance(39);
    expect([paper.freeDots, paper.exhausted]).toEqual([1, false]);
    paper.advance(39);
    expect(paper).toMatchObject({ atDots: 40, totalDots: 100, freeDots: 0, full: true, exhausted: true });
  });

  test('of a page is as long as what lies furthest down', () => {
    const page = roll({ paperDotsMax: 100 });
    page.advance(70);
    page.moveTo(10);
    page.advance(20);
    expect([page.atDots, page.lowestDots, page.totalDots]).toEqual([30, 70, 90]);
    page.moveTo(-5);
    expect(page.atDots).toBe(0);
    page.moveTo(101);
    expect([page.atDots, page.lowestDots]).toEqual([100, 70]);
  });
});

describe('symbols, which take long to compute', () => {
  test('are forty in a bounded stream', () => {
    const paper = roll({ totalDotsMax: 24_000 });
    const taken = Array.from({ length: 42 }, () => paper.takeSymbol());
    expect(taken).toEqual([...Array(40).fill(true), false, false]);
    ring(paper);
    expect(paper.uncut).toMatchObject({ truncated: true });
  });

  test('are as many as they like on the paper of a printer', () => {
    const paper = roll();
    expect(Array.from({ length: 100 }, () => paper.takeSymbol())).toEqual(Array(100).fill(true));
    ring(paper);
    expect(paper.uncut).toMatchObject({ truncated: false });
  });

  test('are not computed for paper that is full', () => {
    const paper = roll({ paperDotsMax: 50 });
    ring(paper);
    paper.advance(50);
    expect([paper.takeSymbol(), paper.uncut?.truncated]).toEqual([false, true]);
  });

  test.each([
    ['a QR code', '1d286b0400 315030 41', '1d286b0300 315130'],
    ['PDF417', '1d286b0400 305030 41', '1d286b0300 305130'],
    ['a barcode', '', '1d6b44 07 39363338353037'],
  ])('%s is left out behind forty others', (_, data, print) => {
    const others = '1d6b5000'.repeat(40); // of a kind that is not drawn
    const [receipt] = printed(stream(others, data, print));
    expect(receipt).toMatchObject({ heightDots: 0, truncated: true, events: { length: 40 } });
    const [fewer] = printed(stream('1d6b5000'.repeat(39), data, print));
    expect(fewer).toMatchObject({ truncated: false, events: { length: 40 } });
    expect(fewer?.heightDots).toBeGreaterThan(50);
  });
});

describe('a stream of bytes', () => {
  const paper = (): Paper => new Paper({ widthDots: 576 });
  const steps = (made: Paper): unknown[] => {
    const all = [];
    for (let step = made.step(); step; step = made.step()) {
      all.push([step.name, Buffer.from(step.parameters).toString('hex'), step.length, step.fedDots]);
    }
    return all;
  };

  test('is done step by step, each with its name, parameters, bytes and feed', () => {
    const made = paper();
    made.push(stream('"a"', '「中」', '1b4a32 1f 1b7a 1b6102 0a 1d6b0441'));
    expect(steps(made)).toEqual([
      ['text', '', 1, 0],
      ['text', '', 2, 0],
      ['feed-dots', '32', 3, 50],
      ['unknown', '', 1, 0],
      ['unknown', '', 2, 0],
      ['align', '02', 3, 0],
      ['line-feed', '', 1, 34],
    ]);
    expect([made.pendingBytes, made.step()]).toEqual([4, undefined]);
  });

  test('stays as it was sent when the sender uses its memory again', () => {
    const made = paper();
    const sent = Uint8Array.from(stream('"ab"', '0a'));
    made.push(sent);
    sent.fill(0x58);
    expect(steps(made)).toHaveLength(3);
    expect(texts(made.uncut?.events ?? [])).toEqual(['ab']);
  });

  test('goes on right behind a command that was too long to be kept', () => {
    // 65,535 bytes by 33 rows: 2,162,655 bytes and a head of eight.
    const made = paper();
    made.push(stream('1d7630 00 ffff 2100'));
    expect(steps(made)).toEqual([['unknown', '', 8, 0]]);
    for (let left = 65_535 * 33 - 5; left > 0; left -= 100_000) {
      made.push(new Uint8Array(Math.min(left, 100_000)).fill(0x41));
      expect([made.step(), made.pendingBytes]).toEqual([undefined, 0]);
    }
    made.push(stream('"XXXXXab"', '1f 0a'));
    expect(steps(made)).toHaveLength(4);
    expect(made.uncut?.events).toMatchObject([
      { type: 'unknown', reason: 'raster of 2162661 bytes', offset: 0 },
      { type: 'unknown', reason: 'control byte', offset: 8 + 65_535 * 33 + 2 },
      { type: 'text', text: 'ab' },
    ]);
  });

  test('that the printer is told to forget is forgotten: bytes, line, page and what was still to be skipped', () => {
    const shown = (...before: string[]): unknown => {
      const made = paper();
      made.push(stream(...before));
      steps(made);
      made.clear();
      made.push(stream('"ab"', '0a'));
      steps(made);
      return made.uncut?.events.flatMap((event) => (event.type === 'text' ? [[event.text, event.atDots]] : []));
    };
    for (const before of ['"xy"', '1b', '1b4c', '1d7630 00 ffff 2100', '1b246400']) {
      expect([before, shown(before)]).toEqual([before, [['ab', 0]]]);
    }
  });

  test('that ends in the middle of a command says so, and the next data begin anew', () => {
    const made = paper();
    made.print(stream('"a"', '0a 1b'), true);
    made.print(stream('"ab"', '0a'), true);
    expect(made.uncut?.events).toMatchObject([
      { text: 'a' },
      { reason: 'cut short by the end of the data', hex: '1b', offset: 2 },
      { text: 'ab' },
    ]);
  });

  test('goes on with the line, the command and the character that it broke off in', () => {
    const made = paper();
    for (const part of ['"a"', '1b', '45', '01', 'd6', 'd0']) made.print(stream(part));
    expect(made.uncut).toBeUndefined();
    made.print(stream('0a'));
    expect(made.uncut?.events).toMatchObject([
      { text: 'a中', glyphs: [{ style: { bold: false } }, { style: { bold: true } }] },
    ]);
  });

  test('is not read any further when its paper is used up', () => {
    const made = new Paper({ widthDots: 576, totalDotsMax: 100 });
    made.print(stream('07 1b4a64'));
    expect(made.uncut).toMatchObject({ heightDots: 100, truncated: false, bytes: { length: 4 } });
    made.print(stream('1b4501'));
    expect(made.uncut).toMatchObject({ truncated: true, bytes: { length: 4 } });
    const whole = new Paper({ widthDots: 576, totalDotsMax: 101 });
    whole.print(stream('07 1b4a64'));
    whole.print(stream('1b4501'));
    expect(whole.uncut).toMatchObject({ truncated: false, bytes: { length: 7 } });
  });
});

describe('a picture that the data breaks off in', () => {
  const shown = (...parts: string[]): unknown[] =>
    events(...parts).map((event) =>
      event.type === 'image'
        ? [
            event.image.rowBytes,
            event.image.rows,
            Buffer.from(event.image.bits).toString('hex'),
            event.scaleX,
            event.scaleY,
          ]
        : event.type,
    );

  test('is printed in whole rows and in its scale', () => {
    expect(shown(`1d763000 0200 ${word(16)} 0102 0304 05`)).toEqual(['unknown', [2, 2, '01020304', 1, 1]]);
    expect(shown(`1d763001 0100 ${word(256)} 0102`)).toEqual(['unknown', [1, 2, '0102', 2, 1]]);
    expect(shown(`1d763002 0100 ${word(256)} 0102`)).toEqual(['unknown', [1, 2, '0102', 1, 2]]);
    expect(shown(`1d763003 0100 ${word(256)} 0102`)).toEqual(['unknown', [1, 2, '0102', 2, 2]]);
  });

  test.each([
    ['of less than a row', '1d763000 0200 1000 01'],
    ['of its head only', '1d763000 0200 1000'],
    ['of half a head', '1d763000 0100 10'],
    ['of less', '1d763000 0100'],
    ['of no raster picture', '1d2a 0202 01000000 01020304'],
    ['of columns', '1b2a21 0300 010203'],
  ])('%s is none', (_, hex) => {
    expect(shown(hex)).toEqual(['unknown']);
  });
});
