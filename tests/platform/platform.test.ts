import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { licence } from '../../printers/document/licence.ts';
import { renderLicence } from '../../printers/pdf/licence.ts';
import { startPlatform } from '../../scripts/platform/platform.ts';
import { caseOf, chen, lin, standInPlatform, wei } from '../support/stand-in-platform.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const key = '"0b6e1d0e-9c1f-4f5c-8f57-3f3a0c8f6a11"';
const code = (error: string) => expect.objectContaining({ error: expect.objectContaining({ code: error }) });

test('the same case under the same key is done once and answered alike', async () => {
  const { post, inspect } = await standInPlatform();
  const body = caseOf({});
  const first = await post('/v1/cases', body, { 'idempotency-key': key });
  const second = await post('/v1/cases', body, { 'idempotency-key': key });
  expect(first.status).toBe(201);
  expect([second.status, second.text]).toEqual([first.status, first.text]);
  expect(inspect()).toMatchObject({
    cases: [{ caseNumber: 'A1', terminalId: 'T-0001', deliveries: 2 }],
    duplicates: 0,
  });
});

test('a key used with another content is refused, and two terminals may use the same key', async () => {
  const { post } = await standInPlatform();
  await post('/v1/cases', caseOf({}), { 'idempotency-key': key });
  const other = caseOf({ caseNumber: 'A2' });
  const reused = await post('/v1/cases', other, { 'idempotency-key': key });
  expect([reused.status, reused.json()]).toEqual([422, code('key-reused')]);
  expect((await post('/v1/cases', other, { 'idempotency-key': key, 'terminal-id': 'T-0002' })).status).toBe(201);
});

test('a second request while the first is being worked on is told to wait', async () => {
  const { post, fail } = await standInPlatform();
  await fail({ kind: 'delay', ms: 200 });
  const body = caseOf({});
  const send = () => post('/v1/cases', body, { 'idempotency-key': key });
  const answers = (await Promise.all([send(), send()])).sort((one, other) => one.status - other.status);
  expect(answers.map(({ status }) => status)).toEqual([201, 409]);
  expect(answers[1]?.json()).toEqual(code('in-progress'));
});

test('one case under two keys is found out as a duplicate, a rating before its case as out of order', async () => {
  const { post, inspect } = await standInPlatform();
  const body = caseOf({});
  const rating = { caseId: body.caseId, caseNumber: 'A1', stars: 5, ratedAt: '2026-11-21T08:01:00Z' };
  const early = await post('/v1/ratings', rating, { 'idempotency-key': key });
  expect([early.status, early.json()]).toEqual([409, code('case-unknown')]);
  await post('/v1/cases', body);
  await post('/v1/cases', body);
  expect((await post('/v1/ratings', rating, { 'idempotency-key': key })).status).toBe(201);
  expect(inspect()).toMatchObject({ duplicates: 1, outOfOrder: 1, ratings: 1 });
});

test('one case under two numbers is found out as a duplicate, too', async () => {
  const { post, inspect } = await standInPlatform();
  const body = caseOf({});
  await post('/v1/cases', body);
  await post('/v1/cases', { ...body, caseNumber: 'A2' });
  expect(inspect()).toMatchObject({ duplicates: 1 });
});

test('a case under the number of another is refused, and the other stays as it is', async () => {
  const { post, inspect } = await standInPlatform();
  const first = caseOf({});
  await post('/v1/cases', first);
  const other = caseOf({ caseId: 'c3ff1f0c-5c6c-4f0e-9f1c-7a0d3f5b2e11', serviceId: 'S10' });
  const refused = await post('/v1/cases', other, { 'terminal-id': 'T-0002' });
  expect([refused.status, refused.json()]).toEqual([422, code('case-number-taken')]);
  expect(inspect()).toMatchObject({ cases: [{ serviceId: first.serviceId, terminalId: 'T-0001' }], duplicates: 0 });
});

test.each<[string, number, string, unknown, Record<string, string>]>([
  ['no key', 400, 'idempotency-key-missing', caseOf({}), { 'idempotency-key': '' }],
  ['a key without quotes', 400, 'idempotency-key-missing', caseOf({}), { 'idempotency-key': 'abcdefghij' }],
  ['a wrong token', 401, 'unauthorised', caseOf({}), { authorization: 'Bearer guess' }],
  ['no terminal', 400, 'bad-request', caseOf({}), { 'terminal-id': '' }],
  ['no JSON', 400, 'bad-request', '{"caseId":', {}],
  ['a surplus field', 400, 'bad-request', { ...caseOf({}), admin: true }, {}],
  ['an object for an answer', 400, 'bad-request', { ...caseOf({}), answers: { years: { $gt: 0 } } }, {}],
  ['two megabytes', 413, 'too-large', ' '.repeat(2_000_000), {}],
])('%s is refused with %i %s, and the refusal quotes nobody', async (_name, status, error, body, headers) => {
  const { post, inspect } = await standInPlatform();
  const answer = await post('/v1/cases', body, headers);
  expect([answer.status, answer.json()]).toEqual([status, code(error)]);
  expect(answer.text).not.toContain(wei.name);
  expect(inspect().cases).toEqual([]);
});

test('S01: a certificate of the years asked for, counted from the month before', async () => {
  const { post } = await standInPlatform({ now: () => new Date('2026-11-20T16:30:00Z') }); // 00:30 on the 21st there
  const answer = await post('/v1/cases', caseOf({ serviceId: 'S01', person: chen, answers: { years: 3 } }));
  expect(answer.json()).toMatchObject({
    caseNumber: 'A1',
    document: {
      template: 'social-insurance-certificate',
      language: 'zh-CN',
      issuer: '龙沙区社会保险事业中心（示例）',
      issuedOn: '2026-11-21',
      values: {
        name: chen.name,
        idNumber: chen.idNumber,
        insuredSince: '2015-08',
        period: '2023-11至2026-10',
      },
      rows: [
        ['2025-11至2026-10', '12个月', '12个月', '12个月', '12个月'],
        ['2024-11至2025-10', '12个月', '12个月', '12个月', '12个月'],
        ['2023-11至2024-10', '10个月', '10个月', '10个月', '10个月'], // March and April 2024 were not paid
      ],
      verification: { url: expect.stringMatching(/^https:\/\/verify\.example\/SB20261121/) },
    },
  });
});

test('S01 in English says so throughout', async () => {
  const { post } = await standInPlatform({ now: () => new Date('2026-11-21T08:00:00Z') });
  const body = caseOf({ serviceId: 'S01', person: lin, answers: { years: 1 }, language: 'en' });
  expect((await post('/v1/cases', body)).json()).toMatchObject({
    document: {
      language: 'en',
      issuer: 'Longsha District Social Insurance Centre (sample)',
      values: { period: '2025-11 to 2026-10' },
      rows: [['2025-11 to 2026-10', '12 months', '12 months', '12 months', '12 months']],
    },
  });
});

test.each([
  ['S01', 'zh-CN', { years: 5 }],
  ['S01', 'en', { years: 5 }],
  ['S06', 'zh-CN', {}],
] as const)('what is issued for %s in %s has all that its template wants', async (serviceId, language, answers) => {
  const { post } = await standInPlatform();
  const answer = await post('/v1/cases', caseOf({ serviceId, person: lin, answers, language }));
  const { document } = z.object({ document: licence }).parse(answer.json());
  await expect(renderLicence(document)).resolves.toBeInstanceOf(Uint8Array);
});

test.each([
  ['nobody insured', caseOf({ serviceId: 'S01', person: wei, answers: { years: 1 } }), 'no-record'],
  [
    'a name of somebody else',
    caseOf({ serviceId: 'S01', person: { ...lin, name: wei.name }, answers: { years: 1 } }),
    'no-record',
  ],
  ['six years', caseOf({ serviceId: 'S01', person: lin, answers: { years: 6 } }), 'bad-answer'],
  ['a senior card before sixty', caseOf({ serviceId: 'S10', person: chen }), 'not-eligible'],
])('%s is refused for good', async (_name, body, reason) => {
  const { post } = await standInPlatform();
  const answer = await post('/v1/cases', body, { 'idempotency-key': key });
  expect([answer.status, answer.json()]).toEqual([422, code(reason)]);
  expect((await post('/v1/cases', body, { 'idempotency-key': key })).text).toBe(answer.text);
});

test('S10 says when to expect the card, S19 how many wait before in the same series', async () => {
  const { post } = await standInPlatform();
  expect((await post('/v1/cases', caseOf({}))).json()).toMatchObject({ expectedDays: 15 });
  const ticket = async (caseNumber: string, ticketNumber: string) =>
    (await post('/v1/cases', caseOf({ caseNumber, ticketNumber, serviceId: 'S19' }))).json();
  expect(await ticket('B1', 'A001')).toMatchObject({ queuePosition: 0 });
  expect(await ticket('B2', 'B001')).toMatchObject({ queuePosition: 0 });
  expect(await ticket('B3', 'A002')).toMatchObject({ queuePosition: 1 });
});

test('prefill knows what is on record, for the right name only', async () => {
  const { post } = await standInPlatform();
  const bindings = ['contact.phone', 'social-insurance.defaultYears', 'unheard.of'];
  const known = { 'contact.phone': '13900000001', 'social-insurance.defaultYears': 1 };
  expect((await post('/v1/prefill', { ...lin, bindings })).json()).toEqual({ values: known });
  expect((await post('/v1/prefill', { ...lin, name: wei.name, bindings })).json()).toEqual({ values: {} });
  expect((await post('/v1/prefill', { ...lin, bindings: ['contact.phone'] })).json()).toEqual({
    values: { 'contact.phone': '13900000001' },
  });
});

test('each fault does what it says, as often as it says', async () => {
  const { post, fail, inspect, url } = await standInPlatform();
  const send = (caseNumber: string) =>
    post('/v1/cases', caseOf({ caseNumber }), { 'idempotency-key': `"key-of-${caseNumber}"` });
  await fail({ kind: 'status', status: 503, times: 2, retryAfterS: 7 });
  const busy = await send('A1');
  expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '7']);
  expect((await send('A1')).status).toBe(503);
  expect(inspect().cases).toHaveLength(0);
  expect((await send('A1')).status).toBe(201);

  await fail({ kind: 'drop-request' });
  await expect(send('A2')).rejects.toThrow('fetch failed');
  expect(inspect().cases).toHaveLength(1);
  await fail({ kind: 'drop-answer', path: '/v1/cases' });
  expect((await fetch(`${url}/v1/health`)).status).toBe(200);
  await expect(send('A2')).rejects.toThrow('fetch failed');
  expect(inspect().cases).toHaveLength(2);

  await fail({ kind: 'html' }, { kind: 'truncated' });
  expect(await send('A3')).toMatchObject({ status: 200, text: expect.stringContaining('<!doctype html>') });
  const cut = await send('A3');
  expect(cut.json).toThrow(SyntaxError);
  await fail({ kind: 'status', status: 500, times: 100 });
  await fail();
  expect((await send('A4')).status).toBe(201);
});

test('the platform runs as a process: says where, remembers over a restart, ends when told', async () => {
  const file = join(temporaryFolder(), 'platform.db');
  const main = join(import.meta.dirname, '../../scripts/platform/main.ts');
  const start = async () => {
    const child = spawn(process.execPath, [main, '--port', '0', '--file', file, '--token', 't'], { stdio: 'pipe' });
    const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
    const { listening } = JSON.parse(String(line)) as { listening: string };
    return { child, listening };
  };
  const { child, listening } = await start();
  const headers = {
    authorization: 'Bearer t',
    'terminal-id': 'T',
    'idempotency-key': key,
    'content-type': 'application/json',
  };
  await fetch(`${listening}/v1/cases`, { method: 'POST', headers, body: JSON.stringify(caseOf({})) });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  const again = await start();
  const inspected = (await (await fetch(`${again.listening}/v1/inspect`)).json()) as { cases: unknown[] };
  expect(inspected.cases).toHaveLength(1);
  again.child.kill('SIGTERM');
  await once(again.child, 'exit');
});

test('a second platform on the same memory is refused at once, and the first goes on', async () => {
  const file = join(temporaryFolder(), 'platform.db');
  const first = await startPlatform({ port: 0, file, token: 't' });
  await expect(startPlatform({ port: 0, file, token: 't' })).rejects.toThrow(`${file} is in use`);
  expect((await fetch(`${first.url}/v1/health`)).status).toBe(200);
  await first.close();
  const next = await startPlatform({ port: 0, file, token: 't' });
  await next.close();
});

test('the invented people have numbers with valid check digits, and a region that was never given out', () => {
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]; // GB 11643, MOD 11-2
  for (const { idNumber } of [lin, wei, chen]) {
    const sum = weights.reduce((total, weight, index) => total + weight * Number(idNumber[index]), 0);
    expect(idNumber[17]).toBe('10X98765432'[sum % 11]);
    expect(idNumber.slice(0, 6)).toBe('230299');
  }
});
