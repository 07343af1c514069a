import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { connect as connectTo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { type Ailments, alarmsOf } from '../../../main/control/alarms.ts';
import { controlContract, type DeviceReport } from '../../../main/control/protocol.ts';
import { socketPath } from '../../../main/control/socket-path.ts';
import { connect } from '../../../main/processes/rpc.ts';
import { streamWire } from '../../../main/processes/stream-wire.ts';
import {
  type ControlledTerminal,
  controlledDevices,
  startControlledTerminal,
} from '../../support/controlled-terminal.ts';
import { eventually } from '../../support/eventually.ts';
import { kioskctl, kioskctlHere, watching } from '../../support/kioskctl.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const devices = controlledDevices();
afterAll(() => devices.stop());
let terminal: ControlledTerminal;
beforeEach(async () => {
  terminal = await startControlledTerminal(devices);
});
afterEach(async () => {
  closeCover();
  await terminal.stop();
});

/** For what other tests must not find: a device process that dies, or that has just started. */
async function withDevicesOfItsOwn(): Promise<void> {
  await terminal.stop();
  terminal = await startControlledTerminal();
}

const ask = (...parameters: string[]) => kioskctlHere([...parameters, '--terminal', terminal.configurationFile]);
const offline = {
  state: 'offline',
  cause: 'cover-open',
  detail: 'the printer says: cover open',
  retryInMs: 1_000,
  paper: 'full',
  observedAt: '2026-11-29T08:00:00.000Z',
  source: 'polled',
} as const;
const online = { state: 'online', paper: 'full', observedAt: offline.observedAt, source: 'polled' } as const;
const closeCover = () =>
  devices.devices.report({ id: 'printer', class: 'receipt-printer', model: 'escpos', status: online });
const openCover = () =>
  terminal.devices.report({ id: 'printer', class: 'receipt-printer', model: 'escpos', status: offline });

const well: Ailments = {
  ...{ incident: undefined, disk: 'enough', deadLetters: 0, credentialRefused: false, clockWrong: false },
  ...{ lowBlanks: [], uncertainCassettes: [], printersWithPapers: [] },
};

test('what ails the terminal beside its devices stands above them, with what to do; where nothing does, nothing', async () => {
  expect(JSON.parse((await ask('devices', '--json')).stdout).alarms).toEqual([]);
  const at = '2026-11-21T08:00:00.000Z';
  const incident = { restoredAt: at, lostFrom: null, lostTo: at, salvaged: 7, unreadable: 2 };
  terminal.alarms.push(...alarmsOf({ ...well, incident, disk: 'critical', deadLetters: 3 }));
  const alarms = JSON.parse((await ask('devices', '--json')).stdout).alarms;
  expect(alarms).toMatchObject([{ code: 'store-restored' }, { code: 'disk-critical' }, { code: 'dead-letters' }]);
  const { exitCode, stdout } = await ask('devices');
  expect(exitCode).toBe(0);
  expect(stdout.split('\n').slice(0, 6)).toEqual([
    expect.stringMatching(
      /^! .*restored at 2026-11-21T08:00:00.000Z.*its first day to 2026.*7 rows found again, 2 not/,
    ),
    expect.stringMatching(/^ {4}→ .*quarantine/),
    expect.stringMatching(/^! .*nearly full/),
    expect.stringMatching(/^ {4}→ Make room/),
    expect.stringMatching(/^! .*set aside: 3/),
    expect.stringMatching(/^ {4}→ .*outbox list --dead/),
  ]);
  expect(alarmsOf({ ...well, disk: 'low' })).toMatchObject([{ code: 'disk-low' }]);
  expect(alarmsOf({ ...well, credentialRefused: true })).toMatchObject([{ code: 'credential-refused' }]);
  expect(alarmsOf({ ...well, clockWrong: true })).toMatchObject([
    { code: 'clock-wrong', what: { en: expect.stringContaining('certificate') }, next: { en: expect.any(String) } },
  ]);
  const cassette = { cassetteId: 3, series: 'food-licence', printerId: 'p', tray: 'tray-2', first: 'A1', last: 'A9' };
  const doubt = { ...cassette, state: 'uncertain', left: 4 } as const;
  const held = { number: 'A5', state: 'uncertain' } as const;
  const lowBlanks = [
    { series: 'food-licence', left: 4 },
    { series: 'drain-permit', left: 0 },
  ];
  const told = alarmsOf({ ...well, lowBlanks, uncertainCassettes: [doubt, { ...doubt, held }] });
  expect(told.map(({ code, what, next }) => [code, what.en, next.en])).toEqual([
    ['blanks-uncertain', expect.stringContaining('on top of tray-2'), expect.stringContaining('blanks correct 3')],
    ['blanks-uncertain', expect.stringContaining('blank A5'), expect.stringContaining('blanks settle A5')],
    ['blanks-low', 'Blanks of food-licence left: 4.', expect.stringContaining('blanks load')],
    ['blanks-low', expect.stringContaining('no blanks of drain-permit'), expect.stringContaining('blanks load')],
  ]);
  expect(alarmsOf({ ...well, printersWithPapers: ['laser'] })).toMatchObject([
    { code: 'paper-kept', what: { en: expect.stringContaining('laser') } },
  ]);
  expect(alarmsOf(well)).toEqual([]);
});

test('devices --json is one object with every device, what is wrong and what to do next', async () => {
  openCover();
  const { exitCode, stdout, stderr } = await ask('devices', '--json');
  expect([exitCode, stderr]).toEqual([0, '']);
  const { terminal: id, devices } = JSON.parse(stdout);
  expect(id).toBe('t-1');
  expect(devices).toMatchObject([
    { id: 'reader', class: 'id-card-reader', state: 'online', faultsToday: 0 },
    {
      id: 'printer',
      state: 'offline',
      fault: 'cover-open',
      detail: 'the printer says: cover open',
      source: 'polled',
      faultsToday: 1,
      since: expect.stringMatching(/^\d{4}-/),
      advice: { next: { 'zh-CN': expect.stringMatching(/盖/), en: expect.stringMatching(/cover/i) } },
    },
  ]);
});

test('without --json there is a line for each, and below one that is not well the next step, in the person’s language', async () => {
  openCover();
  const english = await ask('devices');
  expect(english.stdout).toMatch(/^reader +id-card-reader id-card-reader +online/);
  expect(english.stdout).toContain('→ Press the cover home');
  const chinese = await kioskctlHere(['devices', '--terminal', terminal.configurationFile], 'zh_CN.UTF-8');
  expect(chinese.stdout).toContain('→ 把机盖按到位');
});

test('a device is reset and tried out, and what became of it is told', async () => {
  const asProcess = await kioskctl(['device', 'reader', 'reset', '--terminal', terminal.configurationFile]);
  expect(asProcess).toMatchObject({ exitCode: 0, stdout: 'reader was reset: online\n' });
  const { stdout } = await ask('device', 'reader', 'test', '--json');
  expect(JSON.parse(stdout)).toEqual({ passed: true, did: 'nothing', facts: { line: 'reader' } });
});

test('of the camera nobody is advised a reset, which does not reach it', async () => {
  await withDevicesOfItsOwn();
  const status = { ...offline, cause: 'not-connected' } as const;
  terminal.devices.report({ id: 'camera', class: 'camera', model: 'page', status });
  expect((await ask('devices')).stdout).toContain('→ Check its cable, and whether the page is on the screen');
});

test('who asks a device whose process dies is told that it comes back', async () => {
  await withDevicesOfItsOwn();
  const client = connectTo(terminal.socket);
  const ignore = (): void => undefined;
  const rpc = connect(controlContract, streamWire(client), ignore, ignore);
  const { pid = 0 } = terminal.devices.process.state.value;
  process.kill(pid, 'SIGSTOP'); // so that the question is under way when it dies
  const asked = rpc.call('test', { deviceId: 'reader' }, new AbortController().signal);
  setTimeout(() => process.kill(pid, 'SIGKILL'), 100);
  await expect(asked).rejects.toThrow('ask again in a few seconds');
  client.destroy();
});

test('watch tells the present condition and then each change, one JSON object a line, until it is ended', async () => {
  const { child, lines } = watching('device', 'printer', 'watch', '--json', '--terminal', terminal.configurationFile);
  await expect(lines.next()).resolves.toMatchObject({ value: expect.stringContaining('"state":"online"') });
  openCover();
  await expect(lines.next()).resolves.toMatchObject({ value: expect.stringContaining('"fault":"cover-open"') });
  child.kill('SIGINT');
});

test('who watches a terminal that ends is told so', async () => {
  const { child, lines } = watching('device', 'printer', 'watch', '--terminal', terminal.configurationFile);
  await lines.next();
  const [exited, said] = [once(child, 'exit'), text(child.stderr)];
  await terminal.stop();
  expect([(await exited)[0], await said]).toEqual([2, expect.stringContaining('has ended')]);
  terminal = await startControlledTerminal(devices);
});

test('history tells what is remembered, the newest first', async () => {
  await withDevicesOfItsOwn();
  openCover();
  const { stdout } = await ask('device', 'printer', 'history', '--json');
  expect(JSON.parse(stdout).events).toMatchObject([{ state: 'offline', fault: 'cover-open' }, { state: 'online' }]);
});

test.each([
  [
    'a device that is not there',
    ['device', 'scanner', 'reset'],
    'there is no device "scanner"; there are reader, printer',
  ],
  ['a reset of the camera, which the page has', ['device', 'camera', 'reset'], 'the camera hangs on the page'],
  ['a request that nobody knows', ['device', 'reader', 'polish'], "unknown request 'polish'"],
  [
    'a word that every object of JavaScript knows',
    ['device', 'reader', 'constructor'],
    "unknown request 'constructor'",
  ],
  ['a time that is no number', ['device', 'reader', 'watch', '--for', 'ever'], "'ever' is invalid"],
  ['a time longer than a timer', ['device', 'reader', 'watch', '--for', '9999999'], "'9999999' is invalid"],
])('%s is one line and exit code 2', async (_, parameters, sentence) => {
  const { exitCode, stdout, stderr } = await ask(...parameters);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toContain(sentence);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});

test('a terminal that does not run is said to be so, and the platform’s token is not told', async () => {
  await terminal.stop();
  const { exitCode, stdout, stderr } = await ask('devices', '--json');
  expect([exitCode, stderr]).toEqual([2, '']);
  expect(JSON.parse(stdout)).toEqual({
    error: { code: 'not-running', message: expect.stringContaining('is it running') },
  });
  writeFileSync(terminal.configurationFile, '{"platform": {"token": "secret-of-the-platform"}');
  const broken = await ask('devices');
  expect([broken.exitCode, broken.stderr.trimEnd().split('\n').length]).toEqual([2, 1]);
  expect(broken.stderr).not.toContain('secret');
  const none = await kioskctlHere(['devices', '--terminal', join(temporaryFolder(), 'no-such.json')]);
  expect(none).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('no such file') });
  terminal = await startControlledTerminal(devices);
});

test('a terminal whose devices are real is said to have nothing to simulate with', async () => {
  const { exitCode, stdout, stderr } = await ask('simulate', 'printer', 'cover', 'open');
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toContain(`whatever simulates devices beside ${terminal.configurationFile} does not answer`);
});

test.skipIf(process.platform === 'win32')('only this user may come in', () => {
  expect(statSync(terminal.socket).mode & 0o777).toBe(0o600);
});

test('a socket whose path would be too long for the system is found all the same', () => {
  const deep = `/srv/${'a-long-folder-name/'.repeat(8)}data`;
  expect(Buffer.byteLength(socketPath(deep, 'control'))).toBeLessThanOrEqual(100);
  expect(socketPath(deep, 'control')).toBe(socketPath(`${deep}/`, 'control'));
  expect(socketPath(deep, 'control')).not.toBe(socketPath(deep, 'simulators'));
});

test('nonsense, floods and clients that go away in the middle harm nobody', async () => {
  for (const hostile of [
    'GET / HTTP/1.1\r\n\r\n',
    'Content-Length: 99999999999\r\n\r\n{',
    'Content-Length: 9\r\n\r\nnot json!',
    `Content-Length: 40\r\n\r\n{"jsonrpc":"2.0","id":1,"method":"devic`,
  ]) {
    const client = connectTo(terminal.socket);
    client.on('error', () => undefined);
    client.write(hostile);
    await new Promise((resolve) => setTimeout(resolve, 20));
    client.destroy();
  }
  const flooding = connectTo(terminal.socket);
  flooding.on('error', () => undefined);
  const closed = new Promise((resolve) => flooding.once('close', resolve));
  const flood = setInterval(() => flooding.write(Buffer.alloc(256 * 1024, 0x20)), 1);
  await closed;
  clearInterval(flood);
  expect((await ask('devices', '--json')).exitCode).toBe(0);
});

test('a client that stops watching is not told any more', async () => {
  const client = connectTo(terminal.socket);
  const seen: unknown[] = [];
  const rpc = connect(
    controlContract,
    streamWire(client),
    (_event, report) => seen.push(report),
    () => undefined,
  );
  await rpc.call('watch', { deviceId: 'printer' }, new AbortController().signal);
  await eventually(() => seen.length, Boolean);
  client.destroy();
  await new Promise((resolve) => setTimeout(resolve, 50));
  openCover();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(seen).toHaveLength(1);
});

const devicesAsked = (id: number): string => {
  const body = JSON.stringify({ jsonrpc: '2.0', id, method: 'devices', params: null });
  return `Content-Length: ${body.length}\r\n\r\n${body}`;
};

test('a client that asks and does not read is cut off', async () => {
  const client = connectTo(terminal.socket);
  client.pause();
  const cutOff = new Promise<unknown>((resolve) => client.on('error', resolve));
  // Writing is how it comes to know: it does not read.
  for (let asked = 0; asked < 5_000; asked += 1) client.write(devicesAsked(asked));
  const pushing = setInterval(() => client.write(devicesAsked(5_000)), 20);
  expect(await cutOff).toMatchObject({ code: 'EPIPE' });
  clearInterval(pushing);
  expect((await ask('devices', '--json')).exitCode).toBe(0);
});

test('forgotten clients keep nobody out', async () => {
  const forgotten = Array.from({ length: 12 }, () => connectTo(terminal.socket).on('error', () => undefined));
  await Promise.all(forgotten.map((client) => once(client, 'connect')));
  expect((await ask('devices', '--json')).exitCode).toBe(0);
  for (const client of forgotten) client.destroy();
});

test('who asks twice to watch a device is told of each change once', async () => {
  const client = connectTo(terminal.socket);
  const seen: DeviceReport[] = [];
  const rpc = connect(
    controlContract,
    streamWire(client),
    (_event, report) => seen.push(report),
    () => undefined,
  );
  for (let times = 0; times < 2; times += 1) {
    await rpc.call('watch', { deviceId: 'printer' }, new AbortController().signal);
  }
  openCover();
  await eventually(
    () => seen,
    (reports) => reports.some(({ fault }) => fault === 'cover-open'),
  );
  await rpc.call('devices', null, new AbortController().signal);
  expect(seen.map(({ state }) => state)).toEqual(['online', 'online', 'offline']);
  client.destroy();
});
