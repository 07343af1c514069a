import { expect, test, vi } from 'vitest';
import type { Intent } from '../../../main/contracts/messages.ts';
import { RemoteError } from '../../../main/processes/rpc.ts';
import { DECIDED_MS, faceOf } from '../../support/faces.ts';
import { never, type StandingTerminal, standingTerminalForEach } from '../../support/standing-terminal.ts';
import { linCard } from '../../support/visit.ts';

let terminal: StandingTerminal;
standingTerminalForEach((standing) => {
  terminal = standing;
  terminal.readCard = async () => ({ card: linCard, portrait: Uint8Array.of(0xff, 0xd8) });
});

const start = { type: 'start' } as const;
const next = { type: 'next' } as const;
const choose = (serviceId: string) => ({ type: 'choose-service', serviceId }) as const;
const set = (field: string, value: string | number) => ({ type: 'set-answer', field, value }) as const;
const answersS10: Intent[] = [set('delivery', 'post'), next, set('phone', '13800138000'), next];
const submitS10: Intent[] = [start, choose('S10'), ...answersS10, next];
const submitS19: Intent[] = [start, choose('S19'), set('matter', 'housing'), next];

async function submitS01(): Promise<void> {
  terminal.face = faceOf(terminal.frames, 1);
  await terminal.touch(start, choose('S01'));
  await terminal.pass(DECIDED_MS);
  await terminal.pass(1_200);
  await terminal.touch(set('years', 3), next, next);
}

test.each([
  ['2026-11-21T15:59:00Z', 'form'], // 23:59 in Shanghai
  ['2026-11-21T16:00:00Z', 'identify'],
])('a card that is valid to 21 November is looked at on %s by the clock on the wall', async (now, kind) => {
  vi.setSystemTime(new Date(now));
  terminal.readCard = vi.fn(never);
  vi.mocked(terminal.readCard).mockResolvedValueOnce({ card: { ...linCard, validTo: '2026-11-21' } });
  await terminal.touch(start, choose('S10'));
  expect(terminal.screen.kind).toBe(kind);
  if (kind === 'identify') expect(terminal.screen).toMatchObject({ reader: 'expired' });
});

test.each([
  ['2036-11-21T08:00:00Z', '2026-11-21', 'form'], // ten years fast: no card would hold
  ['2016-11-21T08:00:00Z', '2026-11-20', 'identify'], // ten years slow: any would
])('where the machine says %s, a card valid to %s is looked at by what the time is', async (machine, validTo, kind) => {
  vi.setSystemTime(new Date(machine));
  terminal.now = () => new Date('2026-11-21T08:00:00Z');
  terminal.readCard = vi.fn(never);
  vi.mocked(terminal.readCard).mockResolvedValueOnce({ card: { ...linCard, validTo } });
  await terminal.touch(start, choose('S10'));
  expect(terminal.screen.kind).toBe(kind);
});

test('where the machine’s clock is wrong, a case is numbered and dated by what the time is', async () => {
  vi.setSystemTime(new Date('2036-01-05T08:00:00Z'));
  terminal.now = () => new Date('2026-11-21T08:00:00Z');
  await terminal.touch(...submitS19);
  await terminal.pass(0);
  const [sent] = terminal.delivered;
  expect(sent?.body).toMatchObject({
    acceptedAt: '2026-11-21T08:00:00.000Z',
    caseNumber: expect.stringMatching(/^LS03-20261121-/),
  });
  expect(terminal.session.view().clock.now).toBe('2026-11-21T08:00:00.000Z');
});

test('a card that never expires, and one whose check digit does not fit', async () => {
  terminal.readCard = vi.fn(never);
  vi.mocked(terminal.readCard)
    .mockResolvedValueOnce({ card: { ...linCard, idNumberValid: false } })
    .mockImplementationOnce(never);
  await terminal.touch(start, choose('S10'));
  expect(terminal.screen).toEqual({ kind: 'identify', reader: 'refused' });
  terminal.readCard = async () => ({ card: { ...linCard, validTo: 'long-term' } });
  await terminal.touch({ type: 'retry' });
  expect(terminal.screen.kind).toBe('form');
});

test('after a refused card the next one is read without a touch', async () => {
  let lay: (read: { card: typeof linCard }) => void = () => undefined;
  terminal.readCard = () =>
    new Promise((resolve) => {
      lay = resolve;
    });
  await terminal.touch(start, choose('S10'));
  lay({ card: { ...linCard, idNumberValid: false } });
  await terminal.pass(0);
  expect(terminal.screen).toMatchObject({ reader: 'refused' });
  lay({ card: linCard });
  await terminal.pass(0);
  expect(terminal.screen.kind).toBe('form');
});

test('what the reader is doing is shown and keeps the page from running out', async () => {
  let tell: (step: 'reading' | 'replace-card') => void = () => undefined;
  terminal.readCard = (progress) => {
    tell = progress;
    return never();
  };
  await terminal.touch(start, choose('S10'));
  await terminal.pass(80_000);
  tell('reading');
  expect(terminal.views.at(-1)).toMatchObject({ screen: { reader: 'reading' }, timeLeft: { ms: 90_000 } });
  tell('replace-card');
  expect(terminal.views.at(-1)).toMatchObject({ screen: { reader: 'replace-card' } });
});

test('a reader that is away is asked once a second until it is back, and the log says so once', async () => {
  const away = new RemoteError('not-connected', 'the reader is away');
  terminal.readCard = vi
    .fn()
    .mockRejectedValueOnce(away)
    .mockRejectedValueOnce(away)
    .mockResolvedValue({ card: linCard });
  await terminal.touch(start, choose('S10'));
  await terminal.pass(1_999);
  expect(terminal.screen.kind).toBe('identify');
  await terminal.pass(1);
  expect(terminal.screen.kind).toBe('form');
  expect(terminal.log.entries.filter(({ message }) => message.includes('card'))).toHaveLength(1);
});

test('a card and a reader that refuse each other are told apart from a reader that is away', async () => {
  terminal.readCard = vi.fn(never);
  vi.mocked(terminal.readCard).mockRejectedValueOnce(new RemoteError('media-not-genuine', 'refused thrice'));
  await terminal.touch(start, choose('S10'));
  expect(terminal.screen).toEqual({ kind: 'identify', reader: 'refused' });
});

test('leaving tells the reader to stop waiting', async () => {
  let asked: AbortSignal | undefined;
  terminal.readCard = (_, signal) => {
    asked = signal;
    return never();
  };
  await terminal.touch(start, choose('S10'), { type: 'leave' });
  expect([terminal.screen.kind, asked?.aborted]).toEqual(['attract', true]);
});

test('a form starts with what the platform knows, and without it after 2.5 s at most', async () => {
  terminal.prefill = async () => ({ values: { 'contact.phone': '13900139000', 'contact.other': 'x' } });
  await terminal.touch(start, choose('S10'), set('delivery', 'post'), next);
  expect(terminal.screen).toMatchObject({ fields: [{ name: 'phone', value: '13900139000' }] });
  await terminal.touch({ type: 'leave' });

  let gaveUpAtMs = 0;
  const begunAtMs = performance.now();
  terminal.prefill = (signal) =>
    new Promise((_, reject) =>
      signal.addEventListener('abort', () => {
        gaveUpAtMs = performance.now() - begunAtMs;
        reject(new Error('given up'));
      }),
    );
  await terminal.touch(start, choose('S10'));
  await terminal.pass(10_000);
  expect(gaveUpAtMs).toBe(2_500);
  expect(terminal.screen.kind).toBe('form');
});

test('cases and tickets are numbered per terminal, day on the wall, and series, and no number is given twice', async () => {
  vi.setSystemTime(new Date('2026-11-21T16:30:00Z'));
  const numbers: unknown[] = [];
  for (const visit of [submitS10, submitS19, submitS19]) {
    await terminal.touch(...visit);
    await terminal.pass(1_000);
    numbers.push(terminal.screen);
    await terminal.touch(next);
  }
  await terminal.restart();
  vi.setSystemTime(new Date('2026-11-22T16:30:00Z'));
  await terminal.touch(...submitS19);
  await terminal.pass(1_000);
  expect([...numbers, terminal.screen]).toMatchObject([
    { caseNumber: 'LS03-20261122-0001' },
    { caseNumber: 'LS03-20261122-0002', ticketNumber: 'B001' },
    { caseNumber: 'LS03-20261122-0003', ticketNumber: 'B002' },
    { caseNumber: 'LS03-20261123-0001', ticketNumber: 'B001' },
  ]);
});

test('what is accepted is what the resident said, with how sure the terminal was of the person', async () => {
  await submitS01();
  await terminal.pass(1_000);
  expect(terminal.delivered[0]?.body).toEqual({
    caseId: expect.any(String),
    caseNumber: 'LS03-20261121-0001',
    serviceId: 'S01',
    serviceVersion: 1,
    language: 'zh-CN',
    acceptedAt: '2026-11-21T08:00:01.950Z',
    person: { name: linCard.name, idNumber: linCard.idNumber },
    assurance: 'face',
    faceCheck: 'passive',
    answers: { years: 3 },
  });
  expect(terminal.printed).toEqual(['社会保险参保证明', '受理回执']);
});

test('until when a case will have arrived is kept with it, as many days after it was accepted as the receipt says', async () => {
  terminal.deliver = never;
  await terminal.touch(...submitS10);
  await terminal.pass(1_000);
  const kept = terminal.store.deliveries.list({ which: 'open', limit: 10 });
  expect(kept).toMatchObject([{ kind: 'case', serviceId: 'S10', deliverBy: '2026-11-24T08:00:00.000Z' }]);
  expect(terminal.store.deliveries.overdue('2026-11-24T08:00:00.000Z').overdue).toBe(1);
});

test('the platform is told where movements were asked for and seen before the camera', async () => {
  terminal.face = faceOf(terminal.frames, 1);
  await terminal.touch(start, choose('S01'));
  await terminal.pass(DECIDED_MS);
  const { visitId, snapshot } = terminal.store.visits.load()!;
  const visit = JSON.parse(JSON.stringify(snapshot).replace('"faceChallenges":0', '"faceChallenges":2'));
  await terminal.switchOff();
  terminal.switchOn();
  terminal.store.visits.save(visitId, visit);
  await terminal.restart();
  await terminal.pass(1_200);
  await terminal.touch(set('years', 3), next, next);
  await terminal.pass(1_000);
  expect(terminal.delivered[0]?.body).toMatchObject({ assurance: 'face', faceCheck: 'challenged' });
});

test('of a person whose face was not compared the platform is told that only the document was seen', async () => {
  await terminal.touch(...submitS10);
  await terminal.pass(1_000);
  expect(terminal.delivered.map(({ body }) => [body['assurance'], body['faceCheck'], body['person']])).toEqual([
    ['document', undefined, { name: linCard.name, idNumber: linCard.idNumber }],
  ]);
});

test('with the network known to be away a case that may queue is not waited for', async () => {
  await terminal.switchOff();
  terminal.network = 'offline';
  terminal.deliver = never;
  terminal.switchOn();
  await terminal.touch(...submitS10);
  await terminal.pass(0);
  expect(terminal.screen).toMatchObject({ kind: 'result', outcome: 'queued' });
});

test('a platform that does not answer is waited for 4 s where a case may queue, and 8 s are called slow where not', async () => {
  terminal.deliver = never;
  await terminal.touch(...submitS10);
  await terminal.pass(3_999);
  expect(terminal.screen).toMatchObject({ kind: 'submit', phase: 'sending' });
  await terminal.pass(1);
  expect(terminal.screen).toMatchObject({ kind: 'result', outcome: 'queued' });
  await terminal.touch({ type: 'leave' });
  await submitS01();
  await terminal.pass(7_999);
  expect(terminal.screen).toMatchObject({ phase: 'sending' });
  await terminal.pass(1);
  expect(terminal.screen).toMatchObject({ phase: 'slow' });
});

test('a case that the platform refuses is said so', async () => {
  terminal.deliver = async () => ({ outcome: 'rejected', reason: 'unknown-service' });
  await terminal.touch(...submitS10);
  await terminal.pass(1_000);
  expect(terminal.screen).toMatchObject({ kind: 'submit', phase: 'rejected' });
});

test('an answer of an unknown shape still counts as delivered; its certificate is missing, and that is said', async () => {
  terminal.deliver = async () => ({ outcome: 'delivered', result: { thanks: true } });
  await submitS01();
  await terminal.pass(1_000);
  expect(terminal.screen).toMatchObject({
    kind: 'print',
    papers: [{ problem: 'platform-offline' }, { state: 'printed' }],
  });
});

test('a power cut while printing does not print twice: the resident is asked', async () => {
  terminal.print = never;
  await terminal.touch(...submitS10);
  await terminal.pass(1_000);
  expect(terminal.screen).toMatchObject({ papers: [{ state: 'printing' }] });
  terminal.print = async () => ({ outcome: 'printed' });
  await terminal.restart();
  expect(terminal.screen).toMatchObject({ papers: [{ state: 'unknown' }] });
  expect(terminal.printed).toHaveLength(1);
  expect(terminal.receiptsEnded).toBe(1); // the next one must not be joined to what was left
  await terminal.touch({ type: 'paper-seen', document: 'receipt', seen: false });
  expect([terminal.screen.kind, terminal.printed.length]).toEqual(['result', 2]);
});

test.each([
  ['a device process that died over it', 'outcome-unknown', 1],
  ['a driver that lost the line, and ends the paper by itself', 'not-connected', 0],
] as const)(
  'a receipt that is unknown through %s, code %s, is cut off by the terminal %i times',
  async (_, code, times) => {
    terminal.print = async () => ({ outcome: 'unknown', code, detail: '' });
    await terminal.touch(...submitS10);
    await terminal.pass(1_000);
    expect(terminal.screen).toMatchObject({ papers: [{ state: 'unknown' }] });
    expect(terminal.receiptsEnded).toBe(times);
  },
);

test('a rating is sent once, with the instant at which it was given, whatever the power does', async () => {
  await terminal.touch(...submitS10);
  await terminal.pass(1_000);
  await terminal.touch({ type: 'rate', stars: 2 }, { type: 'rate', stars: 5 });
  const ratedAt = new Date().toISOString();
  await terminal.pass(10_000);
  await terminal.restart();
  await terminal.touch(next);
  await terminal.pass(1_000);
  const ratings = terminal.delivered.filter(({ kind }) => kind === 'rating');
  expect(ratings.map(({ body }) => [body['stars'], body['ratedAt']])).toEqual([[5, ratedAt]]);
});

test('a visit that is left before it is submitted leaves nothing to be delivered', async () => {
  await terminal.touch(start, choose('S10'), { type: 'leave' });
  await terminal.pass(60_000);
  expect([terminal.delivered, terminal.outbox.stats()]).toEqual([[], expect.objectContaining({ waiting: 0 })]);
});

test('the light where the hand goes next is lit: at the reader, then at the slot, and none after the visit', async () => {
  await terminal.touch(...submitS19);
  await terminal.pass(100);
  expect(terminal.guides.filter((light, at) => light !== terminal.guides[at - 1])).toEqual([
    'card-reader',
    undefined,
    'receipt-printer',
  ]);
  await terminal.touch({ type: 'leave' });
  await terminal.pass(100);
  expect(terminal.guides.at(-1)).toBeUndefined();
});
