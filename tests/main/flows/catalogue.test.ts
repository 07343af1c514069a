import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadCatalogue, parseCatalogue, parseServiceFile } from '../../../main/flows/catalogue.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { catalogue } from '../../support/visit.ts';

const textOf = (id: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../main/flows/catalogue/${id}.json`, import.meta.url)), 'utf8');

/** What the author of a service reads about `id` in which the setting at `path` is another; `undefined` leaves it out. */
function complaint(id: string, path: string, value: unknown): string {
  const file: Record<string, unknown> = JSON.parse(textOf(id));
  const keys = path.split('/');
  const last = keys.pop()!;
  keys.reduce((node, key) => node[key] as Record<string, unknown>, file)[last] = value;
  try {
    parseServiceFile(`${id}.json`, JSON.stringify(file));
  } catch (error) {
    expect(error).toMatchObject({ name: 'CatalogueError', code: 'bad-service-file' });
    return (error as Error).message;
  }
  return '';
}

test('the services that the terminal is shipped with load', () => {
  expect([...catalogue.keys()]).toEqual(['S01', 'S06', 'S10', 'S19']);
});

const phone = 'steps/1/schema/properties/phone';
const delivery = 'steps/1/schema/properties/delivery';
const [identify, form, review, submit, print, rate] = JSON.parse(textOf('S10')).steps;
const face = { kind: 'verify-face', otherwise: 'counter' };
const ticketed = JSON.parse(textOf('S19')).steps[2];

test.each([
  // The file as a whole
  ['a misspelt key', 'minuets', 5, 'Unrecognized key: "minuets"', ''],
  ['a language that is missing', 'title/en', undefined, 'expected string', 'at title.en'],
  ['a title that does not fit on a receipt', 'title/en', 'x'.repeat(61), 'Too big', 'at title.en'],
  ['an id of another form', 'id', 's1', 'Invalid string', 'at id'],
  ['a word about saving that means nothing', 'draft', 'maybe', 'Invalid option', 'at draft'],
  ['saved for no time', 'draftDays', 0, 'Too small', 'at draftDays'],
  ['saved for ever', 'draftDays', 365, 'Too big', 'at draftDays'],
  ['saving where nothing is asked', 'steps', [identify, submit, print, rate], 'nothing to put aside', 'at draft'],
  ['a device that there is not', 'needs/devices/0', 'palm-reader', 'Invalid option', 'at needs.devices[0]'],
  [
    'an assurance that the steps do not give',
    'needs/assurance',
    'face',
    'with these steps it is "document"',
    'at needs.assurance',
  ],
  [
    'a printer that was forgotten',
    'needs/devices',
    ['id-card-reader'],
    'printing a receipt needs "receipt-printer"',
    'at needs.devices',
  ],
  [
    'an assurance that the steps go beyond',
    'needs/assurance',
    'none',
    'with these steps it is "document"',
    'at needs.assurance',
  ],
  [
    'a card reader that was forgotten',
    'needs/devices',
    ['receipt-printer'],
    'an "identify" step needs "id-card-reader"',
    'at needs.devices',
  ],
  // Forms
  [
    'a misspelt key in a field',
    `${phone}/patern`,
    '^1',
    'Unrecognized key: "patern"',
    'at steps[1].schema.properties.phone',
  ],
  [
    'a regular expression that is none',
    `${phone}/pattern`,
    '^1[3-9',
    'not a regular expression',
    'at steps[1].schema.properties.phone.pattern',
  ],
  [
    'a regular expression of another dialect',
    `${phone}/pattern`,
    '(?<a>1)(?<a>2)',
    'not a regular expression',
    'phone.pattern',
  ],
  [
    'a field type that there is not',
    `${phone}/type`,
    'boolean',
    "Expected 'integer' | 'string'",
    'at steps[1].schema.properties.phone',
  ],
  ['a choice of one', `${delivery}/oneOf/1`, undefined, '', 'at steps[1].schema.properties.delivery.oneOf'],
  ['two choices with one value', `${delivery}/oneOf/1/const`, 'post', 'a "const" stands twice', 'delivery.oneOf'],
  [
    'a field named like something that every object has',
    'steps/1/schema/properties/constructor',
    {},
    'Invalid key',
    'properties.constructor',
  ],
  ['a field name in capitals', 'steps/1/schema/properties/Phone', {}, 'Invalid key', 'properties.Phone'],
  [
    'a required field that there is not',
    'steps/1/schema/required',
    ['phnoe'],
    'the form has no field "phnoe"',
    'at steps[1].schema.required',
  ],
  [
    'a field that is required twice',
    'steps/1/schema/required',
    ['phone', 'phone'],
    'a field stands twice',
    'at steps[1].schema.required',
  ],
  [
    'a first value for a field that there is not',
    'steps/1/prefill',
    { mail: 'platform:contact.mail' },
    'the form has no field "mail"',
    'at steps[1].prefill',
  ],
  [
    'a first value from elsewhere',
    'steps/1/prefill/phone',
    'http://example',
    'Invalid string',
    'at steps[1].prefill.phone',
  ],
  [
    'a form without a field',
    'steps/1/schema',
    { type: 'object', properties: {} },
    'a form without a field',
    'at steps[1].schema.properties',
  ],
  // Steps
  ['a kind of step that there is not', 'steps/2/kind', 'sing', "Expected 'identify' |", 'at steps[2].kind'],
  ['a step that stands twice', 'steps', [identify, form, form, submit, rate], '"form" stands twice', 'at steps[2]'],
  [
    'a form after the submission',
    'steps',
    [identify, submit, form, rate],
    'a "form" step has its place before "submit"',
    'at steps[2]',
  ],
  [
    'a review before the form',
    'steps',
    [identify, review, form, submit, rate],
    'a "form" step has its place before "review"',
    'at steps[2]',
  ],
  [
    'paper before the submission',
    'steps',
    [identify, print, submit, rate],
    'a "submit" step has its place before "print"',
    'at steps[2]',
  ],
  [
    'a card after the submission',
    'steps',
    [form, submit, identify, rate],
    'a "identify" step has its place before "submit"',
    'at steps[2]',
  ],
  [
    'a review after the submission',
    'steps',
    [identify, form, submit, review, rate],
    'a "review" step has its place before "submit"',
    'at steps[3]',
  ],
  ['no submission', 'steps', [identify, form, rate], 'a "submit" step is missing', 'at steps'],
  ['no result to look at', 'steps', [identify, form, submit, print], 'the last step is "rate"', 'at steps'],
  [
    'a face without a document',
    'steps',
    [{ kind: 'verify-face', otherwise: 'counter' }, submit, rate],
    'an "identify" step is missing',
    'at steps[0]',
  ],
])('%s is refused with file, path and reason', (_, path, value, reason, place) => {
  const message = complaint('S10', path, value);
  expect(message).toMatch(/^S10\.json: /);
  expect(message).toContain(reason);
  expect(message).toContain(place);
});

test.each([
  ['a smallest number above the largest', 'S01', 'steps/2/schema/properties/years/maximum', 0, 'less than "minimum"'],
  [
    'a camera that was forgotten',
    'S01',
    'needs/devices',
    ['id-card-reader', 'receipt-printer', 'licence-printer'],
    'a "verify-face" step needs "camera"',
  ],
  [
    'a printer for a certificate that was forgotten',
    'S01',
    'needs/devices',
    ['id-card-reader', 'receipt-printer', 'camera'],
    'printing a certificate needs "licence-printer"',
  ],
  ['a face without saying so', 'S01', 'needs/assurance', 'document', 'with these steps it is "face"'],
  [
    'a face before its document',
    'S01',
    'steps',
    [face, identify, submit, rate],
    'a "identify" step has its place before "verify-face"',
  ],
  [
    'a face after the submission',
    'S01',
    'steps',
    [identify, submit, face, rate],
    'a "verify-face" step has its place before "submit"',
  ],
  ['the place of a ticket’s field', 'S19', 'steps/1/schema/required', [], 'at steps[2].ticket.field'],
  ['a ticket for digits', 'S19', 'steps/1', form, 'no required choice field "matter"'],
  ['a ticket without a form', 'S19', 'steps', [identify, ticketed, rate], 'no required choice field "matter"'],
  ['the place of a letter', 'S19', 'steps/2/ticket/letters', { housing: 'B' }, 'at steps[2].ticket.letters'],
  [
    'a ticket for an answer that nobody must give',
    'S19',
    'steps/1/schema/required',
    [],
    'no required choice field "matter"',
  ],
  [
    'a ticket for a field that there is not',
    'S19',
    'steps/2/ticket/field',
    'topic',
    'no required choice field "topic"',
  ],
  ['a choice without a letter', 'S19', 'steps/2/ticket/letters', { housing: 'B' }, 'no letter for "social-insurance"'],
  ['a licence on two blanks', 'S06', 'steps/4/papers/1', { document: 'licence', blank: 'b' }, 'at steps[4].papers[1]'],
  ['a letter that is a word', 'S19', 'steps/2/ticket/letters/housing', 'BB', 'at steps[2].ticket.letters.housing'],
])('%s is refused', (_, id, path, value, reason) => {
  expect(complaint(id, path, value)).toContain(reason);
});

test.each([
  ['one smallest and largest number', 'S01', 'steps/2/schema/properties/years/maximum', 1],
  ['nothing asked and nothing put aside', 'S10', 'steps', [identify, submit, print, rate]],
  ['nobody identified', 'S10', 'steps', [form, submit, print, rate]],
] as const)('a service with %s is right, as far as the rest of its file says so', (_, id, path, value) => {
  const wrong = complaint(id, path, value);
  expect(wrong).not.toMatch(/minimum|stands twice|has its place|is missing/);
});

test('what a service without a document needs is nothing of one', () => {
  const file = JSON.parse(textOf('S10'));
  const steps = [form, submit, print, rate];
  const needs = { devices: ['receipt-printer'], assurance: 'none' };
  expect(parseServiceFile('S10.json', JSON.stringify({ ...file, steps, needs })).needs).toEqual(needs);
  const silent = { ...file, steps: [submit, rate], needs: { devices: [], assurance: 'none' }, draft: 'no' };
  expect(parseServiceFile('S10.json', JSON.stringify(silent)).steps).toHaveLength(2);
});

test('a file of the largest size is read', () => {
  const text = textOf('S10');
  const padded = text + ' '.repeat(256 * 1024 - Buffer.byteLength(text));
  expect(parseServiceFile('S10.json', padded).id).toBe('S10');
  expect(() => parseServiceFile('S10.json', `${padded} `)).toThrow('larger than 262144 bytes');
});

test('what JSON says is wrong with a file is told', () => {
  expect(() => parseServiceFile('S77.json', '{')).toThrow(/not JSON \(.+\)/);
  const cause = expect.any(SyntaxError);
  expect(() => parseServiceFile('S77.json', '{')).toThrow(expect.objectContaining({ cause }));
});

test('services keep the order in which their files are given', () => {
  const files = ['S19', 'S01'].map((id) => [`${id}.json`, textOf(id)] as const);
  expect([...parseCatalogue(files).keys()]).toEqual(['S19', 'S01']);
});

test.each([
  ['empty', ''],
  ['cut off', textOf('S10').slice(0, -30)],
  ['a list', '[]'],
  ['null', 'null'],
  ['larger than any service', `"${'x'.repeat(300_000)}"`],
  ['larger than any service in bytes', `"${'证'.repeat(100_000)}"`],
])('a file that is %s is refused by name', (_, text) => {
  expect(() => parseServiceFile('S77.json', text)).toThrow(/^S77\.json: /);
});

test('one bad file refuses the folder, and the catalogue that was loaded before stays as it was', async () => {
  const folder = temporaryFolder();
  for (const id of ['S01', 'S10']) writeFileSync(join(folder, `${id}.json`), textOf(id));
  writeFileSync(join(folder, 'notes.txt'), 'not a service');
  const loaded = await loadCatalogue(folder);
  const before = JSON.stringify([...loaded]);
  writeFileSync(join(folder, 'S10.json'), textOf('S10').replace('"minutes"', '"minuets"'));
  await expect(loadCatalogue(folder)).rejects.toThrow(/^S10\.json: .*minuets/s);
  expect(JSON.stringify([...loaded])).toBe(before);
  expect([...loaded.keys()]).toEqual(['S01', 'S10']);
});

test('an id that is used twice is refused', async () => {
  const folder = temporaryFolder();
  for (const name of ['a.json', 'b.json']) writeFileSync(join(folder, name), textOf('S10'));
  await expect(loadCatalogue(folder)).rejects.toThrow('b.json: the id S10 is used twice');
});

test('a folder that is not there is an error and not an empty catalogue', async () => {
  await expect(loadCatalogue(join(temporaryFolder(), 'gone'))).rejects.toMatchObject({ code: 'ENOENT' });
});
