import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { OnPage, ScanSettings } from '../../../../drivers/document-scanner/contract.ts';
import { removeLeftovers } from '../../../../drivers/document-scanner/sane/batch.ts';
import { SaneDriver } from '../../../../drivers/document-scanner/sane/driver.ts';
import type { RunProgram } from '../../../../drivers/document-scanner/sane/program.ts';
import { SaneSimulator } from '../../../../drivers/document-scanner/sane/simulator.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { jpeg, png } from '../pictures.ts';

const realSetTimeout = setTimeout;
const signal = new AbortController().signal;
const feeder: ScanSettings = { source: 'feeder', duplex: false, colour: 'colour', dpi: 200 };
let scanner: SaneSimulator;
let driver: SaneDriver;
let folder: string;
let stop: AbortController;
let running: Promise<void>;

beforeEach(async () => {
  vi.useFakeTimers();
  folder = temporaryFolder();
  scanner = new SaneSimulator();
  stop = new AbortController();
  start(scanner.run);
  await driver.status.until(({ state }) => state === 'online', signal);
});

afterEach(async () => {
  stop.abort();
  await running;
  expect([vi.getTimerCount(), readdirSync(folder)]).toEqual([0, []]);
  vi.useRealTimers();
});

function start(run: RunProgram): void {
  driver = new SaneDriver({ device: 'simulated', temporaryFolder: folder, run });
  running = driver.run(stop.signal);
}

/** Lets time pass until `work` is done, files and all. */
async function through<T>(work: Promise<T>): Promise<T> {
  let over = false;
  const done = (): void => {
    over = true;
  };
  work.then(done, done);
  while (!over) {
    await vi.advanceTimersByTimeAsync(100);
    await new Promise((resolve) => realSetTimeout(resolve, 1)); // files are not written in fake time
  }
  return await work;
}

async function scan(settings: ScanSettings, from: AbortSignal = signal, onPage: OnPage = () => undefined) {
  const pages: Uint8Array[] = [];
  const taking: OnPage = async (page) => {
    await onPage(page);
    pages.push(Uint8Array.from(page.bytes));
  };
  const outcome = await through(driver.scan(settings, taking, from).catch((error: unknown) => ({ rejected: error })));
  return { outcome, pages };
}

const many = (count: number): Uint8Array[] => Array.from({ length: count }, (_, at) => jpeg(`sheet ${at + 1}`));

describe('scanning', () => {
  test.each([0, 7])('a stack of 60 sheets comes in order, and an end with exit code %i is one', async (endStatus) => {
    scanner.sheets = many(60);
    scanner.endStatus = endStatus;
    const { outcome, pages } = await scan(feeder);
    expect(outcome).toEqual({ outcome: 'complete', pages: 60 });
    expect(pages).toEqual(many(60));
  });

  test('a page is gone from the disk before the next is handed over', async () => {
    scanner.sheets = many(3);
    scanner.pageMs = 1_000;
    const seen: number[] = [];
    await scan(feeder, signal, () => {
      const [batch = ''] = readdirSync(folder);
      seen.push(readdirSync(join(folder, batch)).length);
    });
    expect(seen).toEqual([1, 1, 1]);
  });

  test('the glass is scanned once', async () => {
    scanner.glass = png('glass');
    const { outcome } = await scan({ ...feeder, source: 'platen', colour: 'black-white' });
    expect(outcome).toEqual({ outcome: 'complete', pages: 1 });
    const [, args] = scanner.runs.slice(-2);
    expect(args).toEqual(expect.arrayContaining(['--source=Flatbed', '--batch-count=1', '--format=png', '-p']));
  });

  test('an empty feeder is no failure of the scanner', async () => {
    const { outcome } = await scan(feeder);
    expect(outcome).toMatchObject({ outcome: 'stopped', pages: 0, code: 'no-media' });
  });

  test.each([
    [6, 'media-jammed', 'jammed'],
    [8, 'cover-open', 'open'],
    [9, 'hardware-error', 'unknown'],
  ] as const)('status %i at page 57 leaves the 56 that came', async (status, code, word) => {
    scanner.sheets = many(80);
    scanner.failure = { atPage: 57, status };
    const { outcome, pages } = await scan(feeder);
    expect(outcome).toMatchObject({ outcome: 'stopped', pages: 56, code });
    expect(pages).toEqual(many(56));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(driver.status.value).toMatchObject({ state: 'online', feeder: word });
    scanner.failure = undefined;
    await (status === 6 ? driver.reset(signal) : scan(feeder));
    await vi.advanceTimersByTimeAsync(6_000);
    expect(driver.status.value).toMatchObject({ state: 'online', feeder: 'unknown' });
  });

  test('a program that crashes leaves the pages that came', async () => {
    scanner.sheets = many(5);
    scanner.crashAtPage = 3;
    expect((await scan(feeder)).outcome).toMatchObject({ outcome: 'stopped', pages: 2, code: 'hardware-error' });
  });

  test('a page that is no picture is not handed over', async () => {
    scanner.sheets = [jpeg('a'), Uint8Array.of(1, 2, 3)];
    expect((await scan(feeder)).outcome).toMatchObject({ outcome: 'stopped', pages: 1, code: 'protocol' });
  });

  test('names that were not asked for are not opened', async () => {
    scanner.sheets = many(2);
    const elsewhere = join(folder, 'page1.jpg');
    scanner.noise = ['/etc/passwd', '../page1.jpg', elsewhere, 'page1.jpg', 'x'.repeat(5_000)];
    expect((await scan(feeder)).outcome).toEqual({ outcome: 'complete', pages: 2 });
  });

  test('a page that takes minutes is waited for while the program says that it goes on', async () => {
    scanner.sheets = many(2);
    scanner.pageMs = 150_000;
    expect((await scan(feeder)).outcome).toEqual({ outcome: 'complete', pages: 2 });
    expect(Date.now() - Date.parse(driver.status.value.observedAt)).toBeLessThanOrEqual(2 * driver.pollMs);
  });

  test('a program that says nothing for a minute is ended', async () => {
    stop.abort();
    await running;
    stop = new AbortController();
    start(async (program, from) => {
      if (program.args.includes('-A')) return await scanner.run(program, from);
      return await new Promise<never>((_, reject) => {
        from.addEventListener('abort', () => reject(from.reason), { once: true });
      });
    });
    await driver.status.until(({ state }) => state === 'online', signal);
    expect((await scan(feeder)).outcome).toMatchObject({ outcome: 'stopped', pages: 0, code: 'timeout' });
  });

  test('a folder that cannot be written to is said', async () => {
    stop.abort();
    await running;
    stop = new AbortController();
    driver = new SaneDriver({ device: 'simulated', temporaryFolder: join(folder, 'missing'), run: scanner.run });
    running = driver.run(stop.signal);
    expect((await scan(feeder)).outcome).toMatchObject({ outcome: 'stopped', code: 'hardware-error' });
  });
});

describe('giving up', () => {
  test('a caller who leaves is let go once program and pages are gone', async () => {
    scanner.sheets = many(50);
    scanner.pageMs = 1_000;
    const leaving = new AbortController();
    const gaveUp = new Error('the resident has left');
    const { outcome, pages } = await scan(feeder, leaving.signal, () => leaving.abort(gaveUp));
    expect(outcome).toEqual({ rejected: gaveUp });
    expect([pages.length, readdirSync(folder)]).toEqual([1, []]);
    expect((await scan(feeder)).outcome).toMatchObject({ outcome: 'complete' });
  });

  test('a caller that cannot take a page gets its own error back', async () => {
    scanner.sheets = many(3);
    const full = new Error('the disk is full');
    expect((await scan(feeder, signal, () => Promise.reject(full))).outcome).toEqual({ rejected: full });
  });

  test('a driver that is reset or stops ends the scan with an outcome, whose pages are kept', async () => {
    scanner.sheets = many(3);
    scanner.pageMs = 1_000;
    const reset = await scan(feeder, signal, () => void driver.reset(signal).catch(() => undefined));
    expect(reset.outcome).toMatchObject({ outcome: 'stopped', pages: 1, code: 'canceled' });
    const stopped = await scan(feeder, signal, () => stop.abort());
    expect(stopped.outcome).toMatchObject({ outcome: 'stopped', pages: 1, code: 'canceled' });
  });
});

describe('watching', () => {
  test('a sensor that SANE shows is believed', async () => {
    scanner.hasSensor = true;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(driver.status.value.feeder).toBe('empty');
    scanner.sheets = many(1);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(driver.status.value.feeder).toBe('loaded');
  });

  test('a device that cannot be opened is offline, and online within a second of being back', async () => {
    scanner.openFailure = 4;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(driver.status.value).toMatchObject({ state: 'offline', cause: 'not-connected', feeder: 'unknown' });
    expect((await scan(feeder)).outcome).toMatchObject({ outcome: 'stopped', pages: 0, code: 'not-connected' });
    scanner.openFailure = undefined;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(driver.status.value.state).toBe('online');
  });
});

test('what a process that was killed has left behind is removed, and nothing else', async () => {
  const [gone, ours] = [join(folder, 'jiujin-scan-99999999-abc'), join(folder, `jiujin-scan-${process.pid}-abc`)];
  for (const path of [gone, ours, join(folder, 'other')]) mkdirSync(path);
  writeFileSync(join(gone, 'page1.jpg'), 'x');
  await through(removeLeftovers(folder));
  expect(readdirSync(folder).sort()).toEqual([`jiujin-scan-${process.pid}-abc`, 'other']);
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
});
