import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Certificate } from '../../printers/document/document.ts';
import { widthEm } from '../../printers/pdf/fonts.ts';
import { layOut } from '../../printers/pdf/layout.ts';
import { SEAL_RADIUS } from '../../printers/pdf/seal.ts';
import { colour, type Item, mm, sheet } from '../../printers/pdf/sheet.ts';
import { englishCertificate, insuranceCertificate, withMonths } from './pdf-certificates.ts';

type TextItem = Extract<Item, { type: 'text' }>;

const textsOf = (page: readonly Item[]): TextItem[] => page.filter((item) => item.type === 'text');
const read = ({ runs }: TextItem): string => runs.map(({ text }) => text).join('');
const widthOf = ({ runs, sizePt, trackingPt }: TextItem): number =>
  runs.reduce((sum, run) => sum + widthEm(run) * sizePt + trackingPt * [...run.text].length, -trackingPt);
/** All that stands on a page, without the breaks that the layout made. */
const wording = (page: readonly Item[]): string => textsOf(page).map(read).join('').replace(/\s/g, '');
const invalid = (detail: RegExp) =>
  expect.objectContaining({ code: 'invalid-data', message: expect.stringMatching(detail) });

describe('a Chinese certificate', () => {
  const [page, ...others] = layOut(insuranceCertificate);
  const texts = textsOf(page!);

  test('stands on one sheet, without a page number', () => {
    expect(others).toHaveLength(0);
    expect(wording(page!)).not.toContain('第1页');
  });

  test('says everything that it was given', () => {
    const said = wording(page!);
    const { title, serial, statement, fields, issuer, verification } = insuranceCertificate;
    const given = [title, `证明编号：${serial}`, ...statement, issuer, '2026年3月5日', '电子印章', verification.note];
    expect(said).toContain(`查验网址：${verification.url}${verification.note}`);
    for (const text of [...given, ...fields.flatMap(({ label, value }) => [label, value])])
      expect(said).toContain(text);
  });

  test('begins its paragraphs two characters in, and sets their other lines flush on both sides', () => {
    const body = texts.filter(({ sizePt }) => sizePt === 14);
    const left = Math.min(...body.map(({ x }) => x));
    expect(body[0]!.x - left).toBeCloseTo(28);
    const full = body.filter((line) => line.trackingPt > 0);
    expect(full.length).toBeGreaterThan(1);
    for (const line of full) expect(line.x + widthOf(line)).toBeCloseTo(sheet.width - left, 0);
  });

  test('does not pull a line apart that a long word left short', () => {
    const number = 'https://zwfw.example.gov.cn/verify/SB-2026-990106-00018427';
    const statement = [`兹证明上述内容可在${number}查验，${'任何单位和个人均可凭此编号核对本证明的真伪。'.repeat(2)}`];
    const body = textsOf(layOut({ ...insuranceCertificate, statement })[0]!).filter(({ sizePt }) => sizePt === 14);
    expect(body.map(({ trackingPt }) => trackingPt <= 14 * 0.25)).toEqual(body.map(() => true));
    expect(body.some(({ trackingPt }) => trackingPt > 0)).toBe(true); // the other lines are flush all the same
    expect(body[0]?.trackingPt).toBe(0);
  });

  test('has its title in the middle', () => {
    const title = texts.find((item) => read(item) === insuranceCertificate.title)!;
    expect(title.x + widthOf(title) / 2).toBeCloseTo(sheet.width / 2, 1);
  });

  test("carries a round seal with the issuer's name around the star", () => {
    const red = page!.filter((item) => 'colour' in item && item.colour === colour.seal);
    const ring = red.find((item) => item.type === 'circle')!;
    expect(ring.radius + ring.lineWidth / 2).toBeCloseTo(SEAL_RADIUS);
    expect(mm(42)).toBeCloseTo(2 * SEAL_RADIUS);
    const engraved = red.filter((item) => item.type === 'text');
    expect(engraved.map(read).join('')).toBe(`${insuranceCertificate.issuer}电子印章`);
    for (const { x, baseline } of engraved) expect(Math.hypot(x - ring.x, baseline - ring.y)).toBeLessThan(SEAL_RADIUS);
    expect(red.filter((item) => item.type === 'path').map(({ points }) => points.length)).toEqual([10]);
  });

  test('has name and date drawn over the seal, so that they stay readable', () => {
    const lastRed = page!.findLastIndex((item) => 'colour' in item && item.colour === colour.seal);
    const date = page!.findIndex((item) => item.type === 'text' && read(item) === '2026年3月5日');
    expect(date).toBeGreaterThan(lastRed);
  });

  test('has a QR code of 26 mm', () => {
    const code = page!.findLast((item) => item.type === 'boxes')!;
    const [right, left] = [Math.max(...code.boxes.map(([x, , w]) => x + w)), Math.min(...code.boxes.map(([x]) => x))];
    expect((right - left) / mm(1)).toBeCloseTo(26);
    const without = layOut({ ...insuranceCertificate, verification: { url: '', note: '' } })[0]!;
    expect(without.at(-1)?.type).toBe('text');
    expect(wording(without)).not.toContain('网址');
  });

  test('has a larger QR code for a long address, of modules that a telephone reads', () => {
    const url = `https://zwfw.example.gov.cn/verify/${'a'.repeat(260)}`;
    const page = layOut({ ...insuranceCertificate, verification: { url, note: '' } })[0]!;
    const code = page.findLast((item) => item.type === 'boxes')!;
    expect(code.boxes[0]![3] / mm(1)).toBeCloseTo(0.4);
  });
});

describe('a long table', () => {
  const pages = layOut(withMonths(60));

  test('goes on over pages, each with the head, its number and the serial', () => {
    expect(pages.length).toBeGreaterThan(2);
    for (const [index, page] of pages.entries()) {
      const said = wording(page);
      expect(said).toContain('缴费月份单位名称缴费基数（元）状态');
      expect(said).toContain(`第${index + 1}页共${pages.length}页`);
      expect(said).toContain(insuranceCertificate.serial);
    }
  });

  test.each([
    ['城乡居民基本养老保险待遇领取资格', 60],
    ['Certificate of Participation ', 60],
    [insuranceCertificate.title, 8],
  ])('has %s… at the head of later pages, cut short rather than too small to read', (words, length) => {
    const title = words.repeat(10).slice(0, length);
    const [, later] = layOut({ ...withMonths(60), title });
    const head = textsOf(later!).find((item) => read(item).startsWith(words.slice(0, 8)))!;
    expect(head.sizePt).toBeGreaterThanOrEqual(7.5);
    expect(head.x + widthOf(head)).toBeLessThan(sheet.width / 2);
    expect(read(head)).toBe(length === 60 ? `${title.slice(0, read(head).length - 1)}…` : title);
  });

  test('loses no row and repeats none', () => {
    const months = pages
      .flatMap(textsOf)
      .map(read)
      .filter((text) => /^\d{4}年\d{1,2}月$/.test(text));
    expect(months).toHaveLength(60);
    expect(new Set(months).size).toBe(60);
  });

  test('ends beside the seal, which stands on the last page alone', () => {
    const sealed = pages.map((page) => page.some((item) => item.type === 'circle'));
    expect(sealed).toEqual(pages.map((_, index) => index === pages.length - 1));
  });

  test('aligns amounts on the right and words in the middle', () => {
    const texts = pages.flatMap(textsOf);
    const amounts = texts.filter((item) => /^\d+\.\d\d$/.test(read(item)));
    const edges = new Set(amounts.map((item) => (item.x + widthOf(item)).toFixed(1)));
    expect(amounts).toHaveLength(60);
    expect(edges.size).toBe(1);
  });

  test.each(Array.from({ length: 14 }, (_, index) => [index + 1]))(
    'of %d rows: the sheet with the seal is never without content',
    (count) => {
      const last = layOut(withMonths(count)).at(-1)!;
      expect(wording(last)).toContain(`${2020 + Math.floor((count - 1) / 12)}年${((count - 1) % 12) + 1}月`);
    },
  );

  test('keeps every amount whole, however many columns it has', () => {
    const columns = ['缴费期间', '缴费基数', '单位缴费', '个人缴费', '本息合计', '利息', '账户余额', '备注'];
    const row = ['2025-11 至 2026-10', ...Array.from({ length: 6 }, () => '¥112,345.67'), '正常'];
    const texts = textsOf(layOut({ ...insuranceCertificate, table: { columns, rows: [row] } })[0]!).map(read);
    expect(texts.filter((text) => text === '¥112,345.67')).toHaveLength(6);
    expect(texts).toContain('2026-10');
  });

  test('draws together before it takes a second sheet for a row or two', () => {
    const bodySizes = (count: number): number[] => {
      const laid = layOut(withMonths(count));
      return laid.length === 1 ? textsOf(laid[0]!).map(({ sizePt }) => sizePt) : [];
    };
    const onOneSheet = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map(bodySizes).filter((sizes) => sizes.length > 0);
    expect(onOneSheet.some((sizes) => sizes.includes(14))).toBe(true);
    expect(onOneSheet.some((sizes) => sizes.includes(12) && !sizes.includes(14))).toBe(true);
  });
});

describe('an English certificate', () => {
  test('has English words, dates and page numbers, no indent and no stretched lines', () => {
    const said = wording(layOut(englishCertificate)[0]!);
    expect(said).toContain('CertificateNo.SB-2026');
    expect(said).toContain('5March2026');
    expect(said).toContain('ELECTRONICSEAL');
    const body = layOut(englishCertificate)
      .flatMap(textsOf)
      .filter(({ sizePt }) => sizePt === 14);
    expect(new Set(body.map(({ x }) => x)).size).toBe(1);
    expect(body.every(({ trackingPt }) => trackingPt === 0)).toBe(true);
    const table = { columns: ['Month'], rows: Array.from({ length: 60 }, (_, index) => [`2025-${index}`]) };
    expect(wording(layOut({ ...englishCertificate, table })[0]!)).toMatch(/Page1of\d/);
  });
});

describe('characters', () => {
  const named = (value: string): Certificate => ({ ...insuranceCertificate, fields: [{ label: '姓名', value }] });

  test('that the serif lacks come from the sans', () => {
    const name = textsOf(layOut(named('王\u{30ede}'))[0]!).find((item) => read(item) === '王\u{30ede}')!;
    expect(name.runs.map(({ face }) => face)).toEqual(['serif', 'sans']);
  });

  test('of names in the rarer blocks are there', () => {
    expect(() => layOut(named('\u{2cc56}龘䶮㐂〇'))).not.toThrow();
  });

  test.each([
    ['an ideograph that no font has', '王\u{20bb7}明', 'U\\+20Bxx'],
    ['a picture', '王😀', 'U\\+1F6xx'],
    ['a line break', '王\n明', 'U\\+00xx'],
    ['half a character', '王\ud842', 'U\\+D8xx'],
    ['a direction mark', '王\u202e明', 'U\\+20xx'],
  ])('%s are refused by their block, and the name stays out of the message', (_, value, block) => {
    expect(() => layOut(named(value))).toThrow(invalid(new RegExp(`^[^王明]*${block}$`)));
  });
});

describe('hostile content', () => {
  test('a row with more cells than columns is refused, not cut', () => {
    const table = { columns: ['月份'], rows: [['一月'], ['二月', '多余']] };
    expect(() => layOut({ ...insuranceCertificate, table })).toThrow(invalid(/row 2/));
  });

  test('whatever the schema allows stays inside the frame', () => {
    const word = (maxLength: number) =>
      fc
        .array(fc.constantFrom(...'就近政务服务，。（）abcWM 0123456789.', '长'.repeat(20)), {
          minLength: 1,
          maxLength,
        })
        .map((pieces) => pieces.join('').slice(0, maxLength).trim() || '字');
    const anything: fc.Arbitrary<Certificate> = fc.record({
      kind: fc.constant('certificate'),
      language: fc.constantFrom('zh-CN', 'en'),
      title: word(60),
      serial: word(40),
      statement: fc.array(word(1000), { maxLength: 4 }),
      fields: fc.array(fc.record({ label: word(40), value: word(200) }), { maxLength: 30 }),
      table: fc.integer({ min: 1, max: 8 }).chain((columns) =>
        fc.record({
          columns: fc.array(word(40), { minLength: columns, maxLength: columns }),
          rows: fc.array(fc.array(word(60), { maxLength: columns }), { maxLength: 12 }),
        }),
      ),
      issuer: word(80),
      issuedOn: fc.constant('2026-03-05'),
      verification: fc.record({ url: word(300), note: word(200) }),
    });
    fc.assert(
      fc.property(anything, (certificate) => {
        const outside = layOut(certificate)
          .flatMap(textsOf)
          .filter((item) => {
            const { x, baseline, degrees } = item;
            const right = x + (degrees === 0 ? widthOf(item) : 0);
            const isBetween = x > mm(15) && right < sheet.width - mm(15);
            return !(isBetween && baseline > mm(20) && baseline < sheet.height - mm(16));
          });
        expect(outside.map((item) => `"${read(item)}" at ${item.x}, ${item.baseline}`)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});
