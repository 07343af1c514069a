import { statfs } from 'node:fs/promises';
import { Observable, sleep } from '../../drivers/core/index.ts';
import type { Log } from '../log/log.ts';
import type { Reserve } from './reserve.ts';

/**
 * How much room there is for the terminal's data.
 *
 *   enough ⇄ low        what need not be written is not: conditions of devices
 *      ⇅      ⇅
 *      critical         no service is begun that may have to wait here for the line; what waits goes on being delivered, for
 *                       which the reserve was given up
 */
export type DiskLevel = 'enough' | 'low' | 'critical';

export interface DiskLimits {
  /** Free bytes below which it is so; the reserve, where it was given up, counts as if it still stood. */
  readonly lowBytes: number;
  readonly criticalBytes: number;
}

export interface DiskSpaceOptions {
  /** Where the terminal keeps its data. */
  readonly folder: string;
  readonly limits: DiskLimits;
  readonly reserve: Reserve;
  readonly log: Log;
  /** Free bytes of the disk that `folder` is on. Rejects with Node's error. */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

const LOOK_EVERY_MS = 10_000;
/** A level is left when there is this much more than what it begins at, or it would come and go with every log file. */
const LEAVE_AT = 1.25;
/** After a write was refused: a quota, or a neighbour that fills the disk, shows in no figure of ours. */
const REFUSED_MS = 60_000;
/** A terminal that starts has better things to do than to fill a file. */
const FIRST_RESERVE_AFTER_LOOKS = 6;

/** Watches the room on the disk, and keeps and gives up the reserve. */
export class DiskSpace {
  readonly level = new Observable<DiskLevel>('enough');
  readonly #options: DiskSpaceOptions;
  readonly #freeBytes: (folder: string) => Promise<number>;
  #refusedAtMs = Number.NEGATIVE_INFINITY;
  /** As of the last look: what is free, the reserve as if it stood. */
  #usableBytes = Number.POSITIVE_INFINITY;
  #looks = 0;
  #blind = false;

  constructor(options: DiskSpaceOptions) {
    this.#options = options;
    this.#freeBytes = options.freeBytes ?? freeBytesOf;
  }

  /** A write was refused for want of room: whatever the figures say, there is none. Makes some. */
  refused(): void {
    this.#refusedAtMs = performance.now();
    this.#enter('critical', undefined);
  }

  /** Whether there is as much more before it becomes critical, as of the last look. */
  hasRoomFor(sizeBytes: number): boolean {
    const { criticalBytes } = this.#options.limits;
    return this.level.value !== 'critical' && this.#usableBytes - sizeBytes >= criticalBytes;
  }

  /** Until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look(signal);
      await sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
    }
  }

  /** Looks once; also before anybody is let in. Never rejects. */
  async look(signal: AbortSignal): Promise<void> {
    const { folder, reserve, log } = this.#options;
    try {
      const free = await this.#freeBytes(folder);
      this.#usableBytes = reserve.isThere() ? free : free - reserve.sizeBytes;
      this.#enter(this.#levelAt(this.#usableBytes), free);
      this.#looks += 1;
      const wanted = this.level.value !== 'critical' && this.#looks > FIRST_RESERVE_AFTER_LOOKS;
      if (wanted && !reserve.isThere()) await reserve.make(signal);
      this.#blind = false;
    } catch (error) {
      if (!this.#blind && !signal.aborted) log.warn({ error }, 'the room on the disk cannot be seen to');
      this.#blind = true;
    }
  }

  #levelAt(usableBytes: number): DiskLevel {
    if (performance.now() - this.#refusedAtMs < REFUSED_MS) return 'critical';
    const { lowBytes, criticalBytes } = this.#options.limits;
    const before = this.level.value;
    const criticalTo = before === 'critical' ? criticalBytes * LEAVE_AT : criticalBytes;
    const lowTo = before === 'enough' ? lowBytes : lowBytes * LEAVE_AT;
    if (usableBytes < criticalTo) return 'critical';
    return usableBytes < lowTo ? 'low' : 'enough';
  }

  #enter(level: DiskLevel, freeBytes: number | undefined): void {
    const { reserve, log } = this.#options;
    if (level === 'critical') {
      try {
        reserve.free();
      } catch (error) {
        log.warn({ error }, 'the reserve on the disk cannot be given up');
      }
    }
    if (level === this.level.value) return;
    const fields = { level, before: this.level.value, freeBytes };
    if (level === 'enough') log.info(fields, 'there is room on the disk again');
    else log.warn(fields, 'there is little room on the disk');
    this.level.set(level);
  }
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
