import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CardService } from '../../../../drivers/core/index.ts';
import type { SocialCardProgress } from '../../../../drivers/social-card-reader/contract.ts';
import { PcscDriver } from '../../../../drivers/social-card-reader/pcsc/driver.ts';
import { encodeRecords } from '../../../../drivers/social-card-reader/pcsc/records.ts';
import { SimulatedCard, SimulatedTerminals } from '../../../../drivers/social-card-reader/pcsc/simulator.ts';
import { socialCard } from '../cards.ts';

let terminals: SimulatedTerminals;
let driver: PcscDriver;
let stop: AbortController;
let running: Promise<void>;
const signal = new AbortController().signal;
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(async () => {
  vi.useFakeTimers();
  terminals = new SimulatedTerminals();
  driver = new PcscDriver(terminals);
  stop = new AbortController();
  running = driver.run(stop.signal);
  await driver.status.until(({ state }) => state === 'online', signal);
});

afterEach(async () => {
  stop.abort();
  await running;
  expect([vi.getTimerCount(), terminals.openServices, terminals.openConnections]).toEqual([0, 0, 0]);
  vi.useRealTimers();
});

function insert(change: Partial<SimulatedCard> = {}, content = socialCard()): SimulatedCard {
  const card = Object.assign(new SimulatedCard(content), change);
  terminals.insertCard(card);
  return card;
}

/** In place of the driver under test, one that speaks to the service as `changed` has it. */
async function withService(changed: (service: CardService) => CardService): Promise<void> {
  stop.abort();
  await running;
  stop = new AbortController();
  driver = new PcscDriver({ name: terminals.name, open: async (from) => changed(await terminals.open(from)) });
  running = driver.run(stop.signal);
  await driver.status.until(({ state }) => state === 'online', signal);
}

/** Starts a read whose outcome is looked at later. */
function read(from: AbortSignal = signal) {
  const progress: SocialCardProgress[] = [];
  const outcome = driver
    .readCard(from, (step) => progress.push(step))
    .then(
      (card) => ({ card }),
      (error: unknown) => ({ error }),
    );
  return { progress, outcome };
}

describe('watching', () => {
  test('a reader is seen to go and to come back at once', async () => {
    terminals.unplugReader();
    await pass(0);
    expect(driver.status.value).toMatchObject({ state: 'offline', cause: 'not-connected' });
    terminals.plugReader();
    await pass(1_000);
    expect(driver.status.value.state).toBe('online');
  });

  test('a service that ends is noticed at once, and found again within a second of its return', async () => {
    terminals.stopService();
    await pass(0);
    expect(driver.status.value).toMatchObject({ state: 'offline', cause: 'not-connected' });
    await pass(10_000);
    terminals.running = true;
    await pass(1_000);
    expect(driver.status.value.state).toBe('online');
  });

  test('slots of secure access modules and other makes are not our reader', async () => {
    const sam = { name: 'ACME Dual 00 02 SAM Slot', card: 'present' } as const;
    terminals.others = [sam];
    const named = new PcscDriver(terminals, { reader: 'Other Make' });
    const alsoRunning = named.run(stop.signal);
    await pass(100);
    expect(named.status.value).toMatchObject({ state: 'offline', detail: expect.stringContaining('Other Make') });
    expect(await driver.check(signal)).toEqual({ line: 'simulated:pcsc', reader: terminals.reader, card: 'absent' });
    terminals.unplugReader();
    await pass(0);
    expect(driver.status.value.state).toBe('offline');
    await expect(driver.check(signal)).rejects.toMatchObject({ code: 'not-connected' });
    stop.abort();
    await alsoRunning;
  });
});

describe('reading', () => {
  test.each(['T=0', 'T=1'] as const)('a card that speaks %s and lies there is read at once', async (protocol) => {
    insert({ protocol });
    const { progress, outcome } = read();
    await pass(0);
    expect(await outcome).toEqual({ card: socialCard() });
    expect(progress).toEqual(['waiting', 'reading']);
  });

  test('a card is awaited and read when it comes, with no look at the clock', async () => {
    const { outcome } = read();
    await pass(30_000);
    insert();
    await pass(0);
    expect(await outcome).toEqual({ card: socialCard() });
  });

  test.each([[[0x00]], [[0x02]]])('a card that knows one form of SELECT only (%j) is read', async (selectForms) => {
    insert({ selectForms });
    const { outcome } = read();
    await pass(0);
    expect(await outcome).toEqual({ card: socialCard() });
  });

  test('a card that knows no tags gives what has a number on every version', async () => {
    insert({ readsByTag: false });
    const { outcome } = read();
    await pass(0);
    const { sex: _, ethnicity: __, birth: ___, birthPlace: ____, ...numbered } = socialCard();
    expect(await outcome).toEqual({ card: numbered });
  });

  test('what needs a key is left out', async () => {
    insert({ locked: ['birthPlace', 'cardNumber'] });
    const { outcome } = read();
    await pass(0);
    const { birthPlace: _, cardNumber: __, ...open } = socialCard();
    expect(await outcome).toEqual({ card: open });
  });

  test('a bank card is refused as one of another kind, and not looked at again before it is taken out', async () => {
    const bank = insert({ kind: 'bank' });
    const first = read();
    await pass(0);
    expect(await first.outcome).toMatchObject({
      error: {
        code: 'invalid-media',
        message: 'no social security application: status 6A82, file or application not found',
      },
    });
    const second = read();
    await pass(5_000);
    expect(bank.commands).toHaveLength(1);
    insert();
    await pass(0);
    expect(await second.outcome).toEqual({ card: socialCard() });
  });

  test('a card the wrong way round is asked to be put in again', async () => {
    insert({ kind: 'mute' });
    const { progress, outcome } = read();
    await pass(5_000);
    expect(progress).toEqual(['waiting', 'replace-card']);
    insert();
    await pass(0);
    expect(await outcome).toEqual({ card: socialCard() });
    expect(progress).toEqual(['waiting', 'replace-card', 'reading']);
  });

  test('a card that was read is not read again before it is taken out', async () => {
    const card = insert();
    await driver.readCard(signal);
    const sent = card.commands.length;
    const { outcome } = read();
    await pass(5_000);
    expect(card.commands).toHaveLength(sent);
    insert({}, socialCard({ name: '样本二' }));
    await pass(0);
    expect(await outcome).toEqual({ card: socialCard({ name: '样本二' }) });
  });

  test.each([1, 2, 9, 15])('a card taken out at command %i is asked for again', async (removeAtCommand) => {
    terminals.removeAtCommand = removeAtCommand;
    insert();
    const { progress, outcome } = read();
    await pass(1_000);
    expect(progress).toEqual(['waiting', 'reading', 'replace-card']);
    terminals.removeAtCommand = undefined;
    insert();
    await pass(0);
    expect(await outcome).toEqual({ card: socialCard() });
  });

  test('a card taken out while it is slow to answer is noticed at once', async () => {
    insert({ delayMs: 2_000 });
    const { progress } = read(stop.signal);
    await pass(1_000);
    terminals.removeCard();
    await pass(0);
    expect(progress).toEqual(['waiting', 'reading', 'replace-card']);
    expect(terminals.openConnections).toBe(0);
  });

  test.each([
    ['nothing', new Uint8Array()],
    ['too much', new Uint8Array(300)],
  ])('a card with bad contacts, whose answer is %s, is asked to be put in again', async (_, garble) => {
    const bad = new SimulatedCard(socialCard());
    bad.garbles.push(garble);
    terminals.insertCard(bad);
    const { progress, outcome } = read();
    await pass(1_000);
    expect(progress).toEqual(['waiting', 'reading', 'replace-card']);
    insert();
    await pass(0);
    expect(await outcome).toEqual({ card: socialCard() });
  });

  test('a card that does not answer is given up after three seconds, and its late answer goes nowhere', async () => {
    insert({ delayMs: 3_500 });
    const { progress, outcome } = read();
    await pass(3_100);
    expect(progress).toEqual(['waiting', 'reading', 'replace-card']);
    insert({}, socialCard({ name: '样本二' }));
    await pass(1_000);
    expect(await outcome).toEqual({ card: socialCard({ name: '样本二' }) });
  });

  test('a card without a name is none of ours, and the error quotes nothing of it', async () => {
    const { name: _, ...values } = encodeRecords(socialCard());
    terminals.insertCard(new SimulatedCard(values));
    const { outcome } = read();
    await pass(0);
    const { error } = (await outcome) as { error: Error };
    expect(error).toMatchObject({ code: 'invalid-media', message: expect.not.stringMatching(/1101|1949/) });
  });

  test('a reader pulled in the middle ends the read, and so does a service that ends', async () => {
    insert({ delayMs: 500 });
    const first = read();
    await pass(100);
    terminals.unplugReader();
    await pass(0);
    expect(await first.outcome).toMatchObject({ error: { code: 'not-connected' } });
    terminals.plugReader();
    await pass(1_500);
    const second = read();
    await pass(100);
    terminals.stopService();
    await pass(0);
    expect(await second.outcome).toMatchObject({ error: { code: 'not-connected' } });
  });

  test('a resident who leaves in the middle leaves nothing to the next', async () => {
    insert({ delayMs: 400 });
    const leaving = new AbortController();
    const first = read(leaving.signal);
    await pass(1_000);
    leaving.abort(new Error('the resident has left'));
    await pass(0);
    expect(await first.outcome).toMatchObject({ error: { message: 'the resident has left' } });
    expect(terminals.openConnections).toBe(0);
    insert({}, socialCard({ name: '样本二' }));
    const next = read();
    await pass(0);
    expect(await next.outcome).toEqual({ card: socialCard({ name: '样本二' }) });
  });

  test('a card that is powered only after its resident has left is let go', async () => {
    const gate = Promise.withResolvers<void>();
    let connections = 0;
    await withService((service) => ({
      ...service,
      connect: async (...asked) => {
        await gate.promise;
        connections += 1;
        return await service.connect(...asked);
      },
    }));
    insert();
    const leaving = new AbortController();
    const { outcome } = read(leaving.signal);
    await pass(100);
    leaving.abort(new Error('the resident has left'));
    expect(await outcome).toMatchObject({ error: { message: 'the resident has left' } });
    gate.resolve();
    await pass(0);
    expect([connections, terminals.openConnections]).toEqual([1, 0]);
  });

  test('a card is not powered before the one of the resident before is let go', async () => {
    const gate = Promise.withResolvers<void>();
    await withService((service) => ({
      ...service,
      connect: async (...asked) => {
        const connection = await service.connect(...asked);
        const disconnect = async (): Promise<void> => {
          await gate.promise;
          await connection.disconnect();
        };
        return { ...connection, disconnect };
      },
    }));
    insert({ delayMs: 400 });
    const leaving = new AbortController();
    const first = read(leaving.signal);
    await pass(1_000);
    leaving.abort(new Error('the resident has left'));
    await first.outcome;
    insert({}, socialCard({ name: '样本二' }));
    const next = read();
    await pass(500);
    gate.resolve();
    await pass(0);
    expect(await next.outcome).toEqual({ card: socialCard({ name: '样本二' }) });
    expect(next.progress).toEqual(['waiting', 'reading']);
  });

  test('two callers are served one after the other, each with a card of their own', async () => {
    const [first, second] = [read(), read()];
    insert();
    await pass(0);
    expect(await first.outcome).toEqual({ card: socialCard() });
    insert({}, socialCard({ name: '样本二' }));
    await pass(0);
    expect(await second.outcome).toEqual({ card: socialCard({ name: '样本二' }) });
  });

  test('nothing of a card stays in the driver', async () => {
    insert();
    await driver.readCard(signal);
    const { inspect } = await import('node:util');
    expect(inspect(driver, { depth: 20, showHidden: true })).not.toMatch(/样本|110105|A12345678/);
  });
});
