import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { within } from '../../../drivers/core/index.ts';
import { programScript } from '../../build/programs.ts';
import { Chance } from '../chance.ts';
import { CentralPlatform } from '../crash/central-platform.ts';
import { Ledger } from '../crash/ledger.ts';
import { Life } from '../crash/life.ts';
import { type PowerCutSabotage, readSaying, type TerminalOptions } from '../crash/words.ts';
import { Disk } from './disk-image.ts';
import { lookAt } from './look.ts';
import { type Act, readTrace, tracing } from './trace.ts';

const VISITS = 30;
/** Of a terminal that breaks a promise: each of them is one at which it may be found. */
const VISITS_TO_BE_FOUND = 8;
const TRACED_MS = 60_000;

export interface PowerCutOptions {
  readonly cuts: number;
  readonly seed: number;
  /** An empty folder. The caller removes it. */
  readonly folder: string;
  /** Breaks a promise in the terminal: for the test of this test. */
  readonly sabotage?: PowerCutSabotage;
  /** Nothing more is cut once such a promise is found broken; `cuts` is then the most. */
  readonly until?: RegExp;
}

export interface PowerCutReport {
  readonly cuts: number;
  readonly acts: number;
  readonly accepted: number;
  /** Cuts at which something was written that no sync had followed yet. */
  readonly unsynced: number;
  /** Pages and copies that were looked at, over all cuts. */
  readonly pages: number;
  readonly copies: number;
  /** A sentence for each promise broken at a cut, and for each reason why the cuts have shown nothing. */
  readonly broken: readonly string[];
}

/** Why writes and syncs cannot be seen on this machine; `undefined` where they can. */
export function whyNoTrace(): string | undefined {
  const { status, error, stderr } = spawnSync('strace', ['-o', '/dev/null', 'true'], { encoding: 'utf8' });
  if (status === 0) return undefined;
  return error ? 'strace is not on this machine' : `strace may not look: ${stderr.trim().slice(0, 200)}`;
}

/**
 * Traces a terminal that accepts and delivers, then cuts the power at `cuts` of its writes, syncs and words: makes the files as
 * the disk may have them then, opens the store on them, and looks for all that had been said to be accepted. Needs strace.
 * Rejects where the terminal does not get through its visits within a minute.
 */
export async function powerCutTest(options: PowerCutOptions): Promise<PowerCutReport> {
  const { cuts: most, seed, folder, sabotage, until } = options;
  const terminal = join(folder, 'terminal');
  mkdirSync(terminal);
  const { before, acts } = await traceTerminal(folder, terminal, sabotage);
  const accepted = saidIn(acts).accepted.size;
  const broken: string[] = [];
  let [cuts, unsynced, pages, copies] = [0, 0, 0, 0];
  const isFound = (): boolean => until !== undefined && broken.some((sentence) => until.test(sentence));
  while (cuts < most && !isFound()) {
    cuts += 1;
    const chance = new Chance(seed, `cut ${cuts}`);
    const done = acts.slice(0, 1 + chance.upTo(acts.length - 1));
    const disk = new Disk(before, done);
    if (disk.hasUnsynced()) unsynced += 1;
    putFiles(terminal, disk.filesAfterPowerCut(chance));
    const look = lookAt(terminal, saidIn(done));
    pages += look.pages;
    copies += look.copies;
    broken.push(...look.broken.map((sentence) => `cut ${cuts}, after act ${done.length}: ${sentence}`));
  }
  const doubts = [
    ...(accepted > 0 ? [] : ['no case was accepted']),
    ...(unsynced > 0 ? [] : ['no cut came between a write and its sync']),
    ...(pages > 0 ? [] : ['at no cut was there a page']),
    ...(copies > 0 ? [] : ['at no cut was there a copy']),
  ].map((doubt) => `${doubt}: this has shown nothing`);
  return { cuts, acts: acts.length, accepted, unsynced, pages, copies, broken: [...broken, ...doubts] };
}

function saidIn(acts: readonly Act[]): Ledger {
  const ledger = new Ledger();
  for (const act of acts) if (act.kind === 'said') ledger.note(readSaying(act.line));
  return ledger;
}

async function traceTerminal(folder: string, terminal: string, sabotage: PowerCutSabotage | undefined) {
  const platform = new CentralPlatform(join(folder, 'platform.db'), randomUUID());
  const lives: Life[] = [];
  const script = await programScript('crash-terminal');
  const birth = async (task: TerminalOptions['task'], command: readonly string[]): Promise<Life> => {
    const options = {
      folder: terminal,
      platformUrl: platform.url,
      token: platform.token,
      task,
      pauseMs: 20,
      copies: true,
    };
    const compiled = join(folder, 'compiled');
    const life = new Life({ script, options: { ...options, ...(sabotage && { sabotage }) }, compiled, command });
    lives.push(life);
    await life.go();
    return life;
  };
  try {
    await platform.start();
    // A store that was made and closed properly, so that what is traced begins with files that are known.
    await (await birth('drain', [])).ended;
    const before = readFiles(terminal);
    const calls = join(folder, 'calls');
    const traced = await birth('accept', tracing(calls));
    const { promise: enough, resolve } = Promise.withResolvers<void>();
    let visits = 0;
    const wanted = sabotage ? VISITS_TO_BE_FOUND : VISITS;
    traced.onSaying(({ word }) => {
      if (word === 'ended') visits += 1;
      if (visits === wanted) resolve();
    });
    await within(TRACED_MS, `${wanted} visits under strace`, [], Promise.race([enough, traced.ended]));
    traced.close();
    await traced.ended;
    return { before, acts: await readTrace(calls, terminal, counts) };
  } finally {
    for (const life of lives) life.kill();
    await Promise.allSettled(lives.map(({ ended }) => ended));
    await platform.end('SIGKILL');
  }
}

/** All but the key, which is made before. */
function counts(file: string): boolean {
  return file !== 'store.key';
}

function readFiles(terminal: string): Map<string, Buffer> {
  const entries = readdirSync(terminal, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    paths.map((path) => [relative(terminal, path), readFileSync(path)] as const).filter(([file]) => counts(file)),
  );
}

/** The terminal's own files are overwritten by these. */
function putFiles(terminal: string, files: ReadonlyMap<string, Buffer>): void {
  for (const name of readdirSync(terminal).filter(counts)) rmSync(join(terminal, name), { recursive: true });
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(terminal, name)), { recursive: true });
    writeFileSync(join(terminal, name), bytes, { mode: 0o600 });
  }
}
