import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as realSleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { type ProcessState, SupervisedProcess } from '../../../main/processes/supervised-process.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { childContract } from '../../support/supervised-child-contract.ts';

const entry = new URL('../../support/supervised-child.ts', import.meta.url);
const forever = new AbortController().signal;
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  vi.useRealTimers();
  for (const stop of stops.splice(0)) await stop();
});

function supervise({ refuse = false, program = entry } = {}) {
  const log = memoryLog();
  const onEvent = vi.fn();
  const configuration = { refuse, greeting: 'hello' };
  const child = new SupervisedProcess({
    name: 'test',
    entry: program,
    contract: childContract,
    configuration,
    onEvent,
    log,
  });
  const states: ProcessState['state'][] = [];
  child.state.subscribe(({ state }) => states.push(state));
  const end = new AbortController();
  const running = child.run(end.signal);
  const stop = async (): Promise<void> => {
    end.abort();
    await running;
  };
  stops.push(stop);
  const reaches = (state: ProcessState['state']) =>
    child.state.until((value) => value.state === state, AbortSignal.timeout(15_000));
  return { child, log, states, onEvent, stop, reaches };
}

/** A process that ended but was not yet waited for has no command line any more. */
function isAlive(pid: number | undefined): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`).length > 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** By the real clock, while the terminal's is faked. */
async function really(wanted: () => boolean): Promise<void> {
  for (let tries = 0; !wanted(); tries += 1) {
    if (tries > 1_000) throw new Error('It never came to that.');
    await realSleep(10);
  }
}

test('a child is configured first, then answers, and is gone once it is stopped', async () => {
  const { child, states, onEvent, stop, reaches } = supervise();
  await expect(child.call('echo', { bytes: Uint8Array.of(1) }, forever)).rejects.toMatchObject({
    code: 'process-down',
  });
  const { pid } = await reaches('running');
  expect(child.configured).toEqual({ greeting: 'hello' });
  expect(onEvent).toHaveBeenCalledWith('configured', { greeting: 'hello' });
  expect(await child.call('echo', { bytes: Uint8Array.of(7, 0) }, forever)).toEqual(Uint8Array.of(7, 0));
  expect(isAlive(pid)).toBe(true);
  await stop();
  expect(isAlive(pid)).toBe(false);
  expect(states).toEqual(['starting', 'running', 'stopped']);
  await expect(child.call('wait', null, forever)).rejects.toMatchObject({ code: 'process-down' });
});

test('a child that crashed is there again, and what it was asked fails "process-down"', async () => {
  const { child, states, log, reaches } = supervise();
  const { pid: first } = await reaches('running');
  const waiting = expect(child.call('wait', null, forever)).rejects.toMatchObject({ code: 'process-down' });
  const exiting = expect(child.call('exit', { code: 3 }, forever)).rejects.toMatchObject({ code: 'process-down' });
  await Promise.all([waiting, exiting, reaches('down')]);
  const { pid: second } = await reaches('running');
  expect(second).not.toBe(first);
  expect(states).toEqual(['starting', 'running', 'down', 'starting', 'running']);
  expect(log.entries).toEqual([
    expect.objectContaining({
      level: 'error',
      fields: expect.objectContaining({ reason: expect.stringContaining('exited with 3') }),
    }),
  ]);
  expect(await child.call('echo', { bytes: Uint8Array.of(9) }, forever)).toEqual(Uint8Array.of(9));
});

test('a child that is renewed is another one at once, without a word of trouble', async () => {
  const { child, states, log, reaches } = supervise();
  child.renew(); // of one that is not running yet: nothing
  const { pid: first } = await reaches('running');
  const waiting = expect(child.call('wait', null, forever)).rejects.toMatchObject({ code: 'process-down' });
  child.renew();
  await Promise.all([waiting, reaches('down')]);
  child.renew(); // of one that is not running: nothing
  const { pid: second } = await reaches('running');
  expect([second === first, isAlive(first)]).toEqual([false, false]);
  expect(states).toEqual(['starting', 'running', 'down', 'starting', 'running']);
  expect(log.entries).toEqual([]);
  expect(await child.call('echo', { bytes: Uint8Array.of(9) }, forever)).toEqual(Uint8Array.of(9));
  child.call('exit', { code: 1 }, forever).catch(() => undefined);
  await reaches('down');
  await vi.waitFor(() => expect(log.entries).toMatchObject([{ fields: { retryInMs: 0 } }]));
});

test('the wait before each restart grows while the child keeps crashing', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0); // no jitter
  const { child, log, reaches } = supervise();
  for (let crash = 0; crash < 3; crash += 1) {
    await reaches('running');
    child.call('exit', { code: 1 }, forever).catch(() => undefined);
    await reaches('down');
  }
  await vi.waitFor(() => expect(log.entries).toHaveLength(3));
  vi.restoreAllMocks();
  expect(log.entries.map(({ fields }) => (fields as { retryInMs: number }).retryInMs)).toEqual([0, 250, 500]);
});

test('a child that has fallen silent is killed and started again, and nothing is asked of it meanwhile', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { child, states, log, reaches } = supervise();
  const { pid: hung } = await reaches('running');
  const stateAtFailure: ProcessState['state'][] = [];
  child.call('hang', null, forever).catch(() => stateAtFailure.push(child.state.value.state));
  await vi.advanceTimersByTimeAsync(2_000 + 3_999);
  expect([child.state.value.state, isAlive(hung)]).toEqual(['running', true]);
  await vi.advanceTimersByTimeAsync(1);
  await really(() => !isAlive(hung) && vi.getTimerCount() > 0); // dead, and waiting to be started again
  expect(stateAtFailure).toEqual(['down']);
  await vi.advanceTimersByTimeAsync(250);
  expect((await reaches('running')).pid).not.toBe(hung);
  expect(states).toEqual(['starting', 'running', 'down', 'starting', 'running']);
  expect(log.entries[0]?.fields).toMatchObject({ reason: expect.stringContaining('ping') });
});

test('a child that refuses its configuration is tried again, and the log says why, once', async () => {
  const { child, log, states, reaches } = supervise({ refuse: true });
  await reaches('down');
  await vi.waitFor(() => expect(log.entries.length).toBeGreaterThan(2), { timeout: 20_000 });
  expect(child.configured).toBeUndefined();
  expect(states).not.toContain('running');
  expect(log.entries[0]?.fields).toMatchObject({ process: 'test', reason: 'this configuration is no good' });
  expect(log.entries.slice(0, 3).map(({ level }) => level)).toEqual(['error', 'debug', 'debug']);
});

test('a program that is not there is tried again and never ends the core', async () => {
  const { log, states, reaches } = supervise({ program: new URL('./no-such-child.ts', entry) });
  await reaches('down');
  expect(states).toEqual(['starting', 'down']);
  await vi.waitFor(() => expect(log.entries).not.toEqual([]));
  expect(log.entries[0]?.fields).toMatchObject({ reason: expect.stringContaining('exited with 1') });
});

test('stopping while the child is starting leaves nothing behind', async () => {
  const { states, stop } = supervise();
  await stop();
  expect(states).toEqual(['starting', 'stopped']);
});

test('a child ends with a core that was killed, and what it prints stays off the core’s standard output', async () => {
  const script = fileURLToPath(new URL('../../support/supervising-parent.ts', import.meta.url));
  const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'ignore'] });
  const lines: string[] = [];
  createInterface({ input: parent.stdout }).on('line', (line) => lines.push(line));
  await vi.waitFor(() => expect(lines).not.toEqual([]), { timeout: 15_000 });
  const [pid] = lines.map(Number);
  expect(lines).toEqual([expect.stringMatching(/^\d+$/)]);
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 5_000 });
});
