import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { within } from '../../../drivers/core/index.ts';
import { programScript } from '../../build/programs.ts';
import type { SmallDisk } from '../small-disk.ts';
import { CentralPlatform } from './central-platform.ts';
import { doubtsOfFullDisk } from './doubts.ts';
import { Ledger } from './ledger.ts';
import { Life } from './life.ts';
import { readPlatformRecords, readTerminalRecords } from './records.ts';
import { judge, type Verdict, withDoubts } from './verdict.ts';
import type { TerminalOptions } from './words.ts';

export interface FullDiskOptions {
  /** An empty folder with room, for the platform and for what is looked at afterwards. The caller removes it. */
  readonly folder: string;
  readonly disk: SmallDisk;
  readonly sizeBytes: number;
}

export interface FullDiskReport {
  readonly ledger: Ledger;
  readonly verdict: Verdict;
  /** Cases that had been accepted when the disk was full for good. */
  readonly acceptedBefore: number;
  /** Answers that came while it was full. */
  readonly answeredWhileFull: number;
}

const STEP_MS = 60_000;
/** Times that the disk has refused a step until it counts as full for good. */
const TIMES = 4;
/** Room comes in drops, so that the disk fills up at another step each time: of a visit's five, three are refusals. */
const DROPS = 12;
/** A queue that the full disk refused is tried again seconds later: it gets further drops until something has gone out. */
const MOST_DROPS = 300;
const DROP_BYTES = 5 * 4_096;
/** What it is given at last. */
const ROOM_BYTES = 100 * 1024 * 1024;
/** Cases accepted after there was room again until the terminal counts as serving. */
const SERVED = 10;
const PAUSE_MS = 5;

/**
 * Lets a terminal fill its disk while the platform is away; lets the platform come back while the disk is full, and the terminal
 * start anew on it; makes room by and by; lets it serve and drain; then judges as the crash test does. Rejects where a step does not come
 * to pass within a minute. Leaves no process behind.
 */
export async function fullDiskTest({ folder, disk, sizeBytes }: FullDiskOptions): Promise<FullDiskReport> {
  const ledger = new Ledger();
  const platform = new CentralPlatform(join(folder, 'platform.db'), randomUUID());
  const lives: Life[] = [];
  const script = await programScript('crash-terminal');
  const birth = async (task: TerminalOptions['task']): Promise<Life> => {
    const { url: platformUrl, token } = platform;
    const options = { folder: disk.folder, platformUrl, token, task, pauseMs: PAUSE_MS, copies: false };
    const life = new Life({ script, options, compiled: join(folder, 'compiled'), command: disk.command });
    lives.push(life);
    life.onSaying((saying) => ledger.note(saying));
    await life.go();
    return life;
  };
  const fullAgain = async (life: Life): Promise<void> => {
    const times = ledger.refusals + ledger.held + TIMES;
    await heard(life, 'a full disk', () => ledger.refusals + ledger.held >= times);
  };
  try {
    await platform.reserve();
    const first = await birth('accept');
    await fullAgain(first);
    const acceptedBefore = ledger.accepted.size;
    first.kill();
    await first.ended;

    await platform.start();
    const second = await birth('accept');
    await fullAgain(second);
    for (let drop = 1; drop <= DROPS || (ledger.answered === 0 && drop <= MOST_DROPS); drop += 1) {
      await disk.resize(sizeBytes + drop * DROP_BYTES, second.pid ?? 0);
      await fullAgain(second);
    }
    const answeredWhileFull = ledger.answered;
    await disk.resize(ROOM_BYTES, second.pid ?? 0);
    const acceptedThen = ledger.accepted.size;
    await heard(second, 'cases accepted with room again', () => ledger.accepted.size >= acceptedThen + SERVED);
    second.kill();
    await second.ended;

    const last = await birth('drain');
    await disk.resize(ROOM_BYTES, last.pid ?? 0); // a limit is of a process
    const drained = await within(STEP_MS, 'the drain', [], last.ended);
    if (drained.code !== 0) throw new Error(`The terminal under test ended with code ${drained.code} while draining.`);
    await platform.end('SIGTERM');
    const copy = join(folder, 'copy');
    mkdirSync(copy);
    await disk.copyOut(copy);
    const verdict = judge(ledger, readPlatformRecords(platform.file), readTerminalRecords(copy));
    const refusals = disk.kind === 'tmpfs' ? ledger.refusals : undefined;
    const doubts = doubtsOfFullDisk({ acceptedBefore, answeredWhileFull, held: ledger.held, refusals });
    return { ledger, verdict: withDoubts(verdict, doubts), acceptedBefore, answeredWhileFull };
  } finally {
    for (const life of lives) life.kill();
    await Promise.allSettled(lives.map(({ ended }) => ended));
    await platform.end('SIGKILL');
  }
}

async function heard(life: Life, what: string, isSo: () => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  life.onSaying(() => {
    if (isSo()) resolve();
  });
  const died = life.ended.then(({ code }) => {
    throw new Error(`The terminal under test ended by itself with code ${code}: no ${what}.`);
  });
  died.catch(() => undefined);
  await within(STEP_MS, what, [], Promise.race([promise, died]));
}
