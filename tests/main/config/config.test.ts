import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readConfiguration } from '../../../main/config/config.ts';
import { storageSettings } from '../../../main/storage/settings.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const token = 'a-secret-credential';
const good = {
  terminal: {
    id: 'longsha-24h-03',
    code: 'LS03',
    place: { 'zh-CN': '龙沙区政务大厅', en: 'Longsha District Hall' },
    machine: { 'zh-CN': '3 号机', en: 'Terminal 3' },
    helpNumber: '12345',
    timeZone: 'Asia/Shanghai',
    progressUrl: 'https://zwfw.example/p/',
  },
  dataDir: '/var/lib/jiujin',
  platform: { baseUrl: 'https://platform.example', token },
  devices: [{ id: 'reader', model: 'samv', line: { kind: 'tcp', port: 9_000 }, options: { a: 1 } }],
};

function fileOf(text: string): string {
  const path = join(temporaryFolder(), 'terminal.json');
  writeFileSync(path, text);
  return path;
}

/** What a technician reads about a file in which the setting at `path` is another; `undefined` leaves it out. */
function complaint(path: string, value: unknown): string {
  const configuration: Record<string, unknown> = structuredClone(good);
  const keys = path.split('/');
  const last = keys.pop()!;
  const parent = keys.reduce((node, key) => node[key] as Record<string, unknown>, configuration);
  parent[last] = value;
  try {
    readConfiguration(fileOf(JSON.stringify(configuration)));
  } catch (error) {
    expect(error).toMatchObject({ name: 'ConfigurationError', code: 'bad-configuration' });
    return (error as Error).message;
  }
  return '';
}

test('a good file is read as it stands, options default to none, and a line is looked for', () => {
  expect(readConfiguration(fileOf(JSON.stringify(good)))).toEqual(good);
  const [device] = good.devices;
  const { options: _options, line: _line, ...bare } = device!;
  const [read] = readConfiguration(fileOf(JSON.stringify({ ...good, devices: [bare] }))).devices;
  expect(read).toMatchObject({ line: { kind: 'auto' }, options: {} });
});

test('a calibration needs no word about how many blanks are few', () => {
  const calibrations = { reader: { offsetXMm: 0.8, offsetYMm: 0, rotationDeg: 0 } };
  const { blanks } = readConfiguration(fileOf(JSON.stringify({ ...good, blanks: { calibrations } })));
  expect(blanks).toEqual({ lowAt: 20, calibrations });
});

test('how many blanks are few can be set, for all series and for each', () => {
  const blanks = { lowAt: 15, series: { 'food-licence': 50 } };
  expect(readConfiguration(fileOf(JSON.stringify({ ...good, blanks }))).blanks).toEqual(blanks);
  expect(complaint('blanks', { lowAt: -1 })).toContain('blanks.lowAt');
  expect(complaint('blanks', { lowAt: 5, series: { 'food-licence': 'many' } })).toContain('food-licence');
});

test('a calibration is of a device that there is: one under a misspelt name would never reach the paper', () => {
  const shift = { offsetXMm: 0.8, offsetYMm: 0, rotationDeg: 0 };
  const blanks = { lowAt: 15, calibrations: { reader: shift } };
  expect(readConfiguration(fileOf(JSON.stringify({ ...good, blanks }))).blanks).toEqual(blanks);
  expect(complaint('blanks', { lowAt: 15, calibrations: { raeder: shift } })).toContain('raeder');
});

test('how much room is kept has figures that work, and each can be set', () => {
  const defaults = { lowBytes: 536_870_912, criticalBytes: 134_217_728, reserveBytes: 67_108_864, keepDays: 90 };
  expect(storageSettings.parse({})).toMatchObject(defaults);
  const { storage } = readConfiguration(fileOf(JSON.stringify({ ...good, storage: { keepDays: 30 } })));
  expect(storage).toMatchObject({ ...defaults, keepDays: 30 });
});

test.each([
  [
    'a disk that is critical before it is low',
    'storage',
    { lowBytes: 2_000_000, criticalBytes: 2_000_000 },
    'at storage',
  ],
  ['a reserve of a terabyte', 'storage', { reserveBytes: 1e12 }, 'at storage.reserveBytes'],
  ['cases that are kept for no time', 'storage', { keepDays: 0 }, 'at storage.keepDays'],
  ['a misspelt setting', 'terminal/helpNumbre', '12345', 'at terminal'],
  ['a time zone that there is not', 'terminal/timeZone', 'Asia/Qiqihar', 'at terminal.timeZone'],
  ['a terminal code in small letters', 'terminal/code', 'ls03', 'at terminal.code'],
  ['a platform that is no web address', 'platform/baseUrl', 'file:///etc', 'at platform.baseUrl'],
  ['a place that does not fit on a receipt', 'terminal/place/en', 'x'.repeat(61), 'at terminal.place.en'],
  ['a language that is missing', 'terminal/machine/en', undefined, 'at terminal.machine.en'],
  [
    'a catalogue key that is none',
    'catalogue',
    { publicKeys: [{ id: 'city', publicKey: 'AAAA' }] },
    'at catalogue.publicKeys',
  ],
  ['a platform without a credential', 'platform/token', undefined, 'at platform.auth'],
  ['a credential with a line in its midst', 'platform/token', `${token}\n${token}`, 'at platform.token'],
  ['a credential with the end of its line', 'platform/token', `${token}\n`, 'at platform.token'],
  ['a credential of characters that no header carries', 'platform/token', '令牌', 'at platform.token'],
  ['two devices with one id', 'devices/1', good.devices[0], 'at devices'],
  ['a device that calls itself the page’s camera', 'devices/0/id', 'camera', 'at devices'],
  ['a device on a line of no kind', 'devices/0/line', { path: '/dev/ttyS1' }, 'at devices[0].line.kind'],
  ['a device of any model and no class', 'devices/0', { id: 'reader', model: 'auto' }, 'at devices[0]'],
  ['a suite that nobody knows', 'storage', { suite: 'rot13' }, 'at storage.suite'],
  ['a key that nothing keeps', 'storage', { key: { kind: 'sm2' } }, 'at storage.key.privateKey'],
  ['a decoder without a program', 'portraitDecoder', { command: [] }, 'at portraitDecoder.command'],
])('%s is refused, with file and path', (_, path, value, place) => {
  const message = complaint(path, value);
  expect(message).toMatch(/terminal\.json: /);
  expect(message).toContain(place);
  expect(message).not.toContain(token);
});

test.each([
  ['cut off', JSON.stringify(good).slice(0, -40)],
  ['with a comment in it', JSON.stringify(good).replace(`"${token}"`, `"${token}" // ours`)],
  ['with the credential unquoted', JSON.stringify(good).replace(`"${token}"`, token)],
  ['empty', ''],
])('a file that is %s is refused without quoting the credential', (_, text) => {
  expect(() => readConfiguration(fileOf(text))).toThrow(/terminal\.json: not JSON/);
  expect(() => readConfiguration(fileOf(text))).not.toThrow(/secret|credential/);
});

test('a file that is not there is named', () => {
  expect(() => readConfiguration('/nowhere/terminal.json')).toThrow(/\/nowhere\/terminal\.json: ENOENT/);
});
