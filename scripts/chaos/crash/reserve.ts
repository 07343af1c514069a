import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { within } from '../../../drivers/core/index.ts';
import { programScript } from '../../build/programs.ts';
import type { SmallDisk } from '../small-disk.ts';
import { CentralPlatform } from './central-platform.ts';
import { doubtsOfReserve } from './doubts.ts';
import { Ledger } from './ledger.ts';
import { Life } from './life.ts';
import { readPlatformRecords, readTerminalRecords } from './records.ts';
import { judge, type Verdict, withDoubts } from './verdict.ts';
import type { TerminalOptions } from './words.ts';

export interface ReserveOptions {
  /** An empty folder with room, for the platform and for what is looked at afterwards. The caller removes it. */
  readonly folder: string;
  readonly disk: SmallDisk;
  readonly reserveBytes: number;
}

export interface ReserveReport {
  readonly ledger: Ledger;
  readonly verdict: Verdict;
  /** Cases that waited when the disk was full. */
  readonly waiting: number;
}

const STEP_MS = 60_000;
/** Times that a resident was told no until the disk counts as full. */
const TIMES = 4;

/**
 * Lets a terminal fill its disk while the platform is away, down to its reserve, and be killed; then lets the next one drain
 * the queue on the same disk, to which nobody adds any room. Rejects where that does not come to pass within a minute. Leaves
 * no process behind.
 */
export async function drainOnFullDisk({ folder, disk, reserveBytes }: ReserveOptions): Promise<ReserveReport> {
  const ledger = new Ledger();
  const platform = new CentralPlatform(join(folder, 'platform.db'), randomUUID());
  const lives: Life[] = [];
  const script = await programScript('crash-terminal');
  const birth = async (task: TerminalOptions['task']): Promise<Life> => {
    const { url: platformUrl, token } = platform;
    const options = { folder: disk.folder, platformUrl, token, task, pauseMs: 5, copies: false, reserveBytes };
    const life = new Life({ script, options, compiled: join(folder, 'compiled'), command: disk.command });
    lives.push(life);
    life.onSaying((saying) => ledger.note(saying));
    await life.go();
    return life;
  };
  try {
    await platform.reserve();
    const first = await birth('accept');
    const full = Promise.withResolvers<void>();
    first.onSaying(() => {
      if (ledger.refusals >= TIMES) full.resolve();
    });
    await within(STEP_MS, 'a full disk', [], full.promise);
    first.kill();
    await first.ended;
    const waiting = ledger.accepted.size;

    await platform.start();
    const last = await birth('drain');
    const drained = await within(STEP_MS, 'the drain of a queue on a full disk', [], last.ended);
    if (drained.code !== 0) throw new Error(`The terminal under test ended with code ${drained.code} while draining.`);
    await platform.end('SIGTERM');
    const copy = join(folder, 'copy');
    mkdirSync(copy);
    await disk.copyOut(copy);
    const records = readTerminalRecords(copy);
    const verdict = judge(ledger, readPlatformRecords(platform.file), records);
    return { ledger, verdict: withDoubts(verdict, doubtsOfReserve(waiting, ledger.answered)), waiting };
  } finally {
    for (const life of lives) life.kill();
    await Promise.allSettled(lives.map(({ ended }) => ended));
    await platform.end('SIGKILL');
  }
}
