import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { z } from 'zod';
import { within } from '../../../drivers/core/index.ts';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { fileKey } from '../../../main/storage/key-file.ts';
import { openStore } from '../../../main/storage/open.ts';
import { Chance } from '../chance.ts';
import { CentralPlatform } from '../crash/central-platform.ts';
import { Ledger } from '../crash/ledger.ts';
import { Life } from '../crash/life.ts';
import { readSaying, type Sabotage, type TerminalOptions } from '../crash/words.ts';
import { filesAfterPowerCut } from './disk-image.ts';
import { type Act, readTrace, tracing } from './trace.ts';

const FILES = ['store.db', 'store.db-wal'] as const;
const VISITS = 30;
const TRACED_MS = 60_000;

export interface PowerCutOptions {
  readonly cuts: number;
  readonly seed: number;
  /** An empty folder. The caller removes it. */
  readonly folder: string;
  readonly sabotage?: Sabotage;
}

export interface PowerCutReport {
  readonly cuts: number;
  readonly acts: number;
  readonly accepted: number;
  /** Cuts at which something was written that no sync had followed yet. */
  readonly unsynced: number;
  /** A sentence for each promise broken at a cut. */
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
export async function powerCutTest({ cuts, seed, folder, sabotage }: PowerCutOptions): Promise<PowerCutReport> {
  const terminal = join(folder, 'terminal');
  mkdirSync(terminal);
  const { before, acts } = await traceTerminal(folder, terminal, sabotage);
  const said = acts.flatMap((act) => (act.kind === 'said' ? [readSaying(act.line)] : []));
  const broken: string[] = [];
  let unsynced = 0;
  for (let cut = 1; cut <= cuts; cut += 1) {
    const chance = new Chance(seed, `cut ${cut}`);
    const done = acts.slice(0, 1 + chance.upTo(acts.length - 1));
    if (hasUnsynced(done)) unsynced += 1;
    const files = filesAfterPowerCut(before, done, chance);
    broken.push(
      ...lookAt(terminal, files, done).map((sentence) => `cut ${cut}, after act ${done.length}: ${sentence}`),
    );
  }
  const accepted = said.filter(({ word }) => word === 'accepted').length;
  return { cuts, acts: acts.length, accepted, unsynced, broken };
}

async function traceTerminal(folder: string, terminal: string, sabotage: Sabotage | undefined) {
  const platform = new CentralPlatform(join(folder, 'platform.db'), randomUUID());
  const lives: Life[] = [];
  const birth = async (task: TerminalOptions['task'], command: readonly string[]): Promise<Life> => {
    const options = { folder: terminal, platformUrl: platform.url, token: platform.token, task, pauseMs: 20 };
    const compiled = join(folder, 'compiled');
    const life = new Life({ options: { ...options, ...(sabotage && { sabotage }) }, compiled, command });
    lives.push(life);
    await life.go();
    return life;
  };
  try {
    await platform.start();
    // A store that was made and closed properly, so that what is traced begins with files that are known.
    await (await birth('drain', [])).ended;
    const before = new Map(readFiles(terminal));
    const calls = join(folder, 'calls');
    const traced = await birth('accept', tracing(calls));
    const { promise: enough, resolve } = Promise.withResolvers<void>();
    let visits = 0;
    traced.onSaying(({ word }) => {
      if (word === 'ended') visits += 1;
      if (visits === VISITS) resolve();
    });
    await within(TRACED_MS, `${VISITS} visits under strace`, [], Promise.race([enough, traced.ended]));
    traced.close();
    await traced.ended;
    return { before, acts: await readTrace(calls, FILES) };
  } finally {
    for (const life of lives) life.kill();
    await Promise.allSettled(lives.map(({ ended }) => ended));
    await platform.end('SIGKILL');
  }
}

function readFiles(terminal: string): [string, Buffer][] {
  return FILES.filter((name) => existsSync(join(terminal, name))).map((name) => [
    name,
    readFileSync(join(terminal, name)),
  ]);
}

function hasUnsynced(acts: readonly Act[]): boolean {
  const open = new Set<string>();
  for (const act of acts) {
    if (act.kind === 'sync') open.delete(act.file);
    else if (act.kind !== 'said') open.add(act.file);
  }
  return open.size > 0;
}

/** What is not as it was said to be on a disk with these files. The terminal's own files are overwritten by them. */
function lookAt(terminal: string, files: ReadonlyMap<string, Buffer>, done: readonly Act[]): string[] {
  for (const name of FILES) rmSync(join(terminal, name), { force: true });
  for (const [name, bytes] of files) writeFileSync(join(terminal, name), bytes, { mode: 0o600 });
  const ledger = new Ledger();
  for (const act of done) if (act.kind === 'said') ledger.note(readSaying(act.line));
  const file = join(terminal, 'store.db');
  try {
    openStore(file, { cipher: aesGcmCipher(fileKey(join(terminal, 'store.key'), file)) }).close();
  } catch (error) {
    return [`the store does not open: ${error instanceof Error ? error.message : error}`];
  }
  const { cases, ratings, integrity } = readJobs(file);
  return [
    ...[...ledger.accepted].filter((number) => !cases.has(number)).map((number) => `${number} is lost`),
    ...[...ledger.rated].filter((number) => !ratings.has(number)).map((number) => `the rating of ${number} is lost`),
    ...[...cases].filter((number) => !ledger.begun.has(number)).map((number) => `${number} was never begun`),
    ...(integrity === 'ok' ? [] : [`the database: ${integrity}`]),
  ];
}

const jobRow = z.object({ case_number: z.string(), kind: z.string() });

function readJobs(file: string): { cases: Set<string>; ratings: Set<string>; integrity: unknown } {
  const database = new Database(file);
  try {
    const rows = database.prepare('SELECT case_number, kind FROM cases JOIN jobs USING (case_id)').all();
    const jobs = rows.map((row) => jobRow.parse(row));
    const of = (kind: string) => new Set(jobs.filter((job) => job.kind === kind).map((job) => job.case_number));
    return {
      cases: of('case'),
      ratings: of('rating'),
      integrity: database.pragma('integrity_check(1)', { simple: true }),
    };
  } finally {
    database.close();
  }
}
