import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadCatalogue, parseServiceFile } from '../../../main/flows/catalogue.ts';
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
