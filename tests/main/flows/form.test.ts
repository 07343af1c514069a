import { beforeEach, expect, test } from 'vitest';
import { checkForm, formFields, isPlausible } from '../../../main/flows/form.ts';
import { type FormSchema, formSchema } from '../../../main/flows/service-file.ts';

const title = { 'zh-CN': '题', en: 'Title' };
/** A form is compiled once and kept: each test has its own. */
let schema: FormSchema;
beforeEach(() => {
  schema = formSchema.parse({
    type: 'object',
    required: ['years', 'delivery', 'phone'],
    properties: {
      years: { type: 'integer', minimum: 1, maximum: 5, title, unit: { 'zh-CN': '年', en: 'years' } },
      delivery: {
        type: 'string',
        title,
        oneOf: [
          { const: 'post', title, detail: title },
          { const: 'collect', title },
        ],
      },
      phone: {
        type: 'string',
        format: 'digits',
        pattern: '^1[3-9][0-9]{9}$',
        maxLength: 11,
        group: [3, 4, 4],
        title,
        help: title,
      },
      note: { type: 'string', format: 'digits', pattern: '^[0-9]*$', maxLength: 4, title },
    },
  });
});
const right = { years: 3, delivery: 'post', phone: '13800138000' };

test('a complete form has nothing wrong, with and without what may be left out', () => {
  expect(checkForm(schema, right)).toEqual({});
  expect(checkForm(schema, { ...right, note: '12' })).toEqual({});
});

test.each([
  ['years', 0, 'too-small'],
  ['years', 6, 'too-large'],
  ['years', 2.5, 'bad-format'],
  ['years', '3', 'bad-format'],
  ['delivery', 'pigeon', 'bad-format'],
  ['phone', '12800138000', 'bad-format'],
  ['phone', '1380013800', 'bad-format'],
  ['phone', '138001380001', 'bad-format'],
  ['note', '12345', 'bad-format'],
  ['colour', 'red', 'bad-format'],
] as const)('%s: %j is %s', (field, value, error) => {
  expect(checkForm(schema, { ...right, [field]: value })).toEqual({ [field]: error });
});

test('a number that was typed is an answer of digits, also where it could be one of a count', () => {
  expect(isPlausible(schema.properties['phone']!, 13_800_138_000)).toBe(false);
  expect(isPlausible(schema.properties['years']!, '3')).toBe(false);
});

test('a form is judged anew with each set of answers', () => {
  expect(checkForm(schema, { ...right, years: 9 })).toEqual({ years: 'too-large' });
  expect(checkForm(schema, right)).toEqual({});
  expect(checkForm(schema, { ...right, years: 0, phone: '1' })).toEqual({ years: 'too-small', phone: 'bad-format' });
});

test('each missing field is named', () => {
  expect(checkForm(schema, {})).toEqual({ years: 'required', delivery: 'required', phone: 'required' });
});

test('of several things wrong with one field the first of the schema is told', () => {
  expect(checkForm(schema, { ...right, phone: '999999999999' })).toEqual({ phone: 'bad-format' });
});

test.each([
  ['years', 3, true],
  ['years', 99, true], // on the way to a smaller one
  ['years', 1.5, false],
  ['years', Number.NaN, false],
  ['years', 1e300, false],
  ['years', '3', false],
  ['delivery', 'collect', true],
  ['delivery', 'pigeon', false],
  ['delivery', 0, false],
  ['phone', '', true],
  ['phone', '138', true],
  ['phone', '138001380001', false],
  ['phone', '１３８', false],
  ['phone', '138\n', false],
] as const)('while typing, %s may hold %j: %s', (field, value, plausible) => {
  expect(isPlausible(schema.properties[field]!, value)).toBe(plausible);
});

test('fields are drawn in the order of the file, with control, value and error', () => {
  const fields = formFields(schema, { years: 9 }, { years: 'too-large', delivery: 'required' });
  expect(fields).toEqual([
    {
      name: 'years',
      title,
      required: true,
      value: 9,
      error: 'too-large',
      control: { kind: 'number', minimum: 1, maximum: 5, unit: { 'zh-CN': '年', en: 'years' } },
    },
    {
      name: 'delivery',
      title,
      required: true,
      error: 'required',
      control: {
        kind: 'choice',
        options: [
          { value: 'post', title, detail: title },
          { value: 'collect', title },
        ],
      },
    },
    { name: 'phone', title, help: title, required: true, control: { kind: 'digits', maxLength: 11, group: [3, 4, 4] } },
    { name: 'note', title, required: false, control: { kind: 'digits', maxLength: 4 } },
  ]);
});
