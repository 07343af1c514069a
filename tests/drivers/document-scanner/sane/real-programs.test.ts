import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ScanSettings } from '../../../../drivers/document-scanner/contract.ts';
import { SaneDriver } from '../../../../drivers/document-scanner/sane/driver.ts';
import { inLines, type Program } from '../../../../drivers/document-scanner/sane/program.ts';
import { runProgram as runForeign } from '../../../../drivers/transport/program.ts';
import { patienceOfEachTest } from '../../../support/patience.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';
import { jpeg } from '../pictures.ts';

const standIn = fileURLToPath(new URL('../../../../drivers/document-scanner/sane/stand-in.ts', import.meta.url));
const standInCommand = [execPath, '--disable-warning=ExperimentalWarning', standIn] as const;
const patience = patienceOfEachTest();
const feeder: ScanSettings = { source: 'feeder', duplex: false, colour: 'colour', dpi: 75 };
let pagesFolder: string;
let scannerFolder: string;
const ends: (() => Promise<void>)[] = [];
const runProgram = inLines(runForeign);

beforeEach(() => {
  [pagesFolder, scannerFolder] = [temporaryFolder(), temporaryFolder()];
  mkdirSync(join(scannerFolder, 'feeder'));
  vi.stubEnv('SANE_STAND_IN', scannerFolder);
});

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  expect(readdirSync(pagesFolder)).toEqual([]);
  vi.unstubAllEnvs();
});

async function start(command: Program['command'], device: string): Promise<SaneDriver> {
  const driver = new SaneDriver({ device, command, temporaryFolder: pagesFolder, pollMs: 500, run: runProgram });
  const stop = new AbortController();
  const running = driver.run(stop.signal);
  ends.push(async () => {
    stop.abort();
    await running;
  });
  await driver.status.until(({ state }) => state === 'online', patience());
  return driver;
}

function load(...pages: Uint8Array[]): void {
  for (const [at, page] of pages.entries()) {
    writeFileSync(join(scannerFolder, 'feeder', String(at).padStart(3, '0')), page);
  }
}

describe('a program that stands in for scanimage', () => {
  test('is asked, scans a stack and finds the feeder empty afterwards', async () => {
    const driver = await start(standInCommand, 'simulated');
    const sheets = [jpeg('a', 2_000_000), jpeg('b'), jpeg('c')];
    load(...sheets);
    const pages: Uint8Array[] = [];
    const scan = () => driver.scan(feeder, ({ bytes }) => void pages.push(bytes), patience());
    expect(await scan()).toEqual({ outcome: 'complete', pages: 3 });
    expect(pages.map((page, at) => Buffer.compare(page, sheets[at]!))).toEqual([0, 0, 0]);
    expect(await scan()).toMatchObject({ outcome: 'stopped', pages: 0, code: 'no-media' });
  });

  test.each([
    [{ failure: { atPage: 2, status: 6 } }, 'media-jammed'],
    [{ crashAtPage: 2 }, 'hardware-error'],
  ])('that ends with %j leaves the page that came', async (faults, code) => {
    const driver = await start(standInCommand, 'simulated');
    load(jpeg('a'), jpeg('b'));
    writeFileSync(join(scannerFolder, 'faults.json'), JSON.stringify(faults));
    expect(await driver.scan(feeder, () => undefined, patience())).toMatchObject({
      outcome: 'stopped',
      pages: 1,
      code,
    });
  });

  test('is ended with the caller who leaves, and its folder with it', async () => {
    const driver = await start(standInCommand, 'simulated');
    load(jpeg('a'), jpeg('b'));
    writeFileSync(join(scannerFolder, 'faults.json'), JSON.stringify({ pageMs: 500 }));
    const leaving = new AbortController();
    const scanning = driver.scan(feeder, () => leaving.abort(new Error('the resident has left')), leaving.signal);
    await expect(scanning).rejects.toThrow('the resident has left');
    expect(readdirSync(pagesFolder)).toEqual([]);
  });

  test('whose device is gone is offline, and online when it is back', async () => {
    const driver = await start(standInCommand, 'simulated');
    writeFileSync(join(scannerFolder, 'faults.json'), JSON.stringify({ openFailure: 4 }));
    await driver.status.until(({ state }) => state === 'offline', patience());
    expect(driver.status.value).toMatchObject({ cause: 'not-connected' });
    writeFileSync(join(scannerFolder, 'faults.json'), '{}');
    await driver.status.until(({ state }) => state === 'online', AbortSignal.timeout(5_000));
  });
});

describe('a program', () => {
  const run = (script: string, signal: AbortSignal = patience(), onLine?: (line: string) => void) => {
    const program: Program = { command: [execPath, '-e', script], args: [], environment: { LC_ALL: 'C' } };
    return runProgram({ ...program, ...(onLine && { onLine }) }, signal);
  };

  test('that is not installed is said to be', async () => {
    const missing = runProgram({ command: ['jiujin-no-such-program'], args: [], environment: {} }, patience());
    await expect(missing).rejects.toMatchObject({
      code: 'not-connected',
      message: expect.stringContaining('sane-utils'),
    });
  });

  test('speaks English, and its last complaint is kept', async () => {
    const script = 'console.log(process.env.LC_ALL); console.error("first\\nProgress: 3%\\rlast"); process.exit(9)';
    expect(await run(script)).toEqual({ exitCode: 9, output: 'C\n', complaint: 'last' });
  });

  test.skipIf(process.platform === 'win32')(
    'is ended with all that it started, even where they ignore being asked',
    async () => {
      const mark = join(scannerFolder, 'pid');
      const child = `process.on("SIGTERM", () => 0); require("fs").writeFileSync(${JSON.stringify(mark)}, String(process.pid)); setInterval(() => 0, 1000)`;
      const script = `process.on("SIGTERM", () => 0); require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}], { stdio: "inherit" }); setInterval(() => 0, 1000)`;
      const leaving = new AbortController();
      const running = run(script, leaving.signal);
      running.catch(() => undefined);
      await vi.waitFor(() => expect(existsSync(mark)).toBe(true), 10_000);
      leaving.abort(new Error('gave up'));
      await expect(running).rejects.toThrow('gave up');
      const pid = Number(readFileSync(mark, 'utf8'));
      await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), 5_000);
    },
  );

  test('whose pipes are held open by another is not waited for', async () => {
    const script = 'require("child_process").spawn("sleep", ["30"], { stdio: "inherit" }).unref(); console.log("done")';
    const startMs = performance.now();
    expect(await run(script)).toMatchObject({ exitCode: 0, output: 'done\n' });
    expect(performance.now() - startMs).toBeLessThan(10_000);
  });

  test('that floods its output is read in bounded lines, and what is kept of it is bounded', async () => {
    let longest = 0;
    const script = 'process.stdout.write("x".repeat(5_000_000)); for (let i = 0; i < 100_000; i++) console.log("line")';
    const { output } = await run(script, patience(), (line) => {
      longest = Math.max(longest, line.length);
    });
    expect(longest).toBeLessThanOrEqual(4_096);
    expect(output.length).toBeLessThanOrEqual(256 * 1024);
  });
});

/** A scanner that nobody here wrote: the backend `test` of SANE (Debian: sane-utils, libsane1). */
function sanePeer(): Program['command'] | undefined {
  const config = temporaryFolder();
  writeFileSync(join(config, 'dll.conf'), 'test\n');
  vi.stubEnv('SANE_CONFIG_DIR', config);
  const { status, error } = spawnSync('scanimage', ['-d', 'test', '-A'], { timeout: 10_000 });
  return status === 0 && !error ? ['scanimage'] : undefined;
}

describe('the far end that is installed', () => {
  test('scans ten sheets from its feeder, jams on demand and is ended in the middle of a page', async () => {
    const peer = sanePeer();
    if (!peer) {
      console.warn('scanimage is missing or has no backend `test`: testing against our own stand-in INSTEAD');
      load(...Array.from({ length: 10 }, (_, at) => jpeg(String(at))));
    } else console.info('testing against scanimage and the backend `test` of SANE');
    const driver = await start(peer ?? standInCommand, peer ? 'test' : 'simulated');
    expect(driver.status.value).toMatchObject({ state: 'online', feeder: 'unknown' });

    const types: string[] = [];
    const scanned = await driver.scan(feeder, ({ mediaType }) => void types.push(mediaType), patience());
    expect(scanned).toEqual({ outcome: 'complete', pages: 10 });
    expect(types).toEqual(Array.from({ length: 10 }, () => 'image/jpeg'));
    if (!peer) return;

    const jams = await start(['scanimage', '--read-return-value=SANE_STATUS_JAMMED'], 'test');
    expect(await jams.scan(feeder, () => undefined, patience())).toMatchObject({
      outcome: 'stopped',
      pages: 0,
      code: 'media-jammed',
    });
    expect(jams.status.value.feeder).toBe('jammed');

    const slow = await start(['scanimage', '--read-delay=yes', '--read-delay-duration=200000'], 'test');
    const startMs = performance.now();
    const leaving = AbortSignal.timeout(1_000);
    await expect(slow.scan({ ...feeder, dpi: 600 }, () => undefined, leaving)).rejects.toMatchObject({
      name: 'TimeoutError',
    });
    expect(performance.now() - startMs).toBeLessThan(4_000);

    const glass = await driver.scan({ ...feeder, source: 'platen', colour: 'grey' }, () => undefined, patience());
    expect(glass).toEqual({ outcome: 'complete', pages: 1 });
    const both = await driver.scan({ ...feeder, duplex: true }, () => undefined, patience());
    expect(both).toMatchObject({ outcome: 'stopped', pages: 0, code: 'unsupported' });
  }, 60_000);
});
