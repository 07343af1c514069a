import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { endIfStuck, runOnce } from '../../scripts/mutate/run-once.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A Vitest whose worker does `work` with its journal. */
function vitestWith(work: (journal: string) => void) {
  const provided: Record<string, unknown> = {};
  const vitest = {
    provide: (key: string, value: unknown) => {
      provided[key] = value;
    },
    state: { filesMap: new Map() },
    start: async () => work(String(provided['journal'])),
  };
  return vitest as unknown as Parameters<typeof runOnce>[0];
}

test('what the worker wrote is read, and its folder is gone afterwards', async () => {
  let folder = '';
  const vitest = vitestWith((journal) => {
    folder = dirname(journal);
    appendFileSync(journal, 'written');
  });
  expect(await runOnce(vitest, 'a.test.ts', {}, expect.unreachable)).toBe('written');
  expect(folder).toContain('jiujin-mutate-');
  expect(existsSync(folder)).toBe(false);
});

test('a run that fails is told in one line, and what was written before it counts', async () => {
  const told: string[] = [];
  const vitest = vitestWith((journal) => {
    appendFileSync(journal, 'written');
    throw new Error('no worker\n  could be started');
  });
  expect(await runOnce(vitest, 'a.test.ts', {}, (line) => told.push(line))).toBe('written');
  expect(told).toEqual(['a.test.ts: Error: no worker could be started']);
});

/** A journal that nothing was written into for an hour, by a worker that goes by `pid`. */
function oldJournal(pid?: number): string {
  const journal = join(temporaryFolder(), 'journal');
  writeFileSync(journal, '');
  const longAgo = new Date(Date.now() - 3_600_000);
  utimesSync(journal, longAgo, longAgo);
  if (pid !== undefined) writeFileSync(`${journal}.pid`, String(pid));
  return journal;
}

test('a worker that is stuck is killed', async () => {
  const worker = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], { stdio: 'ignore' });
  const ended = once(worker, 'exit');
  endIfStuck(oldJournal(worker.pid));
  expect(await ended).toEqual([null, 'SIGKILL']);
});

test.each([
  ['has not said who it is', () => oldJournal()],
  ['has ended', () => oldJournal(spawnSync(process.execPath, ['-e', '']).pid)],
  ['has no journal any more', () => join(temporaryFolder(), 'journal')],
])('a worker that %s is let be', (_, journal) => {
  expect(() => endIfStuck(journal())).not.toThrow();
});
