import { describe, expect, test } from 'vitest';
import type { PaperEvent } from '../../printers/escpos/paper-events.ts';
import { StoredPictures } from '../../printers/escpos/stored-pictures.ts';
import { events, stream, word } from './escpos-streams.ts';

/** What a picture on the paper looks like: bytes a row, rows, dots, and by how much it is stretched. */
const drawn = (list: readonly PaperEvent[]): unknown[] =>
  list.map((event) =>
    event.type === 'image'
      ? [event.image.rowBytes, event.image.rows, hexOf(event.image.bits), event.scaleX, event.scaleY]
      : event.type === 'unknown' && event.reason,
  );
const hexOf = (bits: Uint8Array): string => Buffer.from(bits).toString('hex');

/** `GS ( L` with `m` 30h: function `fn` with parameters in hex. */
const graphics = (fn: number, parameters = ''): string => {
  const data = `30${fn.toString(16).padStart(2, '0')}${parameters.replaceAll(' ', '')}`;
  return `1d284c ${word(data.length / 2)} ${data}`;
};
/** 12 × 2 dots in rows, of which two bytes make one, and as columns of one byte, of which two bits count. */
const ROWS = 'fff0 8010';
const COLUMNS = 'c0 8080 8080 8080 8080 8080 c0';

describe('logos in the memory of the printer (FS q, FS p)', () => {
  // 8 × 8 dots with the upper half black; 16 × 8 dots, one column black; 8 × 16 dots with the lowest row black; 8 × 8 black dots.
  const logos = `1c71 04 0100 0100 ${'f0'.repeat(8)} 0200 0100 ff ${'00'.repeat(15)} 0100 0200 ${'0001'.repeat(8)} 0100 0100 ${'ff'.repeat(8)}`;
  const first = [1, 8, 'ffffffff00000000'];
  const second = [2, 8, '8000'.repeat(8)];
  const third = [1, 16, `${'00'.repeat(15)}ff`];

  test('are printed by number, each with its own size', () => {
    expect(drawn(events(logos, '1c700100', '1c700200', '1c700300', '1c700400'))).toEqual([
      [...first, 1, 1],
      [...second, 1, 1],
      [...third, 1, 1],
      [1, 8, 'ff'.repeat(8), 1, 1],
    ]);
  });

  test.each([
    ['00', 1, 1],
    ['01', 2, 1],
    ['02', 1, 2],
    ['03', 2, 2],
    ['30', 1, 1],
    ['31', 2, 1],
    ['32', 1, 2],
    ['33', 2, 2],
  ])('of mode %s are stretched %i times across and %i times down', (mode, scaleX, scaleY) => {
    expect(drawn(events(logos, `1c7001${mode}`))).toEqual([[...first, scaleX, scaleY]]);
  });

  test('have numbers from 1 to as many as were defined', () => {
    const missing = 'logo that is not in the data';
    expect(drawn(events('1c700100'))).toEqual([missing]);
    expect(drawn(events(logos, '1c700000', '1c700500'))).toEqual([missing, missing]);
  });

  test('are all replaced by the next definition', () => {
    const next = `1c71 01 0100 0100 ${'ff'.repeat(8)}`;
    expect(drawn(events(logos, next, '1c700100', '1c700200'))).toEqual([
      [1, 8, 'ff'.repeat(8), 1, 1],
      'logo that is not in the data',
    ]);
  });

  test('stay when the printer is reset', () => {
    expect(drawn(events(logos, '1b40', '1c700100'))).toEqual([[...first, 1, 1]]);
  });

  test('are kept up to the sixteenth', () => {
    const many = `1c71 11 ${`0100 0100 ${'ff'.repeat(8)}`.repeat(17)}`;
    expect(drawn(events(many, '1c701000', '1c701100'))).toEqual([
      [1, 8, 'ff'.repeat(8), 1, 1],
      'logo that is not in the data',
    ]);
  });

  test('may be of no size at all', () => {
    expect(events('1c71 01 0000 0000', '1c700100')).toEqual([]);
  });
});

describe('a downloaded picture (GS *, GS /)', () => {
  test('is as wide and high in eights of dots as it says', () => {
    const picture = `1d2a 01 02 ${'80'.repeat(2)} ${'0001'.repeat(7)}`;
    expect(drawn(events(picture, '1d2f00'))).toEqual([[1, 16, `80${'00'.repeat(7)}80${'00'.repeat(6)}7f`, 1, 1]]);
    expect(drawn(events(`1d2a 02 01 ${'ff'.repeat(16)}`, '1d2f03'))).toEqual([[2, 8, 'ffff'.repeat(8), 2, 2]]);
  });

  test('takes the place of the one before', () => {
    const pictures = [`1d2a 01 01 ${'ff'.repeat(8)}`, `1d2a 01 01 ${'f0'.repeat(8)}`];
    expect(drawn(events(...pictures, '1d2f00'))).toEqual([[1, 8, 'ffffffff00000000', 1, 1]]);
  });
});

describe('buffered graphics (GS ( L, functions 112, 113 and 50)', () => {
  const asRows = (scale: string): string => graphics(112, `30 ${scale} 31 0c00 0200 ${ROWS}`);
  const asColumns = (scale: string): string => graphics(113, `30 ${scale} 31 0c00 0200 ${COLUMNS}`);

  test.each([
    ['0101', 1, 1],
    ['0201', 2, 1],
    ['0102', 1, 2],
    ['0202', 2, 2],
    ['0303', 1, 1],
  ])('with the scales %s are stretched %i times across and %i times down', (scale, scaleX, scaleY) => {
    expect(drawn(events(asRows(scale), graphics(50)))).toEqual([[2, 2, 'fff08010', scaleX, scaleY]]);
  });

  test('in columns are of whole bytes from top to bottom', () => {
    expect(drawn(events(asColumns('0102'), graphics(50)))).toEqual([[2, 8, `fff08010${'0000'.repeat(6)}`, 1, 2]]);
  });

  test('are printed once, by either number of the function', () => {
    expect(drawn(events(asRows('0101'), graphics(2), graphics(2), graphics(50)))).toHaveLength(1);
    expect(events(graphics(50))).toEqual([]);
  });

  test('are the last that were stored', () => {
    expect(drawn(events(asColumns('0101'), asRows('0101'), graphics(50)))).toEqual([[2, 2, 'fff08010', 1, 1]]);
  });

  test.each([
    ['no dots across', 112, '0000 0200', ROWS],
    ['no dots down', 112, '0c00 0000', ROWS],
    ['no dots across, in columns', 113, '0000 0200', COLUMNS],
    ['a byte less than its size', 112, '0c00 0200', 'fff080'],
    ['a byte less than its size, in columns', 113, '0c00 0200', 'c080808080808080808080'],
    ['a column more than there are', 113, '0d00 0200', 'c08080808080808080808080'],
  ])('with %s are named, and what was stored before stays', (_, fn, size, data) => {
    const asked = graphics(fn, `30 0101 31 ${size} ${data}`);
    expect(drawn(events(asRows('0101'), asked, graphics(50)))).toEqual([
      `graphics function ${fn}`,
      [2, 2, 'fff08010', 1, 1],
    ]);
  });

  test('with more data than their size are the first of their colours', () => {
    const more = graphics(112, `30 0101 31 0c00 0200 ${ROWS} ffffffff`);
    expect(drawn(events(more, graphics(50)))).toEqual([[2, 2, 'fff08010', 1, 1]]);
    const columns = graphics(113, `30 0101 31 0c00 0200 ${COLUMNS} ffffffffffff`);
    expect(drawn(events(columns, graphics(50)))).toEqual([[2, 8, `fff08010${'0000'.repeat(6)}`, 1, 1]]);
  });
});

describe('graphics by key code (GS ( L, functions 67 to 69 and 83 to 85)', () => {
  const store = (fn: number, key: string, data: string): string => graphics(fn, `30 ${key} 01 0c00 0200 31 ${data}`);
  const print = (fn: number, key: string, scale = '0101'): string => graphics(fn, `${key} ${scale}`);
  const rows = [2, 2, 'fff08010', 1, 1];
  const columns = [2, 8, `fff08010${'0000'.repeat(6)}`, 1, 1];

  test.each([
    [67, 69, ROWS, rows],
    [68, 69, COLUMNS, columns],
    [83, 85, ROWS, rows],
    [84, 85, COLUMNS, columns],
  ])('stored by function %i and printed by function %i', (storing, printing, data, picture) => {
    const all = events(store(storing, '4142', data), print(printing, '4142'), print(printing, '4142'));
    expect(drawn(all)).toEqual([picture, picture]);
  });

  test.each([
    ['0101', 1, 1],
    ['0201', 2, 1],
    ['0102', 1, 2],
    ['0202', 2, 2],
    ['0303', 1, 1],
  ])('with the scales %s are stretched %i times across and %i times down', (scale, scaleX, scaleY) => {
    const all = events(store(67, '4142', ROWS), print(69, '4142', scale));
    expect(drawn(all)).toEqual([[2, 2, 'fff08010', scaleX, scaleY]]);
  });

  test('are found by both letters of the key, and in the memory they were put in', () => {
    const stored = [store(67, '4142', ROWS), store(83, '4143', ROWS)];
    for (const [fn, key] of [
      [69, '4242'],
      [69, '4141'],
      [69, '4143'],
      [85, '4142'],
      [85, '4342'],
    ] as const) {
      expect(drawn(events(...stored, print(fn, key)))).toEqual([`graphics function ${fn}`]);
    }
    expect(drawn(events(...stored, print(69, '4142'), print(85, '4143')))).toEqual([rows, rows]);
  });

  test('under the same key in both memories are two pictures', () => {
    const all = events(store(67, '4142', ROWS), store(84, '4142', COLUMNS), print(69, '4142'), print(85, '4142'));
    expect(drawn(all)).toEqual([rows, columns]);
  });

  test('take the place of what had their key', () => {
    expect(drawn(events(store(67, '4142', ROWS), store(68, '4142', COLUMNS), print(69, '4142')))).toEqual([columns]);
  });

  test('of less data than their size are named', () => {
    expect(drawn(events(store(67, '4142', 'fff080')))).toEqual(['graphics function 67']);
    expect(drawn(events(store(84, '4142', 'c0')))).toEqual(['graphics function 84']);
  });

  test('are kept up to the sixteenth', () => {
    const many = Array.from({ length: 17 }, (_, at) => store(67, `41${(0x30 + at).toString(16)}`, ROWS));
    expect(drawn(events(...many, print(69, '413f'), print(69, '4140')))).toEqual([
      'graphics function 67',
      rows,
      'graphics function 69',
    ]);
  });
});

describe('a function of graphics', () => {
  test('that is not known is named with its bytes', () => {
    expect(events(graphics(65, '434c52'))).toMatchObject([
      { type: 'unknown', reason: 'graphics function 65', hex: '1d284c0500304143' },
    ]);
  });

  test('of another family is named too', () => {
    expect(events('1d284c 0200 3132')).toMatchObject([{ type: 'unknown', reason: 'gs-function "L"' }]);
  });

  test('says what has become of it', () => {
    const pictures = new StoredPictures();
    const rows = stream(`30 0101 31 0c00 0200 ${ROWS}`);
    const keyed = stream(`30 4142 01 0c00 0200 31 ${ROWS}`);
    expect(pictures.apply(50, stream(''))).toEqual({ does: 'nothing' });
    expect([pictures.apply(112, rows), pictures.apply(67, keyed)]).toEqual([{ does: 'stored' }, { does: 'stored' }]);
    expect(pictures.apply(50, stream(''))).toMatchObject({ does: 'print', picture: { scaleX: 1, scaleY: 1 } });
    expect(pictures.apply(112, stream('30 0101 31 0c00 0200'))).toEqual({ does: 'unknown' });
    expect(pictures.apply(67, stream('30 4142 01 0c00 0200 31'))).toEqual({ does: 'unknown' });
    expect(pictures.apply(69, stream('4143 0101'))).toEqual({ does: 'unknown' });
    expect(pictures.apply(51, stream(''))).toEqual({ does: 'unknown' });
  });

  test('stays as it was sent when the line is used again', () => {
    const pictures = new StoredPictures();
    const sent = Uint8Array.from(stream(`30 0101 31 0c00 0200 ${ROWS}`));
    pictures.apply(112, sent);
    sent.fill(0);
    const asked = pictures.apply(50, sent);
    expect(asked.does === 'print' && hexOf(asked.picture.image.bits)).toBe('fff08010');
  });
});
