import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { IdCardReading, ReadProgress } from '../../../../drivers/id-card-reader/contract.ts';
import { SamvDriver } from '../../../../drivers/id-card-reader/samv/driver.ts';
import { placeholderWlt, SamvSimulator } from '../../../../drivers/id-card-reader/samv/simulator.ts';
import { SimulatedLine } from '../../../../drivers/simulation/simulated-line.ts';
import { citizenCard, foreigner2017Card, foreigner2023Card, permitCard } from './cards.ts';
import { bytes, frame, textBlock } from './vectors.ts';

let reader: SamvSimulator;
let line: SimulatedLine;
let driver: SamvDriver;
let stop: AbortController;
let running: Promise<void>;
/** CMD and PARA of every request, and when it was sent. */
let sent: { operation: string; atMs: number }[];
const signal = new AbortController().signal;

beforeEach(async () => {
  vi.useFakeTimers();
  reader = new SamvSimulator();
  line = new SimulatedLine(reader);
  sent = [];
  line.toDevice = (request) => {
    sent.push({ operation: Buffer.from(request.subarray(7, 9)).toString('hex'), atMs: performance.now() });
    return request;
  };
  driver = new SamvDriver(line);
  stop = new AbortController();
  running = driver.run(stop.signal);
  await driver.status.until(({ state }) => state === 'online', signal);
});

afterEach(async () => {
  stop.abort();
  await running;
  expect([vi.getTimerCount(), line.openChannels]).toEqual([0, 0]);
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const count = (operation: string) => sent.filter((request) => request.operation === operation).length;

/** Starts a read whose outcome is looked at later. */
function read(from: AbortSignal = signal) {
  const progress: ReadProgress[] = [];
  const outcome = driver
    .readCard(from, (step) => progress.push(step))
    .then(
      (reading) => ({ reading }),
      (error: unknown) => ({ error }),
    );
  return { progress, outcome };
}

describe('connecting', () => {
  test('resets the module, asks whether it is well, and knows its id', () => {
    expect(sent.map(({ operation }) => operation)).toEqual(['10ff', '11ff', '12ff']);
    expect(driver.moduleId.value).toBe('05.03-20210315-0001234567-4294901761');
  });

  test('an idle reader is asked every second, and its status is as young as the answer', async () => {
    const firstSeen = driver.status.value.observedAt;
    await pass(15_100);
    expect(count('11ff')).toBe(1 + 15);
    expect(driver.status.value).toMatchObject({ state: 'online', source: 'polled' });
    expect(Date.parse(driver.status.value.observedAt) - Date.parse(firstSeen)).toBe(15_000);
  });

  test('while a card is awaited nothing else is asked, and the status stays young', async () => {
    const firstSeen = driver.status.value.observedAt;
    const { outcome } = read(stop.signal);
    await pass(20_000);
    expect(count('11ff')).toBe(1);
    expect(Date.parse(driver.status.value.observedAt) - Date.parse(firstSeen)).toBeGreaterThan(10_000);
    stop.abort();
    await outcome;
  });

  test.each([
    ['self-test-failed', 'hardware-error'],
    ['not-authorised', 'not-authorised'],
  ] as const)('a module that says %s is out of service until it says otherwise', async (condition, cause) => {
    reader.condition = condition;
    await pass(60_000);
    expect(driver.status.value).toMatchObject({ state: 'offline', cause, source: 'polled' });
    await expect(driver.readCard(signal)).rejects.toMatchObject({ code: 'not-connected' });
    reader.condition = 'ready';
    await pass(3_000);
    expect(driver.status.value.state).toBe('online');
  });

  test('a module that a reset brings back is soon in service again', async () => {
    Object.assign(reader, { condition: 'self-test-failed', resetCures: true });
    await pass(5_500);
    expect(driver.status.value.state).toBe('online');
    expect(count('10ff')).toBe(2);
  });

  test('a device that talks another language is offline, and says how it answered', async () => {
    line.toHost = () => frame('rsp-status-91');
    await pass(10_000);
    expect(driver.status.value).toMatchObject({
      state: 'offline',
      cause: 'protocol',
      detail: 'simulated:samv: reset: status 91, the card has nothing of the kind',
    });
  });
});

describe('reading', () => {
  test.each([citizenCard(), permitCard(), foreigner2017Card(), foreigner2023Card()])(
    'a $cardType card that lies on the reader is read at once, without a wait of our own',
    async (card) => {
      const startMs = performance.now();
      reader.placeCard({ text: card });
      const reading: IdCardReading = await driver.readCard(signal);
      expect(reading).toEqual({ card, wlt: placeholderWlt() });
      expect(performance.now() - startMs).toBe(0);
    },
  );

  test('the specimen of the manual is read from its own bytes', async () => {
    reader.placeCard({ text: textBlock('domestic') });
    expect((await driver.readCard(signal)).card).toEqual(citizenCard({ name: '证件样本' }));
  });

  test('a card is awaited with at most three looks a second, and read when it comes', async () => {
    const { progress, outcome } = read();
    await pass(10_000);
    expect(count('2001')).toBeGreaterThan(25);
    expect(count('2001')).toBeLessThanOrEqual(30);
    expect(progress).toEqual(['waiting']);
    reader.placeCard({ text: citizenCard() });
    await pass(350);
    expect(await outcome).toMatchObject({ reading: { card: citizenCard() } });
    expect(progress).toEqual(['waiting', 'reading']);
  });

  test('callers that come and go do not make the reader look more often', async () => {
    for (let caller = 0; caller < 100; caller += 1) {
      const leaving = new AbortController();
      const { outcome } = read(leaving.signal);
      await pass(10);
      leaving.abort();
      await outcome;
    }
    expect(count('2001')).toBeLessThanOrEqual(3);
  });

  test('a card is read once: it must be lifted before it is read again', async () => {
    reader.placeCard({ text: citizenCard() });
    await driver.readCard(signal);
    const { outcome } = read();
    await pass(5_000);
    expect(reader.reads).toBe(1);
    reader.removeCard();
    reader.placeCard({ text: permitCard() });
    await pass(400);
    expect(await outcome).toMatchObject({ reading: { card: permitCard() } });
  });

  test.each([0x40, 0x41, 0x47])(
    'a card that answers status %i is asked to be laid down again, then read',
    async (failure) => {
      reader.readFailures.push(failure);
      reader.placeCard({ text: citizenCard() });
      const { progress, outcome } = read();
      await pass(900);
      expect([count('3001'), progress]).toEqual([1, ['waiting', 'reading', 'replace-card']]);
      await pass(100);
      expect(await outcome).toMatchObject({ reading: { card: citizenCard() } });
      expect(progress).toEqual(['waiting', 'reading', 'replace-card', 'reading']);
    },
  );

  test('a card lifted during a slow read is asked for again', async () => {
    reader.readMs = 1_500;
    reader.placeCard({ text: citizenCard() });
    const { progress, outcome } = read();
    await pass(700);
    reader.removeCard();
    await pass(900);
    expect(progress).toEqual(['waiting', 'reading', 'replace-card']);
    reader.placeCard({ text: citizenCard() });
    await pass(3_000);
    expect(await outcome).toMatchObject({ reading: { card: citizenCard() } });
  });

  test('a card that the module refuses three times in a row is reported as not genuine', async () => {
    reader.readFailures.push(0x31, 0x32, 0x33);
    reader.placeCard({ text: citizenCard() });
    const { progress, outcome } = read();
    await pass(5_000);
    expect(await outcome).toMatchObject({ error: { code: 'media-not-genuine' } });
    expect(progress.filter((step) => step === 'replace-card')).toHaveLength(2);
  });

  test('refusals with a bad contact between them are not a forged card', async () => {
    reader.readFailures.push(0x32, 0x32, 0x41, 0x32);
    reader.placeCard({ text: citizenCard() });
    const { outcome } = read();
    await pass(8_000);
    expect(await outcome).toMatchObject({ reading: { card: citizenCard() } });
  });

  test('a card that cannot be selected at first is found again', async () => {
    reader.selectFailures = 2;
    reader.placeCard({ text: citizenCard() });
    const { outcome } = read();
    await pass(1_000);
    expect(await outcome).toMatchObject({ reading: { card: citizenCard() } });
  });

  test('a card whose text makes no sense is no card for us, and the error quotes nothing of it', async () => {
    const text = Buffer.from(textBlock('domestic'));
    text.write('19490230', 36, 'utf16le');
    reader.placeCard({ text });
    const error: unknown = await driver.readCard(signal).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'invalid-media', message: expect.not.stringContaining('1949') });
  });

  test('a chip without a portrait gives its text', async () => {
    reader.placeCard({ text: citizenCard(), wlt: new Uint8Array() });
    expect((await driver.readCard(signal)).wlt).toHaveLength(0);
  });

  test('two callers are served one after the other, each with a card of their own', async () => {
    reader.placeCard({ text: citizenCard() });
    const [first, second] = [read(), read()];
    expect(await first.outcome).toMatchObject({ reading: { card: citizenCard() } });
    reader.placeCard({ text: permitCard() });
    await pass(400);
    expect(await second.outcome).toMatchObject({ reading: { card: permitCard() } });
  });
});

describe('a bad line', () => {
  test.each(['flipped-bit', 'cut'] as const)('an answer with a %s costs a second, not the reading', async (damage) => {
    reader.damages.push(damage);
    reader.placeCard({ text: citizenCard() });
    const { outcome } = read();
    await pass(1_500);
    expect(await outcome).toMatchObject({ reading: { card: citizenCard() } });
    expect([count('12ff'), driver.status.value.state]).toEqual([2, 'online']);
  });

  test('a read whose answer broke off is tried again', async () => {
    reader.placeCard({ text: citizenCard() });
    line.toHost = (answer) => {
      if (answer.length < 1_000) return answer;
      line.toHost = (later) => later;
      reader.placeCard({ text: citizenCard() });
      return answer.subarray(0, 900);
    };
    const { progress, outcome } = read();
    await pass(8_000);
    expect(await outcome).toMatchObject({ reading: { card: citizenCard() } });
    expect(progress).toEqual(['waiting', 'reading', 'replace-card', 'reading']);
  });

  test('a request that arrives garbled is sent again', async () => {
    reader.placeCard({ text: citizenCard() });
    const pastOnce = line.toDevice;
    line.toDevice = () => {
      line.toDevice = pastOnce;
      return bytes('AAAAAA96690003200121'); // the manual's own misprint of `find card`
    };
    expect((await driver.readCard(signal)).card).toEqual(citizenCard());
  });

  test('a line that garbles every request is a fault', async () => {
    line.toDevice = () => bytes('AAAAAA96690003200121');
    await expect(driver.readCard(signal)).rejects.toMatchObject({ code: 'protocol' });
    await pass(1);
    expect(driver.status.value).toMatchObject({ state: 'offline', cause: 'protocol' });
  });

  test.each([1, 2, 64])('answers in pieces of %i bytes are put together', async (chunkBytes) => {
    Object.assign(reader, { chunkBytes, noise: Uint8Array.of(0xaa, 0xaa) });
    reader.placeCard({ text: citizenCard() });
    expect((await driver.readCard(signal)).card).toEqual(citizenCard());
  });

  test('a reader at 9,600 baud has the time that its line takes', async () => {
    Object.assign(reader, { chunkBytes: 1, chunkGapMs: 1, readMs: 2_000 });
    reader.placeCard({ text: citizenCard() });
    const { outcome } = read();
    await pass(5_000);
    expect(await outcome).toMatchObject({ reading: { card: citizenCard() } });
  });

  test('a resident never gets the card of the one before, however late it is answered', async () => {
    reader.readMs = 5_300; // answers after the driver gave up
    reader.placeCard({ text: citizenCard() });
    const leaving = new AbortController();
    const { outcome } = read(leaving.signal);
    await pass(5_050);
    leaving.abort(new Error('the resident has left'));
    expect(await outcome).toMatchObject({ error: { message: 'the resident has left' } });
    reader.readMs = 0;
    const next = read();
    await pass(1_500); // the answer arrives in here
    reader.placeCard({ text: permitCard() });
    await pass(1_500);
    expect(await next.outcome).toMatchObject({ reading: { card: permitCard() } });
    const operations = sent.map(({ operation }) => operation);
    expect(operations[operations.indexOf('3001') + 1]).toBe('12ff'); // no answer is another's before the module gave its id
  });

  test('a caller who leaves during a read does not wait for it, and the line is kept until its answer', async () => {
    reader.readMs = 2_000;
    reader.placeCard({ text: citizenCard() });
    const leaving = new AbortController();
    const { outcome } = read(leaving.signal);
    await pass(500);
    leaving.abort(new Error('the resident has left'));
    expect(await outcome).toMatchObject({ error: { message: 'the resident has left' } });
    const next = read();
    await pass(1_000);
    expect(count('2001')).toBe(1);
    reader.readMs = 0;
    await pass(600);
    reader.placeCard({ text: permitCard() });
    await pass(400);
    expect(await next.outcome).toMatchObject({ reading: { card: permitCard() } });
    expect(count('12ff')).toBe(1); // it answered: nothing had to be cleared up
  });

  test('a reader that falls silent while a card is awaited is gone within two seconds', async () => {
    const { outcome } = read();
    await pass(1_000);
    reader.silent = true;
    await pass(2_000);
    expect(await outcome).toMatchObject({ error: { code: 'not-connected' } });
    expect(driver.status.value).toMatchObject({ state: 'offline' });
    reader.silent = false;
    await pass(3_000);
    expect(driver.status.value.state).toBe('online');
  });
});
