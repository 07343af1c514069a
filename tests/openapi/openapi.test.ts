import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { takesJson } from '../../main/sync/operation.ts';
import { answersJson, componentName, exampleOf, openApiDocument, table } from '../../scripts/openapi/document.ts';
import { committed, notInDocument, schemaComplaints } from '../support/agreed-answers.ts';

const file = new URL('../../main/sync/openapi.json', import.meta.url);

test('the committed document is what the table says today: else `npm run openapi`', () => {
  expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify(openApiDocument(), null, 2)}\n`);
});

test('it is OpenAPI 3.1', async () => {
  const validator = new Validator();
  expect(await validator.validate(committed)).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
});

describe.each(table)('%s', (id, operation) => {
  const { body, answer, parts } = exampleOf(id) ?? {};

  test('has an example of all that it says, by the very schemas and by the document', () => {
    const ref = (part: 'Body' | 'Answer') => `#/components/schemas/${componentName(id, part)}`;
    if (takesJson(operation)) expect(operation.body.safeParse(body)).toMatchObject({ success: true });
    if (takesJson(operation)) expect(schemaComplaints(ref('Body'), body)).toEqual([]);
    if (answersJson(operation)) expect(operation.answer.safeParse(answer)).toMatchObject({ success: true });
    if (answersJson(operation)) expect(schemaComplaints(ref('Answer'), answer)).toEqual([]);
    if (operation.parts) expect(operation.parts.safeParse(parts)).toMatchObject({ success: true });
  });

  test('every person in it is invented, with a valid check digit', () => {
    const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]; // GB 11643, MOD 11-2
    for (const [number] of JSON.stringify([body, answer, parts]).matchAll(/\b\d{17}[\dX]\b/g)) {
      const sum = weights.reduce((total, weight, index) => total + weight * Number(number[index]), 0);
      expect(number[17]).toBe('10X98765432'[sum % 11]);
      expect(number.slice(0, 6)).toBe('230299'); // a region that was never given out
    }
  });
});

const given = { method: 'POST', route: '/v1/ratings', status: 201, type: 'application/json; charset=utf-8' };
const rated = { caseNumber: 'A1', receivedAt: '2026-11-21T08:00:00Z' };
const refused = (code: string) => JSON.stringify({ error: { code, message: 'no' } });

test.each([
  ['as agreed', { ...given, body: JSON.stringify(rated) }, []],
  ['a refusal that is listed', { ...given, status: 409, body: refused('case-unknown') }, []],
  [
    'another status of success',
    { ...given, status: 202, body: JSON.stringify(rated) },
    ['POST /v1/ratings 202: no such status'],
  ],
  ['a page', { ...given, type: 'text/html', body: '<p>' }, ['POST /v1/ratings 201: text/html']],
  [
    'a word that is not listed',
    { ...given, status: 409, body: refused('tired') },
    ['POST /v1/ratings 409: tired is not listed'],
  ],
  [
    'half of it',
    { ...given, body: JSON.stringify({ caseNumber: 'A1' }) },
    ["POST /v1/ratings 201:  must have required property 'receivedAt'"],
  ],
])('the hook that watches the stand-in knows an answer from another: %s', (_name, answer, complaints) => {
  expect(notInDocument(answer)).toEqual(complaints);
});
