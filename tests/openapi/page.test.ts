import { expect, test } from 'vitest';
import { table } from '../../scripts/openapi/document.ts';
import { documentPage } from '../../scripts/openapi/page.ts';
import { schemaRows } from '../../scripts/openapi/schema-rows.ts';
import { committed } from '../support/agreed-answers.ts';
import { standInPlatform } from '../support/stand-in-platform.ts';

test('the stand-in shows document and page, whatever fault is set', async () => {
  const { url, fail } = await standInPlatform();
  await fail({ kind: 'status', status: 500, times: 9 });
  expect(await (await fetch(`${url}/openapi.json`)).json()).toEqual(committed);
  const page = await fetch(`${url}/docs`);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(await page.text()).toBe(documentPage());
});

test('the page needs nothing from elsewhere, and every link leads somewhere', () => {
  const page = documentPage();
  expect(page).not.toMatch(/<script|<link|<img|@import|url\(|src=/);
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const targets = [...page.matchAll(/ href="([^"]+)"/g)].map(([, target]) => target!);
  for (const target of targets) {
    if (target === 'openapi.json') continue;
    expect(ids).toContain(target.slice(1));
  }
  for (const [id] of table) expect(ids).toContain(id);
});

test('a schema becomes rows: members below members, free names, choices, limits', () => {
  const rows = schemaRows({
    type: 'object',
    required: ['list'],
    properties: {
      list: {
        type: 'array',
        maxItems: 3,
        items: { type: 'object', properties: { id: { type: 'string', maxLength: 5 } } },
      },
      free: {
        type: 'object',
        propertyNames: { maxLength: 9 },
        additionalProperties: { anyOf: [{ type: 'number' }, { $ref: '#/x/Y' }] },
      },
      at: { type: 'string', format: 'date-time', pattern: 'Z$' },
    },
  });
  expect(rows.map(({ path, required, type, limits }) => [path, required, type, limits])).toEqual([
    ['list', true, 'list of object', 'at most 3 entries'],
    ['list[].id', false, 'string', 'at most 5 characters'],
    ['free', false, 'object', ''],
    ['free.*', false, 'number or Y', 'its name at most 9 characters'],
    ['at', false, 'string (date-time)', 'in UTC, ends in Z'],
  ]);
});
