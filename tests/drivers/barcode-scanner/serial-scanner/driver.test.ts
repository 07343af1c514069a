import iconv from 'iconv-lite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BarcodeScan } from '../../../../drivers/barcode-scanner/contract.ts';
import { SerialScannerDriver } from '../../../../drivers/barcode-scanner/serial-scanner/driver.ts';
import { type ProfileId, serialScannerOptions } from '../../../../drivers/barcode-scanner/serial-scanner/options.ts';
import { answersAsScanner } from '../../../../drivers/barcode-scanner/serial-scanner/recognise.ts';
import { SerialScannerSimulator } from '../../../../drivers/barcode-scanner/serial-scanner/simulator.ts';
import { SimulatedLine } from '../../../../drivers/simulation/simulated-line.ts';
import { frame, hex } from '../vectors.ts';

const signal = new AbortController().signal;
const commanded = ['newland', 'honeywell', 'oem-engine'] as const;
const everyProfile = ['generic', ...commanded] as const;

let scanner: SerialScannerSimulator;
let line: SimulatedLine;
let driver: SerialScannerDriver;
let stop: AbortController;
let running: Promise<void> | undefined;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(async () => {
  stop.abort();
  await running;
  expect([vi.getTimerCount(), line.openChannels]).toEqual([0, 0]);
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

/** A driver that runs, `ms` later. */
async function start(profile: ProfileId, options: object = {}, faults: Partial<SerialScannerSimulator> = {}, ms = 600) {
  scanner = Object.assign(new SerialScannerSimulator(profile), faults);
  line = new SimulatedLine(scanner);
  driver = new SerialScannerDriver(line, serialScannerOptions.parse({ profile, ...options }));
  stop = new AbortController();
  running = driver.run(stop.signal);
  await pass(ms);
}

interface Visit {
  readonly leave: () => void;
  /** What has become of it by now. */
  got: string;
  scan: BarcodeScan | undefined;
}

/** A visitor who begins to wait. */
function visit(from?: AbortSignal): Visit {
  const leaving = new AbortController();
  const begun: Visit = {
    leave: () => leaving.abort(new Error('the resident has left')),
    got: 'waiting',
    scan: undefined,
  };
  driver.scan(from ?? leaving.signal).then(
    (scan) => Object.assign(begun, { got: scan.text, scan }),
    (error: { code?: string; message: string }) => Object.assign(begun, { got: `! ${error.code ?? error.message}` }),
  );
  return begun;
}

describe.each(everyProfile)('with profile %s', (profile) => {
  test('a code that is presented while somebody waits is theirs, and nothing else of the stream', async () => {
    await start(profile);
    const visitor = visit();
    await pass(150);
    scanner.present('A-1');
    await pass(10);
    expect(visitor.got).toBe('A-1');
    expect(visitor.scan?.bytes).toEqual(Uint8Array.from(Buffer.from('A-1')));
  });

  test('codes that come while nobody waits are forgotten, and only counted', async () => {
    await start(profile);
    scanner.transmit(Buffer.from('440524188001010014\r\nB\r'));
    await pass(5_000);
    const visitor = visit();
    await pass(1_000);
    expect(visitor.got).toBe('waiting');
    scanner.present('C');
    await pass(10);
    expect(visitor.got).toBe('C');
    expect(await driver.check(signal)).toMatchObject({ ignoredCodes: '2', repeatedCodes: '0' });
  });

  test('a code of which the first half came before the visitor is not theirs', async () => {
    await start(profile);
    scanner.transmit(Buffer.from('440524'));
    await pass(5);
    const visitor = visit();
    await pass(5);
    scanner.transmit(Buffer.from('188001010014\r'));
    await pass(500);
    expect(visitor.got).toBe('waiting');
    scanner.present('mine');
    await pass(100);
    expect(visitor.got).toBe('mine');
  });

  test.each([20, 60, 120, 400, 900, 1_300])('nor is its second half, %i ms later', async (laterMs) => {
    await start(profile);
    const first = visit();
    await pass(150);
    scanner.transmit(Buffer.from('440524'));
    await pass(5);
    first.leave();
    const second = visit();
    await pass(laterMs);
    scanner.transmit(Buffer.from('188001010014\r'));
    await pass(300);
    expect(second.got).toBe('waiting');
    await pass(2_000);
    scanner.present('mine');
    await pass(100);
    expect(second.got).toBe('mine');
  });

  test("a code that was shown to one visitor and reported after they had left is not the next one's", async () => {
    await start(profile);
    const first = visit();
    await pass(150);
    const late: Uint8Array[] = [];
    line.toHost = (bytes) => void late.push(bytes.slice());
    scanner.present('of the first');
    await pass(10);
    first.leave();
    await pass(10);
    const second = visit();
    line.toHost = (bytes) => bytes;
    line.inject(Buffer.concat(late));
    await pass(1_000);
    expect([first.got, second.got]).toEqual(['! the resident has left', 'waiting']);
    scanner.present('of the second');
    await pass(100);
    expect(second.got).toBe('of the second');
  });

  test('a code comes in pieces, of any size', async () => {
    await start(profile, {}, { chunkBytes: 3, chunkGapMs: 15 });
    const visitor = visit();
    await pass(1_500);
    scanner.present('粤省事 123456');
    await pass(1_000);
    expect(visitor.got).toBe('粤省事 123456');
  });

  test('a code of several lines stays whole where only silence ends one', async () => {
    await start(profile, { terminator: 'gap' }, { terminator: 'gap', chunkBytes: 7, chunkGapMs: 20 });
    const visitor = visit();
    await pass(1_500);
    scanner.present('BEGIN:VCARD\r\nN:样本\r\nEND:VCARD\r\n');
    await pass(1_000);
    expect(visitor.got).toBe('BEGIN:VCARDN:样本END:VCARD');
    expect(Buffer.from(visitor.scan?.bytes ?? []).toString()).toBe('BEGIN:VCARD\r\nN:样本\r\nEND:VCARD\r\n');
  });

  test('4,096 bytes are a code, and one more is refused without a word of it; the next code is read', async () => {
    await start(profile);
    const [visitor, next, last] = [visit(), visit(), visit()];
    await pass(150);
    scanner.present('x'.repeat(4_096));
    await pass(500);
    expect(visitor.got).toHaveLength(4_096);
    scanner.present('x'.repeat(4_097));
    await pass(500);
    expect(next.got).toBe('! invalid-media');
    scanner.present('short');
    await pass(500);
    expect(last.got).toBe('short');
  });

  test('of two who wait, the second gets the second code', async () => {
    await start(profile);
    const [first, second] = [visit(), visit()];
    await pass(150);
    scanner.present('A');
    await pass(300);
    expect([first.got, second.got]).toEqual(['A', 'waiting']);
    scanner.present('A');
    await pass(300);
    expect(second.got).toBe('A');
  });

  test('the same visitor does not get the code that they still hold, but the next one', async () => {
    await start(profile);
    const visitor = new AbortController().signal;
    scanner.lay('held');
    const first = visit(visitor);
    await pass(300);
    const second = visit(visitor);
    await pass(1_000);
    expect([first.got, second.got]).toEqual(['held', 'waiting']);
    scanner.lay('another');
    await pass(4_600);
    expect(second.got).toBe('another');
  });

  test('a scanner that is pulled out lets who waits go, and says so', async () => {
    await start(profile);
    const visitor = visit();
    await pass(200);
    line.unplug();
    await pass(20);
    expect(visitor.got).toBe('! not-connected');
    expect(driver.status.value).toMatchObject({ state: 'offline', cause: 'not-connected', scanner: 'unknown' });
    line.plug();
    await pass(2_500);
    expect(driver.status.value.state).toBe('online');
  });

  test('who leaves at any moment is let go at once, and the next one is served', async () => {
    await start(profile, {}, { delayMs: 40 }, 1_500);
    for (let afterMs = 0; afterMs < 260; afterMs += 13) {
      const visitor = visit();
      await pass(afterMs);
      visitor.leave();
      await pass(1);
      expect(visitor.got).toBe('! the resident has left');
    }
    scanner.lay('A');
    const next = visit();
    await pass(1_500);
    expect(next.got).toBe('A');
  });

  test('nothing that a code says stands in a status, a fact or an error', async () => {
    const said: string[] = [];
    await start(profile, {}, {}, 0);
    driver.status.subscribe((status) => said.push(JSON.stringify(status)));
    await pass(600);
    scanner.transmit(Buffer.from('440524188001010014\r'));
    const visitor = visit();
    await pass(150);
    scanner.present('440524188001010014');
    await pass(100);
    expect(visitor.got).toBe('440524188001010014');
    said.push(JSON.stringify(await driver.check(signal)));
    line.unplug();
    await pass(100);
    expect(said.join()).not.toContain('4405');
  });
});

describe.each(commanded)('an engine of profile %s', (profile) => {
  test('is lit while somebody waits, and dark when they have a code or have gone', async () => {
    await start(profile);
    expect([scanner.isLit, driver.status.value.scanner]).toEqual([false, 'off']);
    const visitor = visit();
    await pass(100);
    expect([scanner.isLit, driver.status.value.scanner]).toEqual([true, 'on']);
    scanner.present('A');
    await pass(100);
    expect([visitor.got, scanner.isLit, driver.status.value.scanner]).toEqual(['A', false, 'off']);
    const leaving = visit();
    await pass(100);
    leaving.leave();
    await pass(100);
    expect([scanner.isLit, driver.status.value.scanner]).toEqual([false, 'off']);
  });

  test('is lit again when it has given up and the visitor has not', async () => {
    await start(profile, {}, { readingTimeMs: 2_000 });
    const visitor = visit();
    await pass(25_000);
    scanner.lay('A');
    await pass(12_000);
    expect(visitor.got).toBe('A');
  });

  test('that falls silent is noticed within two seconds, idle and while somebody waits', async () => {
    await start(profile);
    scanner.silent = true;
    await pass(2_000);
    expect(driver.status.value).toMatchObject({ state: 'offline', cause: 'not-connected', source: 'inferred' });
    scanner.silent = false;
    await pass(3_000);
    expect(driver.status.value.state).toBe('online');
    const visitor = visit();
    await pass(500);
    scanner.silent = true;
    await pass(2_000);
    expect(visitor.got).toBe('! not-connected');
  });

  test('that takes seconds to send a long code is not taken for silent', async () => {
    await start(profile, {}, { chunkBytes: 96, chunkGapMs: 100 }, 3_000);
    const visitor = visit();
    await pass(1_000);
    scanner.present('x'.repeat(4_000));
    await pass(5_000);
    expect(visitor.got).toHaveLength(4_000);
    expect(driver.status.value.state).toBe('online');
  });

  test('that broke off in a code minutes ago gives the next visitor their first code', async () => {
    await start(profile, {}, { chunkBytes: 5, chunkGapMs: 20 }, 3_000);
    scanner.transmit(Buffer.from('half'));
    await pass(120_000);
    const visitor = visit();
    await pass(1_500);
    scanner.present('A');
    await pass(200);
    expect(visitor.got).toBe('A');
  });

  test('is asked each second by questions in turn, and told nothing to keep', async () => {
    await start(profile);
    scanner.heard.length = 0;
    await pass(2_800);
    expect(new Set(scanner.heard).size).toBe(3);
    const visitor = visit();
    await pass(4_000);
    visitor.leave();
    await pass(100);
    // '@' and '.' with a value, and type 09, write to flash.
    expect(
      scanner.heard.filter((each) => /^7E013030303040(?!.*(2A|515259))|^164D0D.*[^F]2E$|^7E0009/.test(each)),
    ).toEqual([]);
  });

  test('is found by asking', async () => {
    await start(profile, { profile: 'auto' }, {}, 2_500);
    expect(await driver.check(signal)).toMatchObject({ profile });
  });

  test('answers to the probe of an unknown port, within a second', async () => {
    await start(profile);
    stop.abort();
    const channel = await line.open(signal);
    const found = answersAsScanner(channel, signal);
    await pass(1_000);
    expect(await Promise.race([found, 'not yet'])).toBe(true);
    await channel.close();
  });
});

describe('Newland', () => {
  test('is told to read on command only, and says its firmware', async () => {
    await start('newland');
    expect(scanner.settings.get('SCNMOD')).toBe('0');
    expect(await driver.check(signal)).toEqual({
      line: 'simulated:serial-scanner-newland',
      profile: 'newland',
      firmware: 'V1.02.003',
      readsOnCommand: 'done',
      configurationByBarcodeOff: 'no command known',
      ignoredCodes: '0',
      repeatedCodes: '0',
    });
  });

  test("is triggered with the manual's bytes", async () => {
    await start('newland');
    visit();
    await pass(100);
    expect(scanner.heard.at(-1)).toBe(hex(frame('nl-trigger')));
  });

  test('that does not know a command is used all the same', async () => {
    await start('newland', {}, { unknown: new Set(['SCNMOD', 'ORTSET', 'GRBENA', 'QRYFWV']) });
    await pass(3_000);
    expect(await driver.check(signal)).toMatchObject({ readsOnCommand: 'unknown' });
    expect(driver.status.value.state).toBe('online');
  });

  test('that refuses to be turned on says so at once', async () => {
    await start('newland', {}, { unknown: new Set(['SCNTRG']) });
    const visitor = visit();
    await pass(100);
    expect(visitor.got).toBe('! unsupported');
    expect(driver.status.value.scanner).toBe('inoperative');
  });

  test('may send its sign of life whenever it likes', async () => {
    await start('newland', {}, { heartbeatMs: 130 }, 1_000);
    const visitor = visit();
    await pass(1_000);
    scanner.present('A');
    await pass(100);
    expect(visitor.got).toBe('A');
    const facts = driver.check(signal);
    await pass(200);
    expect(await facts).toMatchObject({ ignoredCodes: '0' });
  });

  test('is given the settings of the configuration, and what became of each is a fact', async () => {
    await start('newland', { settings: ['ORTSET9000', 'ABCDEF1'] }, {}, 1_000);
    expect(scanner.settings.get('ORTSET')).toBe('9000');
    expect(await driver.check(signal)).toMatchObject({ 'setting ORTSET9000': 'done', 'setting ABCDEF1': 'unknown' });
  });

  test('sends the AIM identifier where it is set to', async () => {
    await start('newland', { aimId: true }, { aim: ']Q1' });
    const visitor = visit();
    await pass(100);
    scanner.present(iconv.encode('样本', 'gb18030'));
    await pass(100);
    expect(visitor.scan).toMatchObject({ text: '样本', aim: ']Q1', symbology: 'qr-code' });
  });
});

describe('an OEM engine', () => {
  test('is told to read on command and to obey no configuration code, its other bits untouched', async () => {
    await start('oem-engine');
    expect([scanner.zones[0], scanner.zones[3]]).toEqual([0xd5, 0x03]);
    expect(await driver.check(signal)).toMatchObject({
      firmware: '1.05',
      readsOnCommand: 'done',
      configurationByBarcodeOff: 'done',
    });
  });

  test.each([
    [true, 'unknown'],
    [false, 'no answer'],
  ])('that has no such zone is used all the same (says so: %s)', async (reportsErrors, fact) => {
    await start('oem-engine', {}, { unknown: new Set(['0003', '00e2']), reportsErrors }, 1_500);
    const facts = driver.check(signal);
    await pass(500);
    expect(await facts).toMatchObject({ configurationByBarcodeOff: fact });
    expect(await facts).not.toHaveProperty('firmware');
  });

  test('that keeps silent about a trigger ends the wait', async () => {
    await start('oem-engine', {}, { unknown: new Set(['0002']), reportsErrors: false }, 1_500);
    const visitor = visit();
    await pass(1_000);
    expect(visitor.got).toBe('! timeout');
    expect(driver.status.value.state).toBe('online');
  });
});

describe('a scanner that only sends', () => {
  test('is online by inference, of unknown state, and has no facts of its own', async () => {
    await start('generic');
    expect(driver.status.value).toMatchObject({ state: 'online', source: 'inferred', scanner: 'unknown' });
    expect(await driver.check(signal)).toEqual({
      line: 'simulated:serial-scanner-generic',
      profile: 'generic',
      ignoredCodes: '0',
      repeatedCodes: '0',
    });
    expect(scanner.heard).toEqual([]);
  });

  test('is not believed in the first tenth of a second', async () => {
    await start('generic');
    const visitor = visit();
    await pass(90);
    scanner.present('too soon');
    await pass(1_000);
    expect(visitor.got).toBe('waiting');
    visitor.leave();
    await pass(1);
  });

  test('is never found by asking, and the technician reads how to go on', async () => {
    await start('generic', { profile: 'auto' }, {}, 3_000);
    expect(driver.status.value).toMatchObject({
      state: 'offline',
      cause: 'not-connected',
      detail: expect.stringContaining('must be configured as profile "generic"'),
    });
  });

  test('does not answer to the probe, which ends within a second or with its caller', async () => {
    await start('generic');
    stop.abort();
    const channel = await line.open(signal);
    const asked = answersAsScanner(channel, signal);
    await pass(1_000);
    expect(await Promise.race([asked, 'not yet'])).toBe(false);
    const leaving = new AbortController();
    const left = expect(answersAsScanner(channel, leaving.signal)).rejects.toThrow('left');
    leaving.abort(new Error('left'));
    await left;
    line.unplug();
    expect(await answersAsScanner(channel, signal)).toBe(false);
    line.plug();
  });
});

test('two scanners at once do not mix their codes', async () => {
  await start('newland');
  const other = new SerialScannerSimulator('generic');
  const otherLine = new SimulatedLine(other);
  const second = new SerialScannerDriver(otherLine, serialScannerOptions.parse({ profile: 'generic' }));
  const secondRunning = second.run(stop.signal);
  await pass(200);
  const scans = Promise.all([driver.scan(signal), second.scan(signal)]);
  await pass(200);
  scanner.present('A');
  other.present('B');
  expect((await scans).map(({ text }) => text)).toEqual(['A', 'B']);
  stop.abort();
  await secondRunning;
});
