import { describe, expect, test } from 'vitest';
import type { Receipt } from '../../printers/document/document.ts';
import { sampleReceipt } from '../../printers/escpos/sample.ts';

type Block = Receipt['blocks'][number];
type Of<Type extends Block['type']> = Extract<Block, { type: Type }>;

function blocks<Type extends Block['type']>(type: Type, columns = 48): Of<Type>[] {
  return sampleReceipt({ columns }).blocks.filter((block): block is Of<Type> => block.type === type);
}

/** All texts in it, wherever they stand. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

describe('the sample of a receipt', () => {
  test('has every kind of block', () => {
    const types = new Set(sampleReceipt({ columns: 48 }).blocks.map(({ type }) => type));
    const all = [
      'picture',
      'title',
      'subtitle',
      'rule',
      'text',
      'number',
      'fields',
      'table',
      'columns',
      'barcode',
      'qr',
    ];
    expect([...types].sort()).toEqual(all.sort());
  });

  test('has no text without letters or digits', () => {
    for (const text of textsIn(sampleReceipt({ columns: 48 }))) expect(text).toMatch(/[\p{L}\p{N}]/u);
  });

  test('has strong text, text in the middle, and figures at the right', () => {
    expect(blocks('text').map(({ strong }) => strong)).toContain(true);
    expect(blocks('text').map(({ align }) => align)).toContain('center');
    expect(
      blocks('table')[0]
        ?.columns.slice(1)
        .map(({ align }) => align),
    ).toEqual(['right', 'right']);
    expect(blocks('columns')[0]?.align).toBe('right');
  });

  test('has rows of fields and a table with a cell for each column', () => {
    expect(blocks('fields')[0]?.rows.length).toBeGreaterThan(2);
    const [table] = blocks('table');
    expect(table?.rows.length).toBeGreaterThan(1);
    for (const row of table?.rows ?? []) expect(row).toHaveLength(3);
  });

  test('adds up', () => {
    const amount = (text: string): number => Number(text.replaceAll(/[￥,]/g, ''));
    const sum = blocks('table')[0]?.rows.reduce((total, row) => total + amount(row[2]!), 0);
    expect(sum).toBe(amount(blocks('columns')[0]?.right ?? ''));
  });

  test('has what the printer’s font lacks, and what is drawn joined', () => {
    const values =
      blocks('fields')[0]
        ?.rows.map(({ value }) => value)
        .join('') ?? '';
    expect(values).toMatch(/\p{Script=Arabic}/u);
    expect(values).toMatch(/[\u{20000}-\u{2ffff}]/u);
  });

  test.each([12, 32, 48])('has a ruler of %i digits for as many columns', (columns) => {
    const ruler = blocks('text', columns).find(({ text }) => /^\d+$/.test(text))?.text;
    expect(ruler).toBe('1234567890'.repeat(5).slice(0, columns));
  });

  test('has a short barcode below 26 columns, where the long one finds no room', () => {
    const lengths = [25, 26, 48].map((columns) => blocks('barcode', columns)[0]?.data.length);
    expect(lengths[0]).toBeLessThan(lengths[1]!);
    expect(lengths[1]).toBe(lengths[2]);
  });
});

describe('its picture', () => {
  const rows = (): string[] => {
    const [picture] = blocks('picture');
    const bits = Buffer.from(picture?.bits ?? '', 'base64');
    return Array.from({ length: 96 }, (_, y) =>
      Array.from({ length: 96 }, (_, x) => ((bits[y * 12 + (x >> 3)]! >> (7 - (x & 7))) & 1 ? '#' : '.')).join(''),
    );
  };

  test('has a frame of four dots', () => {
    const dots = rows();
    const solid = [...dots.keys()].filter((y) => dots[y] === '#'.repeat(96));
    expect(solid).toEqual([0, 1, 2, 3, 92, 93, 94, 95]);
    for (const row of dots) expect([row.slice(0, 4), row.slice(92)]).toEqual(['####', '####']);
    expect([dots[4]![4], dots[4]![91], dots[91]![4], dots[91]![91]]).toEqual(['.', '.', '.', '.']);
  });

  test('has rings of eight dots from its middle to its sides', () => {
    const half = `${'#'.repeat(8)}${'.'.repeat(8)}`.repeat(2) + '#'.repeat(8);
    expect(rows()[47]!.slice(48)).toBe(`${half}....####`);
    expect(rows()[47]!.slice(0, 48)).toBe([...`${half}....####`].reverse().join(''));
  });

  test('is the same from every side', () => {
    const dots = rows();
    const across = dots.map((row) => [...row].reverse().join(''));
    const turned = dots.map((_, x) => dots.map((row) => row[x]).join(''));
    expect(across).toEqual(dots);
    expect([...dots].reverse()).toEqual(dots);
    expect(turned).toEqual(dots);
  });
});
