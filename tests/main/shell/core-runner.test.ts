import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as realSleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { CoreRunner } from '../../../main/shell/core-runner.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const script = fileURLToPath(new URL('../../support/fake-core.ts', import.meta.url));
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  vi.useRealTimers();
  for (const stop of stops.splice(0)) await stop();
});

function shell(behaviour = 'serve', command?: [string, ...string[]]) {
  const record = join(temporaryFolder(), 'record');
  const [addresses, notes]: [string[], string[]] = [[], []];
  const core = new CoreRunner({
    command: command ?? [process.execPath, script, record, behaviour],
    onAddress: (address) => addresses.push(address),
    onNote: (note) => notes.push(note),
  });
  stops.push(() => core.stop());
  const told = (): Record<string, unknown>[] =>
    existsSync(record)
      ? readFileSync(record, 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line))
      : [];
  return { core, addresses, notes, told };
}

async function kill({ core }: { core: CoreRunner }): Promise<void> {
  const { pid } = core;
  process.kill(pid ?? 0, 'SIGKILL');
  await vi.waitFor(() => expect(core.pid).not.toBe(pid), { timeout: 5_000 });
}

/** One that has ended and was not yet waited for has no command line. */
function isRunning(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`).length > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

const soon = { timeout: 10_000, interval: 20 };

test('the first core takes a free port, and its address goes to the window', async () => {
  const { core, addresses, told } = shell();
  core.start();
  await vi.waitFor(() => expect(addresses).toHaveLength(1), soon);
  expect(told()).toEqual([{ type: 'start', port: 0, pageKey: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/) }]);
});

test('a core that was killed is started again with the same key and port, and the window is left alone', async () => {
  const started = shell();
  const { core, addresses, notes, told } = started;
  core.start();
  await vi.waitFor(() => expect(addresses).toHaveLength(1), soon);
  await kill(started);
  await vi.waitFor(() => expect(told()).toHaveLength(2), soon);
  const [first, second] = told();
  expect(second).toEqual({ ...first, port: 4_000 });
  expect(notes).toEqual(['The core ended (SIGKILL); it starts again in 100 ms.']);
  core.askAddress(); // answered after `listening`, which brought none to the window
  await vi.waitFor(() => expect(addresses.length).toBeGreaterThanOrEqual(2), soon);
});

test('a core that came up on another port is shown there', async () => {
  const started = shell('move');
  started.core.start();
  await vi.waitFor(() => expect(started.addresses).toHaveLength(1), soon);
  await kill(started);
  await vi.waitFor(() => expect(started.addresses).toHaveLength(2), soon);
});

test('a window that died while the core was away gets its address as soon as there is one', async () => {
  const started = shell();
  const { core, addresses, told } = started;
  core.start();
  await vi.waitFor(() => expect(addresses).toHaveLength(1), soon);
  process.kill(core.pid ?? 0, 'SIGKILL');
  await vi.waitFor(() => expect(core.pid).toBeUndefined(), { timeout: 5_000, interval: 1 });
  core.askAddress();
  await vi.waitFor(() => expect(addresses).toHaveLength(2), soon);
  expect(told().map(({ type }) => type)).toEqual(['start', 'start']);
});

test('each time a window asks it gets an address of its own', async () => {
  const { core, addresses } = shell();
  core.start();
  await vi.waitFor(() => expect(addresses).toHaveLength(1), soon);
  core.askAddress();
  core.askAddress();
  await vi.waitFor(() => expect(addresses).toHaveLength(3), soon);
  expect(new Set(addresses).size).toBe(3);
});

test('a core that cannot start says why, and is tried again more and more slowly', async () => {
  const { core, notes, addresses } = shell('fail');
  core.start();
  await vi.waitFor(
    () => expect(notes.filter((note) => note.includes('starts again')).length).toBeGreaterThanOrEqual(3),
    soon,
  );
  expect(notes).toContain('The core cannot start: a database without its key (key-missing)');
  expect(notes.filter((note) => note.includes('starts again')).slice(0, 3)).toEqual([
    'The core ended (exit code 1); it starts again in 100 ms.',
    'The core ended (exit code 1); it starts again in 100 ms.',
    'The core ended (exit code 1); it starts again in 500 ms.',
  ]);
  expect(addresses).toEqual([]);
});

test('a core that has fallen silent for ten seconds is killed and started again, and one that speaks is left alone', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const [mute, speaking] = [shell('mute'), shell()];
  for (const { core, addresses } of [mute, speaking]) {
    core.start();
    await vi.waitFor(() => expect(addresses).toHaveLength(1), soon);
  }
  const { pid } = mute.core;
  for (let look = 0; look < 5; look += 1) {
    await vi.advanceTimersByTimeAsync(2_000);
    await realSleep(300); // the other one's words arrive in real time
  }
  expect([mute.core.pid, mute.notes]).toEqual([pid, []]);
  await vi.advanceTimersByTimeAsync(2_000);
  await vi.waitFor(() => expect(mute.told()).toHaveLength(2), soon);
  expect(mute.notes).toEqual([
    'The core has fallen silent; it is killed.',
    'The core ended (SIGKILL); it starts again in 100 ms.',
  ]);
  expect(speaking.notes).toEqual([]);
});

test('a core that never comes up is killed after a minute and started again', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const { core, notes, told } = shell('hang');
  core.start();
  await vi.waitFor(() => expect(told()).toHaveLength(1), soon);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(notes).toEqual([]);
  await vi.advanceTimersByTimeAsync(2_000);
  await vi.waitFor(() => expect(told()).toHaveLength(2), soon);
  expect(notes[0]).toBe('The core has fallen silent; it is killed.');
});

test('a child that hangs does not outlive its core', async () => {
  const started = shell('parent');
  started.core.start();
  await vi.waitFor(() => expect(started.addresses).toHaveLength(1), soon);
  const child = Number(started.told().find((line) => 'child' in line)?.['child']);
  process.kill(child, 'SIGSTOP');
  await kill(started);
  await vi.waitFor(() => expect(isRunning(child)).toBe(false), soon);
});

test('a program that is not there is noted and tried again', async () => {
  const { core, notes } = shell('serve', ['/nowhere/node']);
  core.start();
  await vi.waitFor(() => expect(notes).toEqual([expect.stringContaining('ENOENT')]), soon);
});

test('lines that are not of the protocol are noted and do no harm', async () => {
  const { core, addresses, notes } = shell('babble');
  core.start();
  await vi.waitFor(() => expect(addresses).toHaveLength(1), soon);
  expect(notes.map((note) => note.replace(/.*protocol: /, ''))).toEqual([
    'a library says hello',
    '{"type":"listening"}',
    '[]',
  ]);
});

test('stopping ends the core by closing its input, and it is not started again', async () => {
  const { core, addresses, notes, told } = shell();
  core.start();
  await vi.waitFor(() => expect(addresses).toHaveLength(1), soon);
  const { pid } = core;
  await core.stop();
  expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH');
  await realSleep(300);
  expect([notes, told().length, core.pid]).toEqual([[], 1, undefined]);
  await core.stop();
});

test('a core that does not end is killed after five seconds', async () => {
  const { core, addresses } = shell('stubborn');
  core.start();
  await vi.waitFor(() => expect(addresses).toHaveLength(1), soon);
  const { pid } = core;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const stopped = core.stop();
  await vi.advanceTimersByTimeAsync(4_999);
  expect(process.kill(pid ?? 0, 0)).toBe(true);
  await vi.advanceTimersByTimeAsync(1);
  await stopped;
  expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH');
});

test('stopping while a restart is due leaves nothing', async () => {
  const { core, notes } = shell('serve', ['/nowhere/node']);
  core.start();
  await vi.waitFor(() => expect(notes).toHaveLength(1), soon);
  await core.stop();
  await realSleep(300);
  expect(notes).toHaveLength(1);
});
