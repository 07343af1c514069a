import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Licence, licence as licenceSchema } from '../../printers/document/licence.ts';
import { widthEm } from '../../printers/pdf/fonts.ts';
import { renderLicence, stockOf } from '../../printers/pdf/licence.ts';
import { overlayItems } from '../../printers/pdf/overlay.ts';
import { qrSymbol } from '../../printers/pdf/qr-code.ts';
import { mm } from '../../printers/pdf/sheet.ts';
import { loadTemplate, type Overlay, templateIds } from '../../printers/pdf/template.ts';
import { licences } from './licences.ts';
import { lookAt, readPage } from './pdf-pages.ts';
import { readQr } from './qr-reader.ts';

const business: Licence = licences['business-licence'];
const permit: Licence = licences['drain-permit'];
const insurance: Licence = licences['social-insurance-certificate'];
const each = Object.entries<Licence>(licences);
const onBlanks = each.filter(([, { template }]) => loadTemplate(template).stock.kind === 'numbered-blank');
const overlayOf = (id: string): Overlay => {
  const { layout } = loadTemplate(id);
  if (layout.type !== 'overlay') throw new TypeError(`${id} is no overlay`);
  return layout;
};
const refused = (message: string | RegExp) => ({
  name: 'DeviceError',
  code: 'invalid-data',
  message: expect.stringMatching(message),
});
const withValues = (of: Licence, values: Record<string, string>): Licence => ({
  ...of,
  values: { ...of.values, ...values },
});

test('there is a licence of each template to look at', () => {
  expect(each.map(([, { template }]) => template).toSorted()).toEqual(templateIds());
});

describe.each(each)('%s', (id, licence) => {
  let rendered: Promise<Uint8Array> | undefined;
  const once = (): Promise<Uint8Array> => {
    rendered ??= renderLicence(licenceSchema.parse(licence));
    return rendered;
  };

  test('is of its page size to 0.1 mm, in one font of which all text can be read, PDF/A, and small', async () => {
    const pdf = await once();
    const { widthMm, heightMm, said } = await readPage(pdf);
    const { page } = loadTemplate(id);
    expect(Math.abs(widthMm - page.widthMm)).toBeLessThan(0.1);
    expect(Math.abs(heightMm - page.heightMm)).toBeLessThan(0.1);
    for (const text of [
      ...Object.values(licence.values),
      ...(licence.rows ?? []).flat(),
      licence.serial,
      licence.issuer,
    ])
      expect(said).toContain(text.replaceAll(' ', ''));
    expect(said).toContain('2026年11月30日');
    if (licence.validUntil) expect(said).toContain('2031年11月29日');
    const file = Buffer.from(pdf).toString('latin1');
    expect(file.match(/\/FontName \/[A-Z]{6}\+NotoSerifSC/g)).toHaveLength(1);
    expect(file.match(/\/FontFile2 /g)).toHaveLength(1);
    expect(file.match(/\/ToUnicode /g)).toHaveLength(1);
    expect(file).toContain('<pdfaid:part>2</pdfaid:part>');
    expect(file.match(/\/Type \/Page\n/g)).toHaveLength(1);
    expect(pdf.length).toBeLessThan(60_000);
  });

  test('has a code that reads as its address, of modules of 0.4 mm and more', async () => {
    const { verification } = licence;
    const page = await lookAt(await once());
    const { x, y, size, modules } = codeOn(page.isDark, id);
    expect(size / modules).toBeGreaterThanOrEqual(0.399);
    const read = readQr(
      (column, row) => page.isDark(x + ((column + 0.5) * size) / modules, y + ((row + 0.5) * size) / modules),
      modules,
    );
    expect(read).toBe(verification.url);
  });

  test('is the same, byte for byte, each time, and says nothing of the person outside its page', async () => {
    const pdf = Buffer.from(await once()).toString('latin1');
    expect(Buffer.from(await renderLicence(licence)).toString('latin1')).toBe(pdf);
    const personal = [...Object.values(licence.values), licence.serial];
    const coded = personal.flatMap((text) => [
      Buffer.from(text).toString('latin1'),
      Buffer.from(text, 'utf16le').swap16().toString('latin1'),
    ]);
    for (const text of coded.filter(({ length }) => length > 4)) expect(pdf).not.toContain(text);
  });
});

test.each([
  ['Chinese', 'https://zwfw.example.gov.cn/核验/证照-2026?编号=1'],
  ['digits', '202611300001842799010619900307421'],
  ['capitals', 'HTTPS://V.EXAMPLE/PS2026-0117/7FD31C'],
  ['the longest address', `https://example.cn/${'0aZ%/-'.repeat(46)}`],
])('a code of %s reads as it was written', (_, text) => {
  const { modules, dark } = qrSymbol(text);
  expect(readQr((column, row) => dark[row * modules + column] === true, modules)).toBe(text);
});

/** Where its template, or the layout of certificates, puts the code; modules are counted by the finder's upper edge. */
function codeOn(isDark: (x: number, y: number) => boolean, id: string) {
  const { layout } = loadTemplate(id);
  const step = 0.05;
  const length = (dark: (at: number) => boolean): number => {
    let at = 0;
    while (dark(at)) at += step;
    return at;
  };
  const { xMm, yMm, sizeMm } = layout.type === 'overlay' ? layout.qr : { xMm: 29, yMm: 0, sizeMm: 26 };
  let top = yMm;
  while (length((at) => isDark(xMm + 0.3, top + at)) < 2.5) top += step; // nothing else is dark for so long
  const module = length((at) => isDark(xMm + 0.1 + at, top + 0.2)) / 7;
  return { x: xMm, y: top, size: sizeMm, modules: Math.round((sizeMm / module - 17) / 4) * 4 + 17 };
}

describe('on a numbered blank', () => {
  test.each(onBlanks)('%s leaves out what is printed there already', async (id, licence) => {
    const { said } = await readPage(await renderLicence(licence));
    const { preprinted } = overlayOf(id);
    const labels = preprinted.flatMap((item) => (item.type === 'text' && item.text.length > 5 ? [item.text] : []));
    expect(labels.length).toBeGreaterThan(2);
    for (const label of labels) expect(said).not.toContain(label);
    const preview = await readPage(await renderLicence(licence, { preview: true }));
    for (const label of labels) expect(preview.said).toContain(label);
  });

  test.each(onBlanks)('%s has room for each value as long as it may be', async (id, licence) => {
    const longest = Object.entries(loadTemplate(id).values).map(([name, { maxLength }]) => [
      name,
      '测'.repeat(maxLength),
    ]);
    // At once, as each has a place of its own; one that does not fit is named.
    await expect(renderLicence(withValues(licence, Object.fromEntries(longest)))).resolves.toBeDefined();
  });

  test('stands in Chinese, as the blank does, whatever the resident speaks', async () => {
    expect((await readPage(await renderLicence({ ...business, language: 'en' }))).said).toContain('2026年11月30日');
  });

  test('names its series, and plain paper has none', () => {
    expect(stockOf(business)).toEqual({ kind: 'numbered-blank', series: 'business-licence' });
    expect(stockOf(insurance)).toEqual({ kind: 'plain' });
  });

  test('whatever a value is, it is whole and inside its place, or refused by its name', () => {
    const { places } = overlayOf('business-licence');
    const texts = fc.record(
      Object.fromEntries(
        places.map(({ text }) => [
          text,
          fc
            .array(fc.constantFrom(...'就近服务，。（）；中aWM 01.', '有限责任公司', 'Word', '990106199003074210'), {
              maxLength: 90,
            })
            .map((pieces) => pieces.join('').replaceAll(/\s+/g, ' ').trim().slice(0, 500)),
        ]),
      ),
    );
    let laidOut = 0;
    fc.assert(
      fc.property(texts, fc.constantFrom(...places), (given, { text: name, xMm, yMm, widthMm, heightMm }) => {
        const only = Object.fromEntries(places.map(({ text }) => [text, text === name ? (given[text] ?? '') : '']));
        const layout = { ...overlayOf('business-licence'), seal: undefined };
        try {
          const items = overlayItems(layout, only, { mark: '' }, 'a code').filter((item) => item.type === 'text');
          laidOut += 1;
          const written = items.map(({ runs }) => runs.map(({ text }) => text).join('')).join('');
          expect(written.replaceAll(' ', '')).toBe(only[name]?.replaceAll(' ', ''));
          for (const { x, baseline, sizePt, runs } of items) {
            const width = runs.reduce((sum, run) => sum + widthEm(run) * sizePt, 0);
            expect(x).toBeGreaterThanOrEqual(mm(xMm) - 0.01);
            expect(x + width).toBeLessThanOrEqual(mm(xMm + widthMm) + 0.01);
            expect(baseline - 0.88 * sizePt).toBeGreaterThanOrEqual(mm(yMm) - 0.01);
            expect(baseline + 0.25 * sizePt).toBeLessThanOrEqual(mm(yMm + heightMm) + 0.01);
          }
        } catch (error) {
          if (!(error instanceof Error) || error.name !== 'DeviceError') throw error;
          expect(error.message).toBe(`${name}: does not fit its place`);
        }
      }),
      { numRuns: 150 },
    );
    expect(laidOut).toBeGreaterThan(20);
  });

  test('a long value is made smaller, as far as it reads well', async () => {
    const sizeOf = (name: string): number => {
      const texts = {
        ...business.values,
        name,
        serial: '1',
        issuer: '甲',
        issuedOn: '乙',
        validUntil: '',
        verificationNote: '',
      };
      const items = overlayItems(overlayOf('business-licence'), texts, { mark: '' }, business.verification.url);
      return Math.min(...items.flatMap((item) => (item.type === 'text' && item.x === mm(56) ? [item.sizePt] : [])));
    };
    expect(sizeOf('就近公司')).toBeGreaterThan(sizeOf('就近信息技术服务有限公司'.repeat(3)));
    const undivided = withValues(business, { name: 'W'.repeat(60) });
    await expect(renderLicence(undivided)).rejects.toMatchObject(refused('^name: does not fit its place$'));
  });
});

test('characters that leave no ink make no licence unprintable: it is the one without them, byte for byte', async () => {
  for (const licence of [business, insurance]) {
    const name = `\u{200b}${licence.values['name']}\u{feff}`;
    const rows = licence.rows?.map((row) => row.map((cell) => `${cell}\u{ad}`));
    const sprinkled = { ...withValues(licence, { name }), ...(rows && { rows }), issuer: `${licence.issuer}\u{fe00}` };
    expect(await renderLicence(sprinkled)).toEqual(await renderLicence(licence));
  }
});

describe('a preview', () => {
  test('says across the sheet that it is none', async () => {
    for (const [licence, word] of [
      [business, '预览件'],
      [insurance, '预览件'],
      [{ ...insurance, language: 'en' } as const, 'PREVIEW–NOTVALID'],
    ] as const) {
      const { texts } = await readPage(await renderLicence(licence, { preview: true }));
      const mark = texts.find(({ degrees }) => degrees < -20 && degrees > -70);
      expect(
        texts
          .filter(({ degrees }) => degrees === mark?.degrees)
          .map(({ text }) => text.replaceAll(' ', ''))
          .join(''),
      ).toContain(word);
      expect((await readPage(await renderLicence(licence))).said).not.toContain(word);
    }
  });
});

describe('a certificate on plain paper', () => {
  test('can be had in English', async () => {
    const { said } = await readPage(await renderLicence({ ...insurance, language: 'en', validUntil: '2027-02-28' }));
    for (const text of [
      'Social-InsuranceParticipationCertificate',
      '30November2026',
      'CitizenIDnumber',
      'Validuntil',
      '28February2027',
      'Pension',
    ])
      expect(said).toContain(text);
  });

  test('is as wide on paper as its layout takes it to be, digits and all', async () => {
    const serial = '990106261100012345';
    const { texts } = await readPage(await renderLicence({ ...insurance, language: 'en', serial }));
    const line = texts.find(({ text }) => text.endsWith(serial))!;
    expect(line.text).toBe(`Certificate No. ${serial}`);
    expect(line.xMm + line.widthMm).toBeCloseTo(210 - 29, 1);
  });

  test('leaves out an optional value that is not given', async () => {
    const { employer: _, ...values } = insurance.values;
    expect((await readPage(await renderLicence({ ...insurance, values }))).said).not.toContain('参保单位');
  });

  test('puts a value into its sentence as it is, braces and all', async () => {
    const { said } = await readPage(await renderLicence(withValues(insurance, { name: "{idNumber}$&$'" })));
    expect(said).toContain("兹证明{idNumber}$&$'（公民身份号码：990106199003074210）");
  });
});

describe('a licence that cannot be printed as it is', () => {
  test.each<[string, Licence, string | RegExp]>([
    [
      'of a template that does not exist',
      { ...business, template: 'driving-licence' },
      /^No licence template "driving-licence"/,
    ],
    ['with a value too few', withValues(business, { scope: ' ' }), '^scope is missing'],
    [
      'with a value too many',
      withValues(business, { shareholders: '王小明' }),
      '^shareholders is no value of business-licence$',
    ],
    [
      'with a value of another name for everything',
      withValues(business, { constructor: 'x' }),
      '^constructor is no value',
    ],
    [
      'with a value that is too long',
      withValues(business, { copyNumber: '1'.repeat(11) }),
      '^copyNumber is longer than 10',
    ],
    [
      'with a character that no font has',
      withValues(business, { legalRepresentative: '王\u{20bb7}' }),
      /^legalRepresentative: [^王]*U\+20Bxx$/,
    ],
    ['with a direction mark', withValues(insurance, { name: '王\u202e明' }), /^name: [^王明]*U\+20xx$/],
    ['with a line break', withValues(permit, { remark: '甲\n乙' }), /^remark: .*U\+00xx$/],
    ['with a number that leaves no ink', { ...business, serial: '\u200b \t' }, '^serial is missing'],
    ['with an issuer that leaves no ink', { ...insurance, issuer: '\u3000' }, '^issuer is missing'],
    ['without its end', { ...permit, validUntil: undefined }, '^validUntil is missing'],
    [
      'with an end that the blank has no place for',
      { ...business, validUntil: '2030-01-01' },
      '^validUntil has no place$',
    ],
    ['with a table that the blank has no place for', { ...business, rows: [['一月']] }, '^rows have no place$'],
    ['with too many cells', { ...insurance, rows: [['1', '2', '3', '4', '5', '6']] }, '^table row 1'],
    [
      'with an address that is too long for its code',
      { ...business, verification: { url: `https://example.cn/${'a'.repeat(270)}`, note: '' } },
      '^verification.url: does not fit',
    ],
    [
      'with an issuer that no blank holds',
      { ...business, issuer: '市场监督管理局'.repeat(11) },
      '^issuer: does not fit',
    ],
  ])('%s is refused, and says why without what it says', async (_, licence, message) => {
    await expect(renderLicence(licence)).rejects.toMatchObject(refused(message));
  });

  test.each([
    ['a name that is a path', { template: '../template' }],
    [
      'more values than any template has',
      { values: Object.fromEntries(Array.from({ length: 41 }, (_, at) => [`v${at}`, ''])) },
    ],
    ['a value name that is markup', { values: { '<b>': 'x' } }],
    ['a value without end', { values: { name: 'x'.repeat(501) } }],
    ['an address that is a script', { verification: { url: 'javascript:alert(1)', note: '' } }],
    ['a day that does not exist', { issuedOn: '2026-02-30' }],
    ['rows without end', { rows: Array.from({ length: 61 }, () => ['x']) }],
    ['something beside it', { copies: 100 }],
    ['no number', { serial: '' }],
  ])('%s is no licence', (_, change) => {
    expect(licenceSchema.safeParse(business).success).toBe(true);
    expect(licenceSchema.safeParse({ ...business, ...change }).success).toBe(false);
  });
});
