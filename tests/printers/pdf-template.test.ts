import { describe, expect, test } from 'vitest';
import { licenceTemplate, loadTemplate, templateIds } from '../../printers/pdf/template.ts';

test('the templates are those of the services, on the paper that the authorities use', () => {
  const papers = templateIds().map((id) => {
    const { stock, page, values } = loadTemplate(id);
    return [id, stock.kind, page.widthMm, page.heightMm, Object.keys(values).length > 4];
  });
  expect(papers).toEqual([
    ['business-licence', 'numbered-blank', 297, 210, true],
    ['drain-permit', 'numbered-blank', 210, 297, true],
    ['food-business-licence', 'numbered-blank', 297, 210, true],
    ['housing-fund-certificate', 'plain', 210, 297, true],
    ['no-criminal-record-certificate', 'plain', 210, 297, true],
    ['social-insurance-certificate', 'plain', 210, 297, true],
    ['tax-certificate', 'plain', 210, 297, true],
  ]);
  for (const id of templateIds()) expect(loadTemplate(id).id).toBe(id);
});

test.each(['', '../layout', 'toString', 'business-licence.json'])('"%s" is no template', (id) => {
  expect(() => loadTemplate(id)).toThrow(RangeError);
});

const label = { 'zh-CN': '名称', en: 'Name' };
const place = { text: 'name', xMm: 50, yMm: 50, widthMm: 60, heightMm: 10, sizePt: 12 };
const row = (text: string, yMm: number) => ({ ...place, text, yMm });
const places = [place, row('serial', 70), row('issuer', 90), row('issuedOn', 110)];
const overlay = { type: 'overlay', places, qr: { xMm: 150, yMm: 50, sizeMm: 26 }, preprinted: [] };
const blank = {
  id: 'permit',
  title: { 'zh-CN': '许可证', en: 'Permit' },
  page: { widthMm: 210, heightMm: 297 },
  stock: { kind: 'numbered-blank', series: 'permit' },
  languages: ['zh-CN'],
  values: { name: { label, required: true, maxLength: 60 } },
  layout: overlay,
};
const statement = { 'zh-CN': ['兹证明{name}。'], en: ['This certifies {name}.'] };
const certificate = {
  ...blank,
  stock: { kind: 'plain' },
  layout: { type: 'certificate', statement, fields: ['name'] },
};

describe('a template', () => {
  test('may be an overlay or a certificate', () => {
    for (const template of [blank, certificate]) expect(licenceTemplate.safeParse(template).error).toBe(undefined);
  });

  const withLayout = (change: object) => ({ ...blank, layout: { ...overlay, ...change } });
  const instead = (at: number, change: object) =>
    withLayout({ places: places.map((each, index) => (index === at ? { ...each, ...change } : each)) });
  test.each<[string, object, RegExp]>([
    ['a place for a value that it lacks', instead(0, { text: 'address' }), /no value address/],
    ['no place for a value', withLayout({ places: places.slice(1) }), /name needs one place/],
    ['two places for one', withLayout({ places: [...places, row('name', 130)] }), /name needs one place/],
    ['no place for the number', withLayout({ places: [places[0], places[2], places[3]] }), /serial needs one place/],
    ['places that overlap', instead(1, { yMm: 59 }), /name overlaps serial/],
    ['a place in the white around the code', instead(0, { widthMm: 96 }), /name overlaps qr/],
    ['a place beyond the edge', instead(0, { xMm: 190 }), /name lies where no printer reaches/],
    ['a place in the rim', instead(0, { xMm: 4 }), /name lies where no printer reaches/],
    ['a code in the rim', withLayout({ qr: { xMm: 6, yMm: 6, sizeMm: 26 } }), /qr lies where no printer reaches/],
    [
      'a value that every licence has',
      { ...blank, values: { serial: { label, required: true, maxLength: 9 } } },
      /serial is no value/,
    ],
    ['text of a tenth of a point', instead(0, { sizePt: 0.1 }), /sizePt/],
    ['something unknown', { ...blank, script: 'x' }, /script/],
    ['a page without a size', { ...blank, page: { widthMm: 0, heightMm: 297 } }, /widthMm/],
    ['no language', { ...blank, languages: [] }, /languages/],
    ['a name that is a path', { ...blank, id: '../permit' }, /id/],
    ['a certificate on a blank', { ...certificate, stock: blank.stock }, /places of its own/],
    ['a certificate on another sheet', { ...certificate, page: { widthMm: 297, heightMm: 210 } }, /A4 upright/],
    [
      'a sentence about a value that it lacks',
      { ...certificate, layout: { ...certificate.layout, statement: { ...statement, en: ['{nobody}'] } } },
      /no value nobody/,
    ],
    [
      'a sentence about a value that may be missing',
      { ...certificate, values: { name: { label, required: false, maxLength: 9 } } },
      /a sentence needs name/,
    ],
    [
      'a value that is shown nowhere',
      { ...certificate, values: { ...certificate.values, age: { label, required: true, maxLength: 9 } } },
      /age is shown nowhere/,
    ],
  ])('cannot have %s', (_, template, message) => {
    expect(JSON.stringify(licenceTemplate.safeParse(template).error?.issues)).toMatch(message);
  });
});
