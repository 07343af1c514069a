import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Vitest } from 'vitest/node';
import type { Trials } from './trials.ts';

/** A worker that writes nothing for so long is caught in a mutant. */
const STUCK_MS = 120_000;
const LOOK_MS = 5_000;

/** What the worker wrote, up to its end or death. A run that fails is told in one line. */
export async function runOnce(
  vitest: Pick<Vitest, 'provide' | 'state' | 'start'>,
  file: string,
  trials: Trials,
  tell: (line: string) => void,
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'jiujin-mutate-'));
  const journal = join(folder, 'journal');
  writeFileSync(journal, '');
  vitest.provide('trials', trials);
  vitest.provide('journal', journal);
  vitest.state.filesMap.clear();
  const watch = setInterval(() => endIfStuck(journal), LOOK_MS);
  try {
    await vitest.start([file]).catch((error: unknown) => tell(`${file}: ${oneLine(error)}`));
    return readFileSync(journal, 'utf8');
  } finally {
    clearInterval(watch);
    rmSync(folder, { recursive: true, force: true });
  }
}

function oneLine(error: unknown): string {
  return String(error).replaceAll(/\s*\n\s*/g, ' ');
}

/** Kills the worker that has written nothing into its journal for two minutes. One that has not begun, or has ended, is let be. */
export function endIfStuck(journal: string): void {
  try {
    if (Date.now() - statSync(journal).mtimeMs < STUCK_MS) return;
    const pid = Number(readFileSync(`${journal}.pid`, 'utf8'));
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // Node documents it for files and for process.kill
    if (code !== 'ENOENT' && code !== 'ESRCH') throw error;
  }
}
