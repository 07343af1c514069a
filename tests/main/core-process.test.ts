import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { readEntry } from '../../main/audit/entry.ts';
import { openStoreIn } from '../../main/compose-store.ts';
import type { Configuration } from '../../main/config/config.ts';
import { socketPath, type ToPage, toPage } from '../../main/contracts/messages.ts';
import { toShellLine } from '../../main/contracts/shell.ts';
import { copiesOf } from '../../main/storage/places.ts';
import { type StorageSettings, storageSettings } from '../../main/storage/settings.ts';
import { programScript } from '../../scripts/build/programs.ts';
import { smallDisk } from '../../scripts/chaos/small-disk.ts';
import { standInPlatform } from '../support/stand-in-platform.ts';
import { acceptCases } from '../support/stored-cases.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const script = await programScript('core-process');
const MIB = 1024 * 1024;
const start = `${JSON.stringify({ type: 'start', pageKey: Buffer.alloc(32).toString('base64'), port: 0 })}\n`;

/** What a core answers to these lines of its shell, and how it ends. */
async function core(lines: string, configuration?: string) {
  const path = join(temporaryFolder(), 'terminal.json');
  if (configuration !== undefined) writeFileSync(path, configuration);
  const child = spawn(process.execPath, [script, path], { stdio: ['pipe', 'pipe', 'pipe'] });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  child.stdin.end(lines);
  const [exitCode] = await once(child, 'exit');
  const [stdout, stderr] = await said;
  const answers = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => toShellLine.parse(JSON.parse(line)));
  return { exitCode, answers, stderr };
}

test('a configuration that is no good is told to the shell, and the core ends', async () => {
  expect(await core(start, '{"terminal":{}}')).toMatchObject({
    exitCode: 1,
    answers: [{ type: 'failed', code: 'bad-configuration', message: expect.stringContaining('terminal.id') }],
    stderr: '',
  });
});

test('a configuration that is missing is told to the shell', async () => {
  expect((await core(start)).answers).toMatchObject([{ type: 'failed', message: expect.stringContaining('ENOENT') }]);
});

test.each([
  ['no JSON', 'start\n'],
  ['another word', '{"type":"begin"}\n'],
  ['a key that is no base64', '{"type":"start","pageKey":"***","port":0}\n'],
])('a line that is %s ends the core with a word to its shell, not with a stack', async (_, line) => {
  const { exitCode, answers, stderr } = await core(line);
  expect([exitCode, answers.length, answers[0]?.type, stderr]).toEqual([1, 1, 'failed', '']);
});

test('a shell that goes away before it said anything is followed', async () => {
  expect(await core('')).toEqual({ exitCode: 0, answers: [], stderr: '' });
});

test('a certificate that is missing is told to the shell by its name, and the store can be opened by the next', async () => {
  const dataDir = temporaryFolder();
  const configuration = JSON.parse(readFileSync(configurationFor(dataDir), 'utf8'));
  const files = { certFile: '/nowhere/terminal.pem', keyFile: '/nowhere/terminal.key', caFile: '/nowhere/city.pem' };
  const platform = { baseUrl: 'https://platform.example', auth: { kind: 'mtls', ...files } };
  const { exitCode, answers } = await core(start, JSON.stringify({ ...configuration, platform }));
  const message = '/nowhere/terminal.pem: ENOENT';
  expect([exitCode, answers]).toEqual([1, [{ type: 'failed', code: 'bad-configuration', message }]]);
  openStoreIn(dataDir).close();
});

test('asking for an address before the start is not answered', async () => {
  expect(await core('{"type":"address"}\n')).toEqual({ exitCode: 0, answers: [], stderr: '' });
});

/** A configuration without devices, and the folder that its terminal keeps its data in. */
const NO_PLATFORM = { baseUrl: 'http://127.0.0.1:9', token: 'none' };

function configurationFor(
  dataDir: string,
  storage?: StorageSettings,
  platform: Configuration['platform'] = NO_PLATFORM,
): string {
  const configuration: Configuration = {
    ...(storage && { storage }),
    terminal: {
      id: 't-1',
      code: 'LS03',
      place: { 'zh-CN': '龙沙区政务大厅', en: 'Longsha District Hall' },
      machine: { 'zh-CN': '3 号机', en: 'Terminal 3' },
      helpNumber: '12345',
      timeZone: 'Asia/Shanghai',
      progressUrl: 'https://zwfw.example/p/',
    },
    dataDir,
    platform,
    devices: [],
  };
  const path = join(temporaryFolder(), 'terminal.json');
  writeFileSync(path, JSON.stringify(configuration));
  return path;
}

/** A page that has come in at `address`: what it is sent, and a way to say something. */
async function pageAt(address: string) {
  const { origin } = new URL(address);
  const entered = await fetch(address, { redirect: 'manual' });
  const cookie = entered.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const { host } = new URL(origin);
  const socket = new WebSocket(`ws://${host}${socketPath}`, { headers: { cookie, origin } });
  const got: ToPage[] = [];
  socket.on('message', (data) => got.push(toPage.parse(JSON.parse(String(data)))));
  await once(socket, 'open');
  return { got, socket, close: once(socket, 'close') };
}

test('the platform is told once that the store was restored, and what may be lost', async () => {
  const { url, token, inspect } = await standInPlatform();
  const dataDir = temporaryFolder();
  openStoreIn(dataDir).close();
  writeFileSync(join(dataDir, 'jiujin.db'), randomBytes(8_192));
  const configuration = configurationFor(dataDir, undefined, { baseUrl: url, token, startSpreadS: 0 });
  const child = spawn(process.execPath, [script, configuration], { stdio: ['pipe', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.write(start);
  const told = { lostFrom: null, lostTo: expect.any(String), salvaged: 0 };
  await expect
    .poll(() => inspect().devices['t-1'], { timeout: 15_000 })
    .toMatchObject({ storeIncident: told, alarms: ['store-restored'] });
  child.stdout.resume();
  child.stdin.end();
  await once(child, 'exit');
  const store = openStoreIn(dataDir);
  expect([store.incidents.untold(), store.incidents.last()]).toEqual([
    undefined,
    expect.objectContaining({ lostFrom: null }),
  ]);
  store.close();
});

/** What the page that shows the services said last of S10, which may have to wait here for the line; `undefined` before it did. */
function problemOfS10(got: readonly ToPage[]): unknown {
  const cards = got.flatMap((message) =>
    message.type === 'view' && message.view.screen.kind === 'services' ? message.view.screen.services : [],
  );
  const available = cards.findLast(({ id }) => id === 'S10')?.available;
  return available?.state === 'no' ? available.problem : available?.state;
}

/** Where a core that has just been started listens. */
async function addressOf(child: ChildProcess): Promise<string> {
  const [said] = await once(createInterface({ input: child.stdout! }), 'line');
  const line = toShellLine.parse(JSON.parse(said));
  if (line.type !== 'listening') throw new Error(`The core said "${line.type}".`);
  return line.address;
}

test.each<[room: string, limits: Partial<StorageSettings>, isFull: boolean, remembered: boolean]>([
  ['enough', {}, false, true],
  ['little', { lowBytes: 2 ** 52 }, false, false],
  ['hardly any', { lowBytes: 2 ** 52, criticalBytes: 2 ** 51 }, true, false],
])(
  'with %s room on the disk a core greys what may have to wait, and remembers conditions of devices, or does not',
  async (_room, limits, isFull, remembered) => {
    const dataDir = temporaryFolder();
    const configuration = configurationFor(dataDir, storageSettings.parse(limits));
    const child = spawn(process.execPath, [script, configuration], { stdio: ['pipe', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    child.stdin.write(start);
    const { got, socket, close } = await pageAt(await addressOf(child));
    socket.send('{"type":"start"}');
    await expect.poll(() => problemOfS10(got), { timeout: 10_000 }).toBeDefined();
    expect(problemOfS10(got) === 'storage-full').toBe(isFull);
    socket.close(); // and its camera with it
    await close;
    child.stdin.end();
    await once(child, 'exit');
    const store = openStoreIn(dataDir);
    const states = store.deviceEvents.recent('camera', 10).map(({ state }) => state);
    expect(states.includes('offline')).toBe(remembered); // not `starting`, which is before the first look at the disk
    store.close();
  },
);

test('a core whose disk fills up while it runs greys what may have to wait', async (context) => {
  const folder = join(temporaryFolder(), 'disk');
  mkdirSync(folder);
  const disk = await smallDisk(folder, 64 * MIB);
  onTestFinished(() => disk.close());
  if (disk.why) return context.skip(`no small file system: ${disk.why}`);
  const limits = { lowBytes: 40 * MIB, criticalBytes: 20 * MIB, reserveBytes: MIB };
  const [program = '', ...inPlace] = disk.command;
  const words = [process.execPath, script, configurationFor(folder, storageSettings.parse(limits))];
  const child = spawn(program, [...inPlace, ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.write(start);
  const { got, socket } = await pageAt(await addressOf(child));
  socket.send('{"type":"start"}');
  await expect.poll(() => problemOfS10(got), { timeout: 10_000 }).toBeDefined();
  expect(problemOfS10(got)).not.toBe('storage-full');
  const fill = 'head -c "$1" /dev/zero > "$2"';
  execFileSync(program, [...inPlace, 'sh', '-c', fill, 'sh', String(50 * MIB), join(folder, 'filler')]);
  await expect.poll(() => problemOfS10(got), { timeout: 40_000, interval: 200 }).toBe('storage-full');
  child.stdin.end();
  await once(child, 'exit');
}, 70_000);

test('while nobody is there a core makes a copy of its store, and keeps what it has compiled', async () => {
  const dataDir = temporaryFolder();
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  const child = spawn(process.execPath, [script, configurationFor(dataDir)], {
    ...{ stdio: ['pipe', 'pipe', 'inherit'], env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdout.resume();
  child.stdin.write(start);
  const copy = copiesOf(join(dataDir, 'jiujin.db')).good[0];
  await expect.poll(() => existsSync(copy), { timeout: 60_000, interval: 200 }).toBe(true);
  expect(readdirSync(join(dataDir, 'cache', 'compiled')), 'what its next start need not compile').not.toEqual([]);
  child.stdin.end();
  await once(child, 'exit');
}, 70_000);

test('the platform is told of deliveries that were set aside, and of a disk that is nearly full', async () => {
  const { url, token, inspect } = await standInPlatform();
  const dataDir = temporaryFolder();
  const store = openStoreIn(dataDir);
  acceptCases(store, 1);
  const [job] = store.jobs.lease('a test', Date.now(), 1).jobs;
  store.jobs.reject(job?.jobId ?? 0, 'a test', 'case-refused', Date.now());
  store.close();
  const full = storageSettings.parse({ lowBytes: 2 ** 52, criticalBytes: 2 ** 51 });
  const configuration = configurationFor(dataDir, full, { baseUrl: url, token, startSpreadS: 0 });
  const child = spawn(process.execPath, [script, configuration], { stdio: ['pipe', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.write(start);
  const alarms = ['dead-letters', 'disk-critical'];
  await expect.poll(() => inspect().devices['t-1'], { timeout: 15_000 }).toMatchObject({ alarms });
  child.stdout.resume();
  child.stdin.end();
  await once(child, 'exit');
});

function execute(dataDir: string, sql: string): void {
  const database = new Database(join(dataDir, 'jiujin.db'), { timeout: 0 });
  database.exec(sql);
  database.close();
}

test.each<[string, (dataDir: string) => void, (dataDir: string) => void]>([
  [
    'is of a later release',
    (dataDir) => {
      openStoreIn(dataDir).close();
      execute(dataDir, 'PRAGMA user_version = 999');
    },
    (dataDir) => rmSync(join(dataDir, 'jiujin.db')),
  ],
  [
    'has lost its key',
    (dataDir) => writeFileSync(join(dataDir, 'jiujin.db'), ''),
    (dataDir) => writeFileSync(join(dataDir, 'store.key'), randomBytes(32)),
  ],
  [
    'lies in a folder that cannot be made',
    (dataDir) => {
      rmSync(dataDir, { recursive: true });
      writeFileSync(dataDir, 'a file');
    },
    (dataDir) => rmSync(dataDir),
  ],
  [
    'opens but refuses to be rid of an old visit',
    (dataDir) => {
      const store = openStoreIn(dataDir);
      store.visits.save('an-old-visit', 'of no form');
      store.close();
      execute(dataDir, "CREATE TRIGGER refusal BEFORE DELETE ON visit BEGIN SELECT RAISE(ABORT, 'no'); END");
    },
    (dataDir) => execute(dataDir, 'DROP TRIGGER refusal'),
  ],
])(
  'a terminal whose store %s shows that it is out of service, and ends to start anew once it opens',
  async (...row) => {
    const [, damage, mend] = row;
    const dataDir = join(temporaryFolder(), 'data');
    mkdirSync(dataDir);
    damage(dataDir);
    const child = spawn(process.execPath, [script, configurationFor(dataDir)], { stdio: ['pipe', 'pipe', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const stderr = text(child.stderr);
    child.stdin.write(start);
    const [said] = await once(createInterface({ input: child.stdout }), 'line');
    const line = toShellLine.parse(JSON.parse(said));
    if (line.type !== 'listening') throw new Error(`The core said "${line.type}".`);

    const page = await pageAt(line.address);
    page.socket.send('{"type":"start"}');
    page.socket.send('{"type":"set-language","language":"en"}');
    await expect.poll(() => page.got.length, { timeout: 5_000 }).toBe(3);
    for (const { view } of page.got.filter((message) => message.type === 'view')) {
      expect(view).toMatchObject({ screen: { kind: 'out-of-service' }, place: { helpNumber: '12345' } });
      expect(view).not.toHaveProperty('visit');
    }
    expect(page.got.at(-1)).toMatchObject({ view: { language: 'en' } });

    mend(dataDir);
    const [exitCode] = await once(child, 'exit');
    expect(exitCode).toBe(0);
    expect(await stderr).toContain('the store does not open, and the terminal is closed');
    await page.close;
  },
);

test.each<StorageSettings>([
  storageSettings.parse({}),
  storageSettings.parse({ suite: 'sm4-ctr-hmac-sm3', key: { kind: 'sm2', privateKey: { kind: 'file' } } }),
])('a core whose store is set up as $suite starts with it, and start and stop are on record', async (storage) => {
  const dataDir = join(temporaryFolder(), 'data');
  const child = spawn(process.execPath, [script, configurationFor(dataDir, storage)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.write(start);
  await once(createInterface({ input: child.stdout }), 'line');
  child.stdin.end();
  await once(child, 'exit');
  const store = openStoreIn(dataDir, storage);
  expect(store.audit.page(0, 10).map(({ entry }) => readEntry(entry))).toMatchObject([
    { kind: 'core-started', subject: { terminalId: 't-1' }, detail: { suite: storage.suite } },
    { kind: 'core-stopped', subject: { terminalId: 't-1' } },
  ]);
  store.close();
});

test('a damaged database is put aside as it was found, and the terminal serves', async () => {
  const dataDir = temporaryFolder();
  const damaged = randomBytes(8_192);
  writeFileSync(join(dataDir, 'store.key'), randomBytes(32));
  writeFileSync(join(dataDir, 'jiujin.db'), damaged);
  const child = spawn(process.execPath, [script, configurationFor(dataDir)], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdin.write(start);
  const [said] = await once(createInterface({ input: child.stdout }), 'line');
  expect(toShellLine.parse(JSON.parse(said)).type).toBe('listening');
  child.stdin.end();
  await once(child, 'exit');
  const [aside = ''] = readdirSync(join(dataDir, 'quarantine'));
  expect(readFileSync(join(dataDir, 'quarantine', aside, 'jiujin.db')).equals(damaged)).toBe(true);
  expect(readFileSync(join(dataDir, 'logs', 'core.log'), 'utf8')).toContain('the store was damaged and restored');
  const store = openStoreIn(dataDir);
  expect(store.incidents.untold()).toMatchObject({ lostFrom: null });
  store.close();
});
