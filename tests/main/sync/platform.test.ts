import { readFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test, vi } from 'vitest';
import type { Delivery } from '../../../main/outbox/delivery.ts';
import { syncErrorCodes } from '../../../main/sync/errors.ts';
import { httpPlatform } from '../../../main/sync/platform.ts';
import { largestSeal } from '../../printers/seal-pictures.ts';
import { deadEnd, httpFarEnd } from '../../support/http-far-end.ts';

const receivedAt = '2026-11-21T08:00:00Z';
const delivery: Delivery = {
  kind: 'case',
  idempotencyKey: '0b6e1d0e-9c1f-4f5c-8f57-3f3a0c8f6a11',
  body: Buffer.from(JSON.stringify({ caseNumber: 'A1', 姓名: '林晓岚' })),
};

const never = (): AbortSignal => new AbortController().signal;
const platformAt = (baseUrl: string) => httpPlatform({ baseUrl, terminalId: 'T-0001', token: 'secret' });
const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
};

async function deliverTo(answer: RequestListener) {
  return await platformAt(await httpFarEnd(answer)).deliver(delivery, never());
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('a case goes out byte for byte, with key, terminal and credential, and the answer comes back parsed', async () => {
  let seen: { line: string; headers: IncomingMessage['headers']; body: Buffer } | undefined;
  const outcome = await deliverTo(async (request, response) => {
    seen = { line: `${request.method} ${request.url}`, headers: request.headers, body: await bytesOf(request) };
    json(response, 201, { caseNumber: 'A1', receivedAt, queuePosition: 3, somethingNew: true });
  });
  expect(seen?.line).toBe('POST /v1/cases');
  expect(seen?.headers).toMatchObject({
    'idempotency-key': `"${delivery.idempotencyKey}"`,
    authorization: 'Bearer secret',
    'terminal-id': 'T-0001',
    'content-type': 'application/json',
  });
  expect(Buffer.compare(seen!.body, delivery.body)).toBe(0);
  expect(outcome).toEqual({ outcome: 'delivered', result: { caseNumber: 'A1', receivedAt, queuePosition: 3 } });
});

test('a rating goes to its own place, also below a path', async () => {
  const lines: (string | undefined)[] = [];
  const url = await httpFarEnd((request, response) => {
    lines.push(request.url);
    json(response, 200, { caseNumber: 'A1', receivedAt });
  });
  const outcome = await platformAt(`${url}/gateway/`).deliver({ ...delivery, kind: 'rating' }, never());
  expect(lines).toEqual(['/gateway/v1/ratings']);
  expect(outcome.outcome).toBe('delivered');
});

test.each(['case', 'rating'] as const)('an answer about another case is no answer to this %s', async (kind) => {
  const url = await httpFarEnd((_request, response) => json(response, 201, { caseNumber: 'A2', receivedAt }));
  const outcome = await platformAt(url).deliver({ ...delivery, kind }, never());
  expect(outcome).toEqual({ outcome: 'retry', cause: 'invalid-answer' });
});

const refusal = { error: { code: 'no-record', message: 'no social insurance on record' } };

test.each([
  [400, { outcome: 'rejected', reason: 'no-record' }],
  [401, { outcome: 'unauthorised' }],
  [403, { outcome: 'unauthorised' }],
  [404, { outcome: 'retry', cause: 'invalid-answer' }],
  [408, { outcome: 'retry', cause: 'platform-busy' }],
  [409, { outcome: 'retry', cause: 'platform-busy' }],
  [413, { outcome: 'rejected', reason: 'too-large' }],
  [422, { outcome: 'rejected', reason: 'no-record' }],
  [425, { outcome: 'retry', cause: 'platform-busy' }],
  [429, { outcome: 'retry', cause: 'platform-busy' }],
  [500, { outcome: 'retry', cause: 'platform-busy' }],
  [503, { outcome: 'retry', cause: 'platform-busy' }],
  [204, { outcome: 'retry', cause: 'invalid-answer' }],
  [302, { outcome: 'retry', cause: 'invalid-answer' }],
  [304, { outcome: 'retry', cause: 'invalid-answer' }],
])('HTTP %i means %o', async (status, expected) => {
  expect(await deliverTo((_request, response) => json(response, status, refusal))).toEqual(expected);
});

const certificate = {
  ...{ kind: 'certificate', language: 'zh-CN', title: '证明', serial: 'S1', statement: [], fields: [], issuer: '中心' },
  ...{ issuedOn: '2026-11-21', verification: { url: 'https://verify.example/S1', note: '' } },
};

test.each<[string, RequestListener]>([
  ['a portal page with 200', (_q, r) => r.writeHead(200, { 'content-type': 'text/html' }).end('<html>log in')],
  ['a portal page with 404', (_q, r) => r.writeHead(404, { 'content-type': 'text/html' }).end('<html>not here')],
  ['JSON cut off', (_q, r) => r.writeHead(201).end('{"caseNumber":"A1","receivedAt":"2026-')],
  [
    'a body shorter than announced',
    (_q, r) => {
      r.writeHead(201, { 'content-length': '500' }).write('{');
      setImmediate(() => r.destroy());
    },
  ],
  ['no body', (_q, r) => r.writeHead(200).end()],
  [
    'not UTF-8',
    (_q, r) => r.writeHead(200).end(Buffer.from(`{"caseNumber":"A\xff","receivedAt":"${receivedAt}"}`, 'latin1')),
  ],
  ['null', (_q, r) => json(r, 200, null)],
  ['another shape', (_q, r) => json(r, 200, { caseNumber: 7, receivedAt: 'yesterday' })],
  [
    'a certificate of the wrong shape',
    (_q, r) =>
      json(r, 201, { caseNumber: 'A1', receivedAt, document: { ...certificate, table: { columns: [], rows: [] } } }),
  ],
  [
    'a certificate with a seal that is no picture',
    (_q, r) => {
      const seal = { ...largestSeal(), png: 'PHN2Zz4=' };
      json(r, 201, { caseNumber: 'A1', receivedAt, document: { ...certificate, seal } });
    },
  ],
  ['more than a megabyte', (_q, r) => r.writeHead(200).end(Buffer.alloc(1_100_000, ' '))],
  [
    'a megabyte hidden in gzip',
    (_q, r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50_000_000, ' '))),
  ],
  [
    'an answer without end',
    (_q, r) => {
      const more = (): void => {
        if (r.destroyed) return;
        r.write(Buffer.alloc(65_536));
        setImmediate(more);
      };
      more();
    },
  ],
  ['a hung-up line', (q) => q.socket.destroy()],
  ['garbage instead of HTTP', (q) => q.socket.end('SSH-2.0-OpenSSH_9.9\r\n')],
])('%s is tried again, and nothing of it is believed', async (_name, answer) => {
  const cause = expect.stringMatching(/^(invalid-answer|unreachable)$/);
  expect(await deliverTo(answer)).toEqual({ outcome: 'retry', cause });
});

test.each<[string, object]>([
  ['a certificate', certificate],
  ['a certificate with the largest seal', { ...certificate, seal: largestSeal() }],
])('%s in the answer is handed on whole', async (_, document) => {
  const outcome = await deliverTo((_q, r) => json(r, 201, { caseNumber: 'A1', receivedAt, document }));
  expect(outcome).toMatchObject({ outcome: 'delivered', result: { document } });
});

test.each([
  ['7', undefined, 7_000],
  ['Sat, 21 Nov 2026 08:02:00 GMT', 'Sat, 21 Nov 2026 08:00:00 GMT', 120_000],
  ['Sat, 21 Nov 2026 07:00:00 GMT', 'Sat, 21 Nov 2026 08:00:00 GMT', 0],
  ['soon', undefined, undefined],
  ['-5', undefined, undefined],
  ['99999999999999', undefined, undefined],
])('Retry-After: %s, with Date: %s, is %s ms', async (value, date, expected) => {
  const headers = { 'retry-after': value, ...(date && { date }) };
  const outcome = await deliverTo((_q, r) => json(r, 503, refusal, headers));
  const wanted = expected === undefined ? {} : { retryAfterMs: expected };
  expect(outcome).toEqual({ outcome: 'retry', cause: 'platform-busy', ...wanted });
});

test('a redirect is not followed: the case would go to somebody else', async () => {
  const elsewhere = vi.fn();
  const other = await httpFarEnd((_request, response) => {
    elsewhere();
    json(response, 201, { caseNumber: 'A1', receivedAt });
  });
  const outcome = await deliverTo((_q, r) => r.writeHead(307, { location: `${other}/v1/cases` }).end());
  expect(outcome).toEqual({ outcome: 'retry', cause: 'invalid-answer' });
  expect(elsewhere).not.toHaveBeenCalled();
});

test('nobody listening and no such name are both "unreachable"', async () => {
  const unreachable = { outcome: 'retry', cause: 'unreachable' };
  expect(await platformAt(await deadEnd()).deliver(delivery, never())).toEqual(unreachable);
  expect(await platformAt('http://platform.invalid').deliver(delivery, never())).toEqual(unreachable);
});

test('silence ends after 15 s, before or in the middle of an answer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  for (const answer of [() => undefined, (_q: unknown, r: ServerResponse) => void r.writeHead(200).write('{')]) {
    const arrived = Promise.withResolvers<void>();
    const url = await httpFarEnd((request, response) => {
      answer(request, response);
      arrived.resolve();
    });
    const outcome = platformAt(url).deliver(delivery, never());
    await arrived.promise;
    await vi.advanceTimersByTimeAsync(14_900);
    await vi.advanceTimersByTimeAsync(200);
    expect(await outcome).toEqual({ outcome: 'retry', cause: 'timeout' });
  }
  vi.useRealTimers();
});

test('giving up closes the connection at once', async () => {
  const gone = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  const url = await httpFarEnd((request) => {
    request.socket.on('close', gone.resolve);
    arrived.resolve();
  });
  const giveUp = new AbortController();
  const prefilling = platformAt(url).prefill(
    { idNumber: '230299197506180027', name: '林晓岚', bindings: [] },
    giveUp.signal,
  );
  await arrived.promise;
  giveUp.abort();
  await expect(prefilling).rejects.toMatchObject({ name: 'SyncError', code: 'canceled' });
  await gone.promise;
});

test('prefill asks with the person in the body, never in the address, and refuses what was not agreed', async () => {
  const request = { idNumber: '230299197506180027', name: '林晓岚', bindings: ['contact.phone'] };
  let line = '';
  let values: unknown = { 'contact.phone': '13900000001' };
  const url = await httpFarEnd(async (incoming, response) => {
    line = `${incoming.method} ${incoming.url}`;
    expect(JSON.parse((await bytesOf(incoming)).toString())).toEqual(request);
    json(response, 200, { values });
  });
  expect(await platformAt(url).prefill(request, never())).toEqual({ values: { 'contact.phone': '13900000001' } });
  expect(line).toBe('POST /v1/prefill');
  values = { 'contact.phone': { nested: 'x' } };
  const refused = platformAt(url).prefill(request, never());
  await expect(refused).rejects.toMatchObject({
    code: 'invalid-answer',
    message: expect.not.stringContaining('林晓岚'),
  });
});

test('every error code has its row in the README', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../../main/sync/README.md'), 'utf8');
  const rows = [...readme.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, code]) => code);
  expect(rows.sort()).toEqual([...syncErrorCodes].sort());
});
