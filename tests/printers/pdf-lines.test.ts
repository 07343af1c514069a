import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Face, openedFont, textWidthEm, widthEm } from '../../printers/pdf/fonts.ts';
import { breakLines, type LineShape, pieces } from '../../printers/pdf/line-breaking.ts';
import { mm } from '../../printers/pdf/sheet.ts';
import { oneIn } from '../support/long-form.ts';

describe('lines', () => {
  const shape = { sizePt: 14, widthPt: mm(60) } as const;
  const chinese = fc
    .array(
      fc.constantFrom(...'中文字符，。、；：？！（）《》“”2026年3月abc Latin words 1,234.50元', '990106199003074210'),
      { maxLength: 120 },
    )
    .map((pieces) => pieces.join('').replace(/\s+/g, ' ').trim());

  test('lose nothing but spaces, and none is wider than its room', () => {
    fc.assert(
      fc.property(chinese, (paragraph) => {
        const lines = breakLines(paragraph, shape);
        expect(lines.join('').replaceAll(' ', '')).toBe(paragraph.replaceAll(' ', ''));
        for (const line of lines) {
          const width = textWidthEm(line) * shape.sizePt;
          expect(width).toBeLessThanOrEqual(shape.widthPt + 0.001);
        }
      }),
      { examples: [['990106199003074210。t中']] },
    );
  });

  test('but the last two take all that fits, as from measuring each longer piece', () => {
    const mixed = fc
      .array(
        fc.oneof(chinese, fc.constantFrom(' ', 'AV ', '㐂', 'https://example.gov.cn/a?b=c', 'insured for ', '——')),
        {
          maxLength: 8,
        },
      )
      .map((parts) => parts.join(''));
    const widths = fc.record({ widthPt: fc.integer({ min: 14, max: 200 }), firstIndentPt: fc.constantFrom(0, 14, 28) });
    fc.assert(
      fc.property(mixed, widths, (paragraph, { widthPt, firstIndentPt }) => {
        const narrow = { sizePt: 14, widthPt, firstIndentPt: Math.min(firstIndentPt, widthPt - 14) };
        const [lines, expected] = [breakLines(paragraph, narrow), filledPieceByPiece(paragraph, narrow)];
        expect(lines.slice(0, -2)).toEqual(expected.slice(0, -2));
        expect(lines.join('').replaceAll(' ', '')).toBe(expected.join('').replaceAll(' ', ''));
      }),
    );
  });

  test.each([
    ['a comma', '一二三四五六七八九十甲乙，丙丁', '一二三四五六七八九十甲', '乙，丙丁'],
    ['a closing bracket and a full stop', '一二三四五六七八九（甲乙）。丙', '一二三四五六七八九（甲', '乙）。丙'],
    ['an opening bracket, at the end,', '一二三四五六七八九十甲（乙丙）', '一二三四五六七八九十甲', '（乙丙）'],
  ])('%s does not stand at the edge', (_, paragraph, ...lines) => {
    expect(breakLines(paragraph, { ...shape, widthPt: 12 * 14 })).toEqual(lines);
  });

  test('an identity number is not divided, however it falls', () => {
    const lines = breakLines('公民身份号码为990106199003074210的居民', { ...shape, widthPt: 14 * 14 });
    expect(lines).toEqual(['公民身份号码为', '990106199003074210的居民']);
  });

  test('a word that is wider than a line is divided all the same', () => {
    expect(breakLines('x'.repeat(100), shape).length).toBeGreaterThan(2);
  });

  test.each([
    ['in Chinese', '最近三年的缴费情况如', '下。', ['最近三年的缴费', '情况如下。']],
    ['behind a number', '编号为990106199003074210', '的', ['编号为', '990106199003074210的']],
    ['in English', 'insured for ten years by', ' us', ['insured for ten', 'years by us']],
  ])('one or two characters do not stand alone on the last line: %s', (_, full, widow, lines) => {
    const widthPt = textWidthEm(full) * shape.sizePt;
    expect(breakLines(full, { ...shape, widthPt: widthPt + 0.01 })).toEqual([full]);
    expect(breakLines(full + widow, { ...shape, widthPt: widthPt + 1 })).toEqual(lines);
  });

  test('a last line of three characters stays, and so does one that has nothing to take', () => {
    expect(breakLines('最近三年的缴费情况如下。', { ...shape, widthPt: 9 * 14 })).toEqual([
      '最近三年的缴费情况',
      '如下。',
    ]);
    expect(breakLines('一二', { ...shape, widthPt: 14 })).toEqual(['一', '二']);
  });

  test('an empty paragraph is one empty line', () => expect(breakLines('', shape)).toEqual(['']));
});

/** Lines as they were broken by hand: piece after piece, each time the whole line is measured. */
function filledPieceByPiece(text: string, { sizePt, widthPt, firstIndentPt = 0 }: LineShape): string[] {
  const lines: string[] = [];
  let line = '';
  const fits = (longer: string): boolean =>
    textWidthEm(longer.trimEnd()) * sizePt <= widthPt - (lines.length === 0 ? firstIndentPt : 0);
  const finish = (): void => {
    lines.push(line.trimEnd());
    line = '';
  };
  for (const piece of pieces(text)) {
    if (line !== '' && fits(line + piece)) {
      line += piece;
      continue;
    }
    if (line !== '') finish();
    if (lines.length > 0 && piece.trim() === '') continue;
    for (const part of fits(piece) ? [piece] : piece) {
      if (line !== '' && !fits(line + part)) finish();
      line += part;
    }
  }
  return [...lines, line.trimEnd()];
}

describe.each<Face>(['serif', 'sans'])('a width in the %s is what the font sets', (face) => {
  const font = openedFont(face);
  const setEm = (text: string): number =>
    (text.match(/[^ ]* |[^ ]+/g) ?? []).reduce((sum, word) => sum + font.layout(word).advanceWidth, 0) /
    font.unitsPerEm;
  const between = (first: number, last: number): string[] =>
    Array.from({ length: last + 1 - first }, (_, at) => first + at)
      .filter((codePoint) => font.hasGlyphForCodePoint(codePoint))
      .map((codePoint) => String.fromCodePoint(codePoint));
  const ideographs = [...between(0x3400, 0x4dbf), ...between(0x4e00, 0x9fff)];

  test('for every common ideograph', () => {
    const some = ideographs.filter((_, index) => index % oneIn(7) === 0);
    const text = some.join('');
    expect(some.length).toBeGreaterThan(3_000);
    expect([widthEm({ face, text }), setEm(text)]).toEqual([some.length, some.length]);
  });

  test('for any two signs beside each other and beside an ideograph', () => {
    const signs = [...'，。、；：？！（）《》中'];
    for (const text of signs.flatMap((one) => signs.map((other) => one + other)))
      expect(widthEm({ face, text }), text).toBe(setEm(text));
  });

  test('for anything around them', () => {
    const others = [...'ATVWfij1471.,:;(“”—…·あかーンΑД２Ａ ', 'e\u0301', 'か\u309a', '——', 'fi'];
    const part = fc.oneof(fc.constantFrom(...others), fc.constantFrom(...ideographs), fc.constantFrom(...'中，。《（'));
    const text = fc.array(part, { maxLength: 20 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (any) => {
        expect(widthEm({ face, text: any })).toBe(setEm(any));
      }),
      { numRuns: 300 },
    );
  });
});
