import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { readEntry } from '../../../main/audit/entry.ts';
import { recorded } from '../../../main/control/audit-handlers.ts';
import { StorageError } from '../../../main/storage/errors.ts';
import {
  type ControlledTerminal,
  controlledDevices,
  startControlledTerminal,
} from '../../support/controlled-terminal.ts';
import { kioskctl, kioskctlHere } from '../../support/kioskctl.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const devices = controlledDevices();
afterAll(() => devices.stop());
let terminal: ControlledTerminal;
let file: string;
beforeEach(async () => {
  terminal = await startControlledTerminal(devices);
  file = join(temporaryFolder(), 'audit.jsonl');
});
afterEach(() => terminal.stop());

const ask = (...parameters: string[]) => kioskctlHere([...parameters, '--terminal', terminal.configurationFile]);
const record = () => terminal.store.audit.page(0, 2_000).map(({ entry }) => readEntry(entry));
const act = () => terminal.store.audit.append({ kind: 'case-accepted', subject: { caseId: 'c' } });

test('a technician’s reset and test are on record, with what became of them', async () => {
  await ask('device', 'reader', 'reset');
  await ask('device', 'reader', 'test');
  await ask('device', 'scanner', 'reset');
  const subject = { deviceId: 'reader' };
  expect(record()).toMatchObject([
    { kind: 'device-reset', subject, detail: { outcome: 'begun' } },
    { kind: 'device-reset', subject, detail: { outcome: 'done' } },
    { kind: 'device-tested', subject, detail: { outcome: 'begun' } },
    { kind: 'device-tested', subject, detail: { outcome: 'done' } },
  ]);
});

test('an act on a device that does not end is on record as begun and failed', async () => {
  await terminal.stop();
  terminal = await startControlledTerminal(); // its devices die
  const { pid = 0 } = terminal.devices.process.state.value;
  process.kill(pid, 'SIGSTOP');
  const asked = ask('device', 'reader', 'test');
  await expect.poll(() => record().length, { timeout: 10_000 }).toBe(1);
  process.kill(pid, 'SIGKILL');
  expect((await asked).exitCode).toBe(2);
  expect(record()).toMatchObject([{ detail: { outcome: 'begun' } }, { detail: { outcome: 'failed' } }]);
});

test('a device is reset also where the disk refuses the record, and the log says so', async () => {
  const log = memoryLog();
  const refusing = {
    append: () => {
      throw new StorageError('full', 'SQLite: SQLITE_FULL');
    },
  };
  const work = async () => 'online';
  expect(await recorded({ audit: refusing, log }, 'device-reset', 'reader', work)).toBe('online');
  const told = { level: 'error', fields: { kind: 'device-reset', code: 'full' } };
  expect(log.entries).toMatchObject([told, told]);
});

test('an export of many pages is a private file that verifies, by itself and against the terminal', async () => {
  terminal.store.transaction(() => {
    for (let count = 0; count < 1_203; count += 1) act();
  });
  const { exitCode, stdout } = await ask('audit', 'export', '--to', file, '--json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ file, terminal: 't-1', suite: 'aes-256-gcm', first: 1, last: 1_203 });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(1_204);
  expect(record().at(-1)).toMatchObject({ seq: 1_204, kind: 'audit-exported', detail: { last: 1_203 } });

  const alone = await kioskctl(['audit', 'verify', file, '--json']); // an auditor has no terminal, and the process ends by itself
  expect([alone.exitCode, JSON.parse(alone.stdout)]).toEqual([
    0,
    { terminal: 't-1', intact: true, entries: 1_203, checked: 'chain' },
  ]);
  const both = await ask('audit', 'verify', file, '--against-terminal', '--json');
  expect(JSON.parse(both.stdout)).toMatchObject({ intact: true, checked: 'chain-and-terminal' });
  const own = await ask('audit', 'verify', '--json');
  expect(JSON.parse(own.stdout)).toEqual({ terminal: 't-1', intact: true, entries: 1_204, checked: 'sealed' });
});

test('what is sealed in an entry is shown to whoever asks on the terminal, and that is on record', async () => {
  const detail = { verdict: 'refused', reason: 'another-person' };
  act();
  terminal.store.audit.append({ kind: 'face-checked', detail, secret: { similarity: 411, liveness: 902 } });
  const { exitCode, stdout } = await ask('audit', 'open', '2', '--json');
  expect([exitCode, JSON.parse(stdout)]).toEqual([
    0,
    {
      seq: 2,
      at: record()[1]?.at,
      kind: 'face-checked',
      subject: {},
      detail,
      secret: { similarity: 411, liveness: 902 },
    },
  ]);
  expect((await ask('audit', 'open', '2')).stdout).toMatch(/\nsealed: similarity 411, liveness 902\n$/);
  const opened = { kind: 'audit-opened', detail: { entry: 2 } };
  expect(record().slice(2)).toMatchObject([opened, opened]);
});

test.each([
  ['an entry without anything sealed', '1', 'entry 1, case-accepted, has nothing that is sealed'],
  ['an entry that is not there', '99', 'the record has no entry 99'],
  ['no number', '1e3', 'It is a whole number from 1 on'],
])('%s is told in one sentence with exit code 2, and nothing is on record', async (_, number, sentence) => {
  act();
  const { exitCode, stdout, stderr } = await ask('audit', 'open', number);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toContain(sentence);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(record()).toHaveLength(1);
});

test('nothing that is sealed is told where the disk refuses the record of it', async () => {
  terminal.store.audit.append({ kind: 'face-checked', secret: { similarity: 411 } });
  vi.spyOn(terminal.store.audit, 'append').mockImplementationOnce(() => {
    throw new StorageError('full', 'SQLite: SQLITE_FULL');
  });
  const { exitCode, stdout } = await ask('audit', 'open', '1', '--json');
  expect([exitCode, JSON.parse(stdout)]).toEqual([2, { error: { code: 'full', message: 'SQLite: SQLITE_FULL' } }]);
});

test('an export that was changed fails with the number of the first wrong entry', async () => {
  for (let count = 0; count < 9; count += 1) act();
  await ask('audit', 'export', '--to', file);
  const lines = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, lines.with(5, lines[5]!.replace('case-accepted', 'core-stopped')).join('\n'));
  const { exitCode, stdout } = await kioskctlHere(['audit', 'verify', file]);
  expect(exitCode).toBe(1);
  expect(stdout).toContain('NOT INTACT: t-1: 4 entries sound, and entry 5 was changed');
});

test('a whole export made up by somebody else hangs together, and the terminal does not know it', async () => {
  for (let count = 0; count < 3; count += 1) act();
  const other = await startControlledTerminal(devices);
  for (let count = 0; count < 3; count += 1) other.store.audit.append({ kind: 'core-started' });
  await kioskctlHere(['audit', 'export', '--to', file, '--terminal', other.configurationFile]);
  await other.stop();
  expect((await kioskctlHere(['audit', 'verify', file])).exitCode).toBe(0);
  const { exitCode, stdout } = await ask('audit', 'verify', file, '--against-terminal', '--json');
  expect([exitCode, JSON.parse(stdout)]).toMatchObject([1, { intact: false, wrong: { seq: 3, why: 'not-sealed' } }]);
});

test('an export replaces no file, and one that cannot be begun leaves none', async () => {
  writeFileSync(file, 'kept');
  const { exitCode, stderr } = await ask('audit', 'export', '--to', file);
  expect([exitCode, readFileSync(file, 'utf8')]).toEqual([2, 'kept']);
  expect(stderr).toContain('EEXIST');
  await terminal.stop();
  expect((await ask('audit', 'export', '--to', `${file}.new`)).exitCode).toBe(2);
  expect(existsSync(`${file}.new`)).toBe(false);
  terminal = await startControlledTerminal(devices);
});

test('an endless tail is noticed without being read whole', async () => {
  act();
  await ask('audit', 'export', '--to', file);
  appendFileSync(file, 'x'.repeat(1 << 22));
  const { exitCode, stdout } = await kioskctlHere(['audit', 'verify', file, '--json']);
  expect([exitCode, JSON.parse(stdout).wrong]).toEqual([1, { seq: 2, why: 'unreadable' }]);
});
