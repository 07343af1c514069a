import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { OnPage, ScanSettings } from '../../../../drivers/document-scanner/contract.ts';
import { EsclDriver, type EsclOptions } from '../../../../drivers/document-scanner/escl/driver.ts';
import { EsclSimulator } from '../../../../drivers/document-scanner/escl/simulator.ts';
import { jpeg } from '../pictures.ts';
import { EsclLine } from './escl-line.ts';

let scanner: EsclSimulator;
let line: EsclLine;
let driver: EsclDriver;
let stop: AbortController;
let running: Promise<void>;
const signal = new AbortController().signal;
const feeder: ScanSettings = { source: 'feeder', duplex: false, colour: 'colour', dpi: 300 };
const platen: ScanSettings = { ...feeder, source: 'platen' };
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

async function start(options: Partial<EsclOptions> = {}): Promise<void> {
  scanner = new EsclSimulator();
  line = new EsclLine(scanner.exchange);
  driver = new EsclDriver({ url: 'http://192.0.2.20/eSCL/', exchange: line.exchange, ...options });
  stop = new AbortController();
  running = driver.run(stop.signal);
  await driver.status.until(({ state }) => state === 'online', signal);
  scanner.requests.length = 0;
}

async function end(): Promise<void> {
  stop.abort();
  await running;
  await pass(5_000);
  expect([vi.getTimerCount(), line.openChannels]).toEqual([0, 0]);
}

beforeEach(async () => {
  vi.useFakeTimers();
  await start();
});

afterEach(async () => {
  await end();
  vi.useRealTimers();
});

async function restart(options: Partial<EsclOptions>): Promise<void> {
  await end();
  await start(options);
}

const load = (...marks: string[]): void => {
  scanner.sheets = marks.map((mark) => ({ front: jpeg(mark), back: jpeg(`${mark} back`) }));
};
const many = (count: number): string[] => Array.from({ length: count }, (_, at) => `sheet ${at + 1}`);

/** A scan whose outcome is looked at later. */
function scan(settings: ScanSettings, from: AbortSignal = signal, onPage: OnPage = () => undefined) {
  const pages: Uint8Array[] = [];
  const outcome = driver
    .scan(
      settings,
      async (page) => {
        expect(page).toMatchObject({ number: pages.length + 1, mediaType: 'image/jpeg' });
        await onPage(page);
        pages.push(page.bytes);
      },
      from,
    )
    .catch((error: unknown) => ({ rejected: error }));
  return { pages, outcome };
}

describe('watching', () => {
  test('an idle scanner is asked every second, and says how its feeder is', async () => {
    expect(driver.status.value).toMatchObject({ state: 'online', feeder: 'empty', source: 'polled' });
    load('a');
    await pass(1_000);
    expect(driver.status.value.feeder).toBe('loaded');
    scanner.adfState = 'ScannerAdfDoorOpen';
    await pass(1_000);
    expect(driver.status.value).toMatchObject({ state: 'online', feeder: 'open' });
    expect(scanner.requests.map(({ path }) => path)).toEqual(['/eSCL/ScannerStatus', '/eSCL/ScannerStatus']);
  });

  test('a scanner that says that it is down is out of service until it says otherwise', async () => {
    scanner.state = 'Down';
    await pass(1_000);
    expect(driver.status.value).toMatchObject({ state: 'offline', cause: 'hardware-error', source: 'polled' });
    await expect(scan(platen).outcome).resolves.toMatchObject({ outcome: 'stopped', code: 'hardware-error' });
    scanner.state = 'Idle';
    await pass(1_000);
    expect(driver.status.value.state).toBe('online');
  });

  test.each([
    ['a page of a router', '<html><body>Welcome</body></html>'],
    ['bytes that are no XML', '\u0000\u0001'],
  ])('%s in place of a status is a fault, and the next status cures it', async (_, body) => {
    scanner.statusBody = Buffer.from(body);
    await pass(1_000);
    expect(driver.status.value).toMatchObject({ state: 'offline', cause: 'protocol', feeder: 'unknown' });
    scanner.statusBody = undefined;
    await pass(1_000);
    expect(driver.status.value.state).toBe('online');
  });

  test('who the scanner is can be asked', async () => {
    expect(await driver.check(signal)).toMatchObject({
      line: 'http://192.0.2.20/eSCL/',
      model: 'Simulated Scanner A4',
      sources: expect.stringContaining('duplex feeder'),
    });
  });

  test('a scan under way keeps the status young without a question of its own', async () => {
    scanner.glass = jpeg('slow', 40_000);
    scanner.bytesPerSecond = 2_000;
    const { outcome } = scan(platen);
    await pass(15_000);
    expect(Date.now() - Date.parse(driver.status.value.observedAt)).toBeLessThanOrEqual(2_000);
    expect(scanner.requests.filter(({ path }) => path.endsWith('Status'))).toHaveLength(1);
    await pass(10_000);
    expect(await outcome).toEqual({ outcome: 'complete', pages: 1 });
  });
});

describe('scanning', () => {
  test('a stack of 200 sheets comes page by page, the next not asked for before the last was taken', async () => {
    load(...many(200));
    let taken = 0;
    const onPage = async (): Promise<void> => {
      const asked = scanner.requests.filter(({ path }) => path.endsWith('NextDocument')).length;
      expect(asked).toBe(taken + 1);
      await new Promise((resolve) => setTimeout(resolve, 10));
      taken += 1;
    };
    const { pages, outcome } = scan(feeder, signal, onPage);
    await pass(10_000);
    expect(await outcome).toEqual({ outcome: 'complete', pages: 200 });
    expect(pages).toEqual(many(200).map((mark) => jpeg(mark)));
    expect(scanner.deleted).toBe(0);
  });

  test('both sides come front first', async () => {
    load('a', 'b');
    const { pages, outcome } = scan({ ...feeder, duplex: true });
    await pass(1_000);
    expect(await outcome).toEqual({ outcome: 'complete', pages: 4 });
    expect(pages).toEqual(['a', 'a back', 'b', 'b back'].map((mark) => jpeg(mark)));
  });

  test('the glass is scanned once, and asked whether that was all', async () => {
    scanner.glass = jpeg('on the glass');
    const { pages, outcome } = scan(platen);
    await pass(1_000);
    expect(await outcome).toEqual({ outcome: 'complete', pages: 1 });
    expect(pages).toEqual([jpeg('on the glass')]);
    expect(scanner.requests.filter(({ path }) => path.endsWith('NextDocument'))).toHaveLength(2);
  });

  test('an empty feeder is known without a job where the scanner has a sensor, and learnt from one where it has none', async () => {
    expect(await scan(feeder).outcome).toMatchObject({ outcome: 'stopped', pages: 0, code: 'no-media' });
    expect(scanner.tickets).toHaveLength(0);
    scanner.capabilities = { ...scanner.capabilities, detectsPaper: false };
    await driver.reset(signal);
    expect(await scan(feeder).outcome).toMatchObject({ outcome: 'stopped', pages: 0, code: 'no-media' });
    expect(scanner.tickets).toHaveLength(1);
  });

  test('a jam at page 57 leaves the 56 that came, and the job is deleted', async () => {
    load(...many(80));
    scanner.jamAtPage = 57;
    const { pages, outcome } = scan(feeder);
    await pass(5_000);
    expect(await outcome).toMatchObject({ outcome: 'stopped', pages: 56, code: 'media-jammed' });
    expect(pages).toHaveLength(56);
    expect(scanner.deleted).toBe(1);
    await pass(1_000);
    expect(driver.status.value).toMatchObject({ state: 'online', feeder: 'jammed' });
  });

  test('a jam that hides behind "no more pages" is a jam', async () => {
    load('a');
    const onPage = (): void => {
      scanner.adfState = 'ScannerAdfMispick';
    };
    const { outcome } = scan(feeder, signal, onPage);
    await pass(1_000);
    expect(await outcome).toMatchObject({ outcome: 'stopped', pages: 1, code: 'media-jammed' });
  });

  test("a job canceled with the scanner's own button says so, and keeps its pages", async () => {
    load('a', 'b');
    const { outcome } = scan(feeder, signal, () => scanner.cancelAtThePanel());
    await pass(1_000);
    expect(await outcome).toMatchObject({ outcome: 'stopped', pages: 1, code: 'canceled' });
  });

  test('a scanner without the source that is wanted is not asked for it', async () => {
    const { duplexFeeder: _, ...rest } = scanner.capabilities;
    scanner.capabilities = rest;
    await driver.reset(signal);
    load('a');
    expect(await scan({ ...feeder, duplex: true }).outcome).toMatchObject({ outcome: 'stopped', code: 'unsupported' });
    expect(scanner.tickets).toHaveLength(0);
  });

  test.each([
    ['no picture', Uint8Array.of(1, 2, 3)],
    ['half a picture', jpeg('a', 5_000).subarray(0, 3_000)],
    ['nothing', new Uint8Array()],
  ])('%s in place of a page is a fault, and is not handed over', async (_, front) => {
    scanner.sheets = [{ front: jpeg('good') }, { front }];
    const { pages, outcome } = scan(feeder);
    await pass(1_000);
    expect(await outcome).toMatchObject({ outcome: 'stopped', pages: 1, code: 'protocol' });
    expect(pages).toEqual([jpeg('good')]);
    expect(scanner.deleted).toBe(1);
  });

  test('two callers are served one after the other', async () => {
    scanner.glass = jpeg('glass');
    const [first, second] = [scan(platen), scan(platen)];
    await pass(3_000);
    expect(await first.outcome).toMatchObject({ outcome: 'complete' });
    expect(await second.outcome).toMatchObject({ outcome: 'complete' });
    expect(scanner.tickets).toHaveLength(2);
  });
});

describe('a scanner with habits of its own', () => {
  test.each([
    ['right', 404],
    ['wrong-host', 404],
    ['broken-host', 410],
    ['relative', 410],
  ] as const)('a job address that is %s and an end that is %i are understood', async (location, notFoundStatus) => {
    Object.assign(scanner, { location, notFoundStatus });
    load('a', 'b');
    const { outcome } = scan(feeder);
    await pass(1_000);
    expect(await outcome).toEqual({ outcome: 'complete', pages: 2 });
  });

  test('a busy scanner is asked again every second, for a job and for each page', async () => {
    Object.assign(scanner, { busyBeforeJob: 9, busyBeforePage: 29 });
    load('a', 'b');
    const { outcome } = scan(feeder);
    await pass(9_000 + 2 * 29_000 + 35_000);
    expect(await outcome).toEqual({ outcome: 'complete', pages: 2 });
  });

  test('a scanner that stays busy is given up, and told so', async () => {
    scanner.busyBeforeJob = 100;
    load('a');
    const first = scan(feeder);
    await pass(11_000);
    expect(await first.outcome).toMatchObject({ outcome: 'stopped', pages: 0, code: 'timeout' });
    Object.assign(scanner, { busyBeforeJob: 0, busyBeforePage: 100 });
    const second = scan(feeder);
    await pass(32_000);
    expect(await second.outcome).toMatchObject({ outcome: 'stopped', pages: 0, code: 'timeout' });
    expect(scanner.deleted).toBe(1);
  });

  test.each([404, 410])(
    'a model that says %i while it is busy is asked again where it is known for that',
    async (busyStatus) => {
      await restart({ notFoundMeansBusy: true });
      Object.assign(scanner, { busyStatus, busyBeforePage: 3 });
      load('a', 'b');
      const { outcome } = scan(feeder);
      await pass(15_000);
      expect(await outcome).toEqual({ outcome: 'complete', pages: 2 });
    },
  );

  test('a page that stops in the middle is given up after a while, and one that drips is not', async () => {
    scanner.glass = jpeg('drips', 100);
    scanner.bytesPerSecond = 1;
    const dripping = scan(platen);
    await pass(110_000);
    expect(await dripping.outcome).toEqual({ outcome: 'complete', pages: 1 });
    const ask = scanner.exchange;
    const stalls = new EsclDriver({
      url: 'http://192.0.2.20/eSCL',
      exchange: async (request, from, onBytes) => {
        if (!request.path.endsWith('NextDocument')) return await ask(request, from);
        onBytes?.();
        return await new Promise<never>(() => undefined);
      },
    });
    const alsoRunning = stalls.run(stop.signal);
    const stalled = stalls.scan(platen, () => undefined, signal);
    await pass(16_000);
    expect(await stalled).toMatchObject({ outcome: 'stopped', pages: 0, code: 'timeout' });
    stop.abort();
    await alsoRunning;
  });
});

describe('giving up', () => {
  test('a caller who leaves in the middle is rejected once the job is deleted, and the scanner is free for the next', async () => {
    load('a', 'b');
    const leaving = new AbortController();
    const { pages, outcome } = scan(feeder, leaving.signal, () => leaving.abort(new Error('the resident has left')));
    await pass(10);
    expect(await outcome).toEqual({ rejected: new Error('the resident has left') });
    expect([pages.length, scanner.deleted, scanner.jobs().at(-1)?.state]).toEqual([1, 1, 'Canceled']);
    load('c');
    const next = scan(feeder);
    await pass(1_000);
    expect(await next.outcome).toEqual({ outcome: 'complete', pages: 1 });
    expect(next.pages).toEqual([jpeg('c')]);
  });

  test('a caller who leaves while another is served is let go at once', async () => {
    scanner.glass = jpeg('slow', 40_000);
    scanner.bytesPerSecond = 1_000;
    const first = scan(platen);
    const leaving = new AbortController();
    const second = scan(platen, leaving.signal);
    await pass(1_000);
    leaving.abort(new Error('the resident has left'));
    await pass(0);
    expect(await second.outcome).toEqual({ rejected: new Error('the resident has left') });
    await pass(60_000);
    expect(await first.outcome).toMatchObject({ outcome: 'complete' });
    expect(scanner.tickets).toHaveLength(1);
  });

  test('a caller that cannot take a page gets its own error back, and the job is deleted', async () => {
    load('a', 'b');
    const full = new Error('the disk is full');
    const { outcome } = scan(feeder, signal, () => Promise.reject(full));
    await pass(1_000);
    expect(await outcome).toEqual({ rejected: full });
    expect(scanner.deleted).toBe(1);
  });

  test('a job whose address was lost on the way is found and deleted', async () => {
    load('a');
    line.toHost = (bytes) => (bytes.length === 0 ? undefined : bytes); // the answer to POST has no body
    const { outcome } = scan(feeder);
    await pass(25_000);
    expect(await outcome).toMatchObject({ outcome: 'stopped', pages: 0, code: 'timeout' });
    expect(scanner.jobs().map(({ state }) => state)).toEqual(['Canceled']);
  });

  test('a reset deletes what an earlier life left behind', async () => {
    load('a', 'b');
    const earlier = new EsclDriver({ url: 'http://192.0.2.20/eSCL', exchange: scanner.exchange });
    const life = new AbortController();
    const living = earlier.run(life.signal);
    await earlier.status.until(({ state }) => state === 'online', signal);
    void earlier.scan(feeder, () => new Promise<never>(() => undefined), signal).catch(() => undefined);
    await pass(100);
    expect(scanner.jobs().map(({ state }) => state)).toEqual(['Processing']);
    await driver.reset(signal);
    expect(scanner.jobs().map(({ state }) => state)).toEqual(['Canceled']);
    life.abort();
    await living;
  });

  test('a driver that stops or is reset ends the scan with an outcome, whose pages are kept', async () => {
    load('a', 'b');
    const first = scan(feeder, signal, () => void driver.reset(signal).catch(() => undefined));
    await pass(1_000);
    expect(await first.outcome).toMatchObject({ outcome: 'stopped', pages: 1, code: 'canceled' });
    load('c', 'd');
    const second = scan(feeder, signal, () => stop.abort());
    await pass(1_000);
    expect(await second.outcome).toMatchObject({ outcome: 'stopped', code: 'canceled' });
    expect(await scan(feeder).outcome).toMatchObject({ outcome: 'stopped', pages: 0, code: 'canceled' });
  });
});
