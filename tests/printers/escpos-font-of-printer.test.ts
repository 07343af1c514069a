import iconv from 'iconv-lite';
import { describe, expect, test } from 'vitest';
import { cells, columnsOf, isCursive, isPrintable, missingCharacters } from '../../printers/escpos/text.ts';
import { textAnew } from './text-anew.ts';

/** The characters of Windows code page 936 and their codes, by the table of another hand. */
function codePage936(): Map<string, number> {
  const codes = Array.from({ length: 0xfeff - 0x8140 }, (_, at) => 0x8140 + at).filter((code) => {
    const trail = code & 0xff;
    return trail >= 0x40 && trail !== 0x7f && trail !== 0xff;
  });
  const bytes = Buffer.from(codes.flatMap((code) => [code >> 8, code & 0xff, 0x0a]));
  const texts = iconv.decode(bytes, 'cp936').split('\n');
  const known = codes
    .map((code, at) => [texts[at]!, code] as const)
    .filter(([text]) => /^[^\p{Co}\ufffd]$/u.test(text));
  return new Map(known.reverse()); // of two codes the first
}

const page = codePage936();
/** Compatibility ideographs at its end, which are not on every printer: they are drawn. */
const ROW_FE = 0xfe00;
/** What keyboards and offices write, and what the paper has for it. */
const alike = { '\u00a0': 0x20, '\u202f': 0x20, '¥': 0xa3a4, '£': 0xa1ea, '¢': 0xa1e9 };

const number = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => sum * 256 + byte, 0);

describe('the font of a printer', () => {
  test('is ASCII and code page 936 but for its last row, and nothing else', async () => {
    const { isPrintable, assertPrintable } = await textAnew();
    const wrong: string[] = [];
    for (let unit = 0; unit < 0x1_0000; unit += 1) {
      const character = String.fromCharCode(unit);
      const code = page.get(character) ?? 0;
      const ascii = unit >= 0x20 && unit < 0x7f ? unit : 0;
      const wanted = alike[character as keyof typeof alike] ?? (code < ROW_FE ? code || ascii : 0);
      const has = isPrintable(character);
      if (has !== (wanted !== 0) || (has && number(assertPrintable(character)) !== wanted)) wrong.push(character);
    }
    expect(wrong).toEqual([]);
  });

  test('lacks the euro sign, what GB 18030 added later, and private characters: these are drawn', async () => {
    const { cells } = await textAnew();
    const lacking = '€ḿǹ〾⿰⿻⺁﨎\ue000\ufffd';
    expect(cells(lacking)).toEqual(Array.from(lacking, (text) => ({ text, columns: 2, bytes: undefined })));
  });

  test('has what is beside these in its table, each in a cell of two columns', async () => {
    const { cells } = await textAnew();
    const has = {
      丂: '8140',
      啊: 'b0a1',
      '\uf9f1': 'fda0',
      '⒈': 'a2b1',
      ń: 'a8bd',
      ň: 'a8be',
      '﹫': 'a988',
      〇: 'a996',
    };
    expect(cells(Object.keys(has).join(''))).toEqual(
      Object.entries(has).map(([text, hex]) => ({ text, columns: 2, bytes: Uint8Array.from(Buffer.from(hex, 'hex')) })),
    );
  });

  test('has ASCII and spaces that do not break in cells of one column and one byte', async () => {
    const { cells } = await textAnew();
    const text = ' 0A~\u00a0\u202f';
    const sent = Buffer.from(' 0A~  ');
    expect(cells(text)).toEqual(
      Array.from(text, (one, at) => ({ text: one, columns: 1, bytes: Uint8Array.of(sent[at]!) })),
    );
  });
});

describe('the width of a text', () => {
  test.each([
    ['nothing', '', 0],
    ['a letter', 'A', 1],
    ['an ideograph', '国', 2],
    ['an ideograph that is drawn', '㛃', 2],
    ['one of plane 2', '𠮷', 2],
    ['an emoji of several', '👨‍👩‍👧', 2],
    ['all of them', 'A国㛃𠮷', 7],
    ['a control character', '\u001b', 2],
    ['a Uyghur letter', '\u0626', 1],
    ['a Latin letter with an Arabic mark', 'A\u0610', 2],
    ['a no-break space', '1\u00a02', 3],
    ['a line end', 'A\r\n', 3],
  ])('of %s', (_, text, columns) => {
    expect(columnsOf(text)).toBe(columns);
    expect(cells(text).reduce((sum, cell) => sum + cell.columns, 0)).toBe(columns);
  });

  test('a text is cursive where its first letter is', () => {
    expect(['\u0626A', 'A\u0626', 'A', '国', ''].map(isCursive)).toEqual([true, false, false, false, false]);
  });

  test('what is missing is told once each, in order', () => {
    expect(missingCharacters('㛃A𠮷国㛃€')).toEqual(['㛃', '𠮷', '€']);
    expect([isPrintable('A国'), isPrintable('A㛃'), isPrintable('')]).toEqual([true, false, true]);
  });
});
