import type { RequestListener, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as realSetImmediate } from 'node:timers';
import { createServer as createTlsServer } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Intent } from '../../../main/contracts/messages.ts';
import type { DeliveryOutcome } from '../../../main/outbox/delivery.ts';
import type { OutboxAlarm } from '../../../main/outbox/outbox.ts';
import { httpPlatform } from '../../../main/sync/platform.ts';
import { DECIDED_MS, faceOf } from '../../support/faces.ts';
import { deadEnd, httpFarEnd } from '../../support/http-far-end.ts';
import { StandingTerminal } from '../../support/standing-terminal.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { linCard } from '../../support/visit.ts';

// Real, as bytes take real time to be unpacked.
const realNow = performance.now.bind(performance);
const PATIENCE_MS = 20_000;
const bomb = gzipSync(Buffer.alloc(50_000_000, ' '));

let terminal: StandingTerminal;
const closes: (() => void)[] = [];

beforeEach(() => {
  vi.useFakeTimers({ now: new Date('2026-11-21T08:00:00Z') });
  vi.spyOn(Math, 'random').mockReturnValue(0.5); // so that due times are one number
  terminal = new StandingTerminal(temporaryFolder());
  terminal.readCard = async () => ({ card: linCard, portrait: Uint8Array.of(0xff, 0xd8) });
  terminal.face = faceOf(terminal.frames, 1);
});

afterEach(async () => {
  await terminal.switchOff();
  vi.restoreAllMocks();
  vi.useRealTimers();
  for (const close of closes.splice(0)) close();
});

const set = (field: string, value: string | number): Intent => ({ type: 'set-answer', field, value });
const start = (serviceId: string): Intent[] => [{ type: 'start' }, { type: 'choose-service', serviceId }];
const next: Intent = { type: 'next' };

/** One service that may wait for the platform, and one whose certificate only the platform can issue. */
const submits = {
  queue: async () =>
    await terminal.touch(...start('S10'), set('delivery', 'post'), next, set('phone', '13800138000'), next, next),
  no: async () => {
    await terminal.touch(...start('S01'));
    await terminal.pass(DECIDED_MS);
    await terminal.pass(1_200);
    await terminal.touch(set('years', 3), next, next);
  },
} as const;

/** What becomes of a delivery, and who sees what of it. */
interface Fate {
  readonly state: 'waiting' | 'delivered' | 'rejected';
  /** Until the next attempt, with the dice on their middle; absent: there is none. */
  readonly dueInMs?: number;
  /** The resident, 9 s after "submit": with a service that may queue, and with one that may not. */
  readonly queue: string;
  readonly no: string;
  /** The technician: the outbox's alarm, and what the log says of the attempt. */
  readonly alarm?: OutboxAlarm;
  readonly log: string;
}

const kept = { state: 'waiting', queue: 'result: queued', no: 'submit: slow' } as const;
const again = (cause: string, dueInMs = 1_000): Fate => ({ ...kept, dueInMs, log: `retry ${cause}` });
const held = (retryAfterMs: number): Fate => ({
  ...again('platform-busy', retryAfterMs * 1.05),
  log: `retry platform-busy, Retry-After ${retryAfterMs} ms`,
});
const refused = (reason: string): Fate => ({
  ...{ state: 'rejected', queue: 'submit: rejected', no: 'submit: rejected' },
  log: `rejected ${reason}`,
});
const locked: Fate = { ...kept, dueInMs: 600_000, alarm: 'unauthorised', log: 'unauthorised' };
// The certificate that S01 waits for is not in these answers: the page that gives paper out says so.
const fine: Fate = { state: 'delivered', queue: 'result: delivered', no: 'print', log: 'delivered' };

/** `told` is what the case said its number is: a platform answers about that one. */
type FarEnd = (told: () => string) => Promise<string> | string;
const receivedAt = '2026-11-21T08:00:00Z';
const good = (caseNumber: string): string => JSON.stringify({ caseNumber, receivedAt });
const refusal = (code: string): string => JSON.stringify({ error: { code, message: 'no' } });
const json = { 'content-type': 'application/json' };

const http =
  (answer: RequestListener): FarEnd =>
  () =>
    httpFarEnd(answer);
const says = (status: number, body: string, headers: Record<string, string> = json): FarEnd =>
  http((_q, r) => r.writeHead(status, headers).end(body));
const raw =
  (bytes: (caseNumber: string) => string): FarEnd =>
  (told) =>
    httpFarEnd((q) => q.resume().on('end', () => q.socket.end(bytes(told()))));

/** A byte every second: always something, never an end. */
function drip(response: ServerResponse, text: string): void {
  let at = 0;
  const timer = setInterval(() => response.socket?.write(text[at++ % text.length] ?? ''), 1_000);
  response.on('close', () => clearInterval(timer));
}

/** A TLS server without a certificate: no handshake ever succeeds. */
async function tlsWithoutCertificate(): Promise<string> {
  const server = createTlsServer(() => undefined);
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closes.push(() => server.close());
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const soon = { ...json, 'retry-after': '30' };
const rows: [string, FarEnd, Fate][] = [
  // The wrong one answers.
  ['200 with a page of HTML', says(200, '<html>log in', { 'content-type': 'text/html' }), again('invalid-answer')],
  ['404 with a page of HTML', says(404, '<html>not here', { 'content-type': 'text/html' }), again('invalid-answer')],
  ['403 with a page of HTML', says(403, '<html>blocked', { 'content-type': 'text/html' }), again('invalid-answer')],
  ['403 with somebody else’s JSON', says(403, '{"blocked":true}'), again('invalid-answer')],
  ['511, a portal that is honest', says(511, '<html>log in'), again('invalid-answer')],
  ['a redirect to another host', says(307, '', { location: 'http://platform.invalid/' }), again('invalid-answer')],
  ['301 to HTTPS', says(301, '', { location: 'https://127.0.0.1/v1/cases' }), again('invalid-answer')],
  ['the answer to another case', says(201, good('LS99-20261121-0001')), again('invalid-answer')],
  // It answers, and not as agreed.
  ['200 with nothing', says(200, ''), again('invalid-answer')],
  ['204', says(204, ''), again('invalid-answer')],
  ['truncated JSON', says(201, good('LS03-20261121-0001').slice(0, -9)), again('invalid-answer')],
  [
    'a body shorter than announced',
    raw((n) => `HTTP/1.1 201 OK\r\ncontent-length: 999\r\n\r\n${good(n)}`),
    again('unreachable'),
  ],
  ['garbage instead of HTTP', raw(() => 'SSH-2.0-OpenSSH_9.9\r\n'), again('unreachable')],
  [
    'a gigantic body',
    http((_q, r) => {
      r.writeHead(200, json);
      const more = (): void => void (r.destroyed || r.write(Buffer.alloc(65_536, ' '), () => realSetImmediate(more)));
      more();
    }),
    again('invalid-answer'),
  ],
  [
    'a gzip bomb',
    http((_q, r) => r.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(bomb)),
    again('invalid-answer'),
  ],
  ['headers of a megabyte', raw(() => `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(1_000_000)}\r\n\r\n`), again('unreachable')],
  // It says no.
  ['400', says(400, refusal('bad-request')), refused('bad-request')],
  ['401', says(401, refusal('unauthorised')), locked],
  ['401 without a word, as a gateway says it', says(401, ''), locked],
  ['403', says(403, refusal('forbidden')), locked],
  ['404, as the address is not served', says(404, refusal('not-found')), again('invalid-answer')],
  ['405', says(405, refusal('not-allowed')), again('invalid-answer')],
  ['409, the first is still running', says(409, refusal('in-progress')), again('platform-busy')],
  ['413', says(413, '<html>too large'), refused('too-large')],
  ['413 for the time being', says(413, '<html>too large', soon), held(30_000)],
  ['422, as a department refuses', says(422, refusal('not-eligible')), refused('not-eligible')],
  ['422, as another case has this number', says(422, refusal('case-number-taken')), refused('case-number-taken')],
  ['422, as the key was used before', says(422, refusal('key-reused')), refused('key-reused')],
  ['422 with a page of HTML', says(422, '<html>no'), again('invalid-answer')],
  // It says not now.
  ['429 without Retry-After', says(429, refusal('too-many')), again('platform-busy')],
  ['429 with Retry-After', says(429, refusal('too-many'), soon), held(30_000)],
  ['429 with Retry-After: 0', says(429, '', { 'retry-after': '0' }), { ...held(0), dueInMs: 1_050 }],
  [
    '429 with a Retry-After of a year',
    says(429, '', { 'retry-after': '31536000' }),
    { ...held(31_536_000_000), dueInMs: 3_600_000 },
  ],
  ['500', says(500, refusal('internal')), again('platform-busy')],
  ['502 with a page of HTML', says(502, '<html>bad gateway'), again('platform-busy')],
  ['503 with Retry-After', says(503, '', soon), held(30_000)],
  // It says nothing, or takes for ever.
  ['nobody listening', () => deadEnd(), again('unreachable')],
  ['a hung-up line', http((q) => q.socket.destroy()), again('unreachable')],
  ['silence', http(() => undefined), again('timeout')],
  [
    'headers byte by byte',
    http((_q, r) => drip(r, 'HTTP/1.1 200 OK\r\nx: yyyyyyyyyyyyyyyyyyyyyyyyyy')),
    again('timeout'),
  ],
  [
    'a body byte by byte',
    http((_q, r) => {
      r.writeHead(200, json).flushHeaders();
      drip(r, '1\r\n \r\n');
    }),
    again('timeout'),
  ],
  [
    'HTTPS where HTTP is spoken',
    async () => (await httpFarEnd(() => undefined)).replace('http:', 'https:'),
    again('unreachable'),
  ],
  ['a TLS server without a certificate', tlsWithoutCertificate, again('unreachable')],
  // It is odd, and right.
  [
    'another content type',
    (told) => httpFarEnd((_q, r) => r.writeHead(201, { 'content-type': 'text/plain' }).end(good(told()))),
    fine,
  ],
  [
    'HTTP/1.0, closed at the end',
    raw((n) => `HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n${good(n)}`),
    fine,
  ],
];

test.each(rows)('%s: the case is not lost, and everybody is told the truth', async (_name, farEnd, fate) => {
  const seen: Record<string, string> = {};
  for (const service of ['queue', 'no'] as const) {
    seen[service] = await submitTo(farEnd, fate, submits[service]);
    await terminal.touch({ type: 'leave' });
    await terminal.switchOff();
    terminal = new StandingTerminal(temporaryFolder());
    terminal.readCard = async () => ({ card: linCard, portrait: Uint8Array.of(0xff, 0xd8) });
    terminal.face = faceOf(terminal.frames, 1);
  }
  expect(seen).toEqual({ queue: fate.queue, no: fate.no });
});

/** What the resident sees 9 s after "submit", once the delivery and the technician's view were checked. */
async function submitTo(
  farEnd: FarEnd,
  { state, dueInMs, alarm, log }: Fate,
  submit: () => Promise<void>,
): Promise<string> {
  const told = (): string => String(terminal.delivered[0]?.body['caseNumber']);
  const { deliver } = httpPlatform({ baseUrl: await farEnd(told), terminalId: 'LS03', token: 't' });
  let outcome: DeliveryOutcome | undefined;
  // The first attempt is real; what comes after it meets the same.
  terminal.deliver = async (delivery, signal) => {
    outcome ??= await deliver(delivery, signal);
    return outcome;
  };
  await submit();
  // Byte by byte, second by second: a platform that never ends is given up at its deadline, and the resident long before.
  let screenAt9s: string | undefined;
  for (let second = 1; log === 'retry timeout' && second <= 15; second += 1) {
    await terminal.pass(1_000);
    if (second === 9) screenAt9s = screenNow();
  }
  const untilMs = realNow() + PATIENCE_MS;
  while (!outcome && realNow() < untilMs) await new Promise((resolve) => realSetImmediate(resolve));
  await terminal.pass(0);

  const caseId = String(terminal.delivered[0]?.body['caseId']);
  expect(terminal.outbox.status(caseId)).toMatchObject({ state, attempts: 1 });
  const dueAtMs = terminal.store.jobs.nextDueAtMs();
  expect(dueAtMs === undefined ? undefined : dueAtMs - Date.now()).toBe(dueInMs);
  expect(terminal.outbox.alarm.value).toBe(alarm ?? 'none');
  expect(attemptInLog()).toBe(log);
  expect(terminal.outbox.stats()).toMatchObject({ waiting: 0, rejected: 0, [state]: 1 });
  if (screenAt9s !== undefined) return screenAt9s;
  await terminal.pass(9_000);
  return screenNow();
}

function screenNow(): string {
  const { screen } = terminal;
  if (screen.kind === 'result') return `result: ${screen.outcome}`;
  return screen.kind === 'submit' ? `submit: ${screen.phase}` : screen.kind;
}

function attemptInLog(): string {
  const fields = terminal.log.entries.find(({ message }) => message === 'delivery attempt')?.fields as
    | { outcome: string; cause?: string; reason?: string; retryAfterMs?: number }
    | undefined;
  const { outcome, cause, reason, retryAfterMs } = fields ?? { outcome: 'none' };
  const why = [outcome, cause, reason].filter((word) => word !== undefined).join(' ');
  return retryAfterMs === undefined ? why : `${why}, Retry-After ${retryAfterMs} ms`;
}
