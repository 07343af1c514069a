import { z } from 'zod';
import { Observable } from '../../drivers/core/index.ts';
import type { Log } from '../log/log.ts';
import { StorageError } from '../storage/errors.ts';
import type { SyncState } from '../storage/sync-state.ts';
import { isLoopback } from './connectivity.ts';
import type { Platform } from './platform.ts';

/**
 * What is known of this machine's clock.
 *
 *   unconfirmed ──► confirmed ⇄ wrong      unconfirmed: nobody has told the time since the start, and it is not impossible
 *        └────────────────────► wrong      wrong: by more than two minutes, or impossible
 */
export interface ClockStatus {
  readonly state: 'unconfirmed' | 'confirmed' | 'wrong';
  /** How far this machine is ahead of the platform, once that was measured. */
  readonly offsetMs?: number;
}

export interface ClockOptions {
  readonly log: Log;
  /** Milliseconds since 1970, by this machine. */
  readonly wall?: () => number;
  /** Milliseconds that pass whatever the machine's clock is set to. */
  readonly steady?: () => number;
}

/** No terminal runs this before it was written. */
const EARLIEST_MS = Date.UTC(2026, 10, 1);
/** Whoever says more is mistaken, and would be believed for ever. */
const LATEST_MS = Date.UTC(2100, 0, 1);
const TOLERANCE_MS = 2 * 60_000;
/** No terminal is switched off for so long and then put to work with what it remembers. */
const DARK_MAX_MS = 366 * 86_400_000;
/** One answer that leaps so far ahead of all that is known is not believed by itself: the floor never comes down again. */
const LEAP_MS = 86_400_000;
const LEAP_CONFIRMED_AFTER_MS = 30_000;
const PERSIST_EVERY_MS = 10 * 60_000;
const STATE = 'clock';
const stored = z.object({ floorAt: z.iso.datetime() });

type ClockState = Pick<SyncState, 'read' | 'write'>;

interface Anchor {
  readonly platformMs: number;
  readonly steadyMs: number;
}

/**
 * What time it is: as this machine says where that is not known to be wrong, else as the platform said last, and never before
 * any instant that the platform has ever said. A wrong clock refuses every card as expired, or accepts one that is.
 * It is there before the store, whose acts it dates; what the platform said before the start it knows from `restore` on.
 */
export class Clock {
  readonly status = new Observable<ClockStatus>({ state: 'unconfirmed' });
  readonly #options: Required<ClockOptions>;
  readonly #startedAtMs: number;
  /** Where the floor is kept, once there is a store. */
  #state: ClockState | undefined;
  /** The greatest instant that the platform has said, in this run or before. */
  #floorMs = EARLIEST_MS;
  /** Whether the platform, and not this software's age, has set the floor. */
  #isTold = false;
  #persistedMs = EARLIEST_MS;
  #anchor: Anchor | undefined;
  #leap: Anchor | undefined;

  constructor(options: ClockOptions) {
    this.#options = { wall: Date.now, steady: () => performance.now(), ...options };
    this.#startedAtMs = this.#options.steady();
  }

  /** Takes up what the platform said before the start, and keeps there what it says from now on. Never throws. */
  restore(state: ClockState): void {
    const { log } = this.#options;
    this.#state = state;
    try {
      const found = state.read(STATE, stored);
      if (found) {
        this.#floorMs = this.#persistedMs = Math.max(EARLIEST_MS, Date.parse(found.floorAt));
        this.#isTold = true;
      }
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      log.warn({ code: error.code }, 'what the platform last said of the time is forgotten');
    }
    this.#judge();
  }

  /**
   * The platform has said what time it is, in an answer that only it can give, `elapsedMs` after it was asked. An instant
   * before one that it said earlier changes nothing.
   */
  observe(serverAt: string, elapsedMs: number): void {
    const { steady, wall } = this.#options;
    const told = { platformMs: Date.parse(serverAt) + elapsedMs / 2, steadyMs: steady() };
    if (!(told.platformMs >= this.#floorMs - TOLERANCE_MS && told.platformMs < LATEST_MS)) return;
    const expectedMs = this.#anchor ? at(this.#anchor, told.steadyMs) : Math.max(this.#floorMs, wall());
    if (told.platformMs > expectedMs + LEAP_MS && !this.#isSaidAgain(told)) return;
    this.#leap = undefined;
    this.#anchor = told;
    this.#floorMs = Math.max(this.#floorMs, told.platformMs);
    this.#isTold = true;
    this.#persist();
    this.#judge();
  }

  now(): Date {
    this.#judge();
    const { wall, steady } = this.#options;
    const best = this.status.value.state === 'wrong' ? at(this.#reference(), steady()) : wall();
    return new Date(Math.max(best, this.#floorMs));
  }

  /** A leap is believed once it has been said again, as much later as time has passed. */
  #isSaidAgain(told: Anchor): boolean {
    const first = this.#leap;
    if (!first || Math.abs(told.platformMs - at(first, told.steadyMs)) > TOLERANCE_MS) {
      this.#leap = told;
      return false;
    }
    return told.steadyMs - first.steadyMs >= LEAP_CONFIRMED_AFTER_MS;
  }

  #reference(): Anchor {
    return this.#anchor ?? { platformMs: this.#floorMs, steadyMs: this.#startedAtMs };
  }

  #judge(): void {
    const { wall, steady, log } = this.#options;
    const before = this.status.value;
    const offsetMs = Math.round(wall() - at(this.#reference(), steady()));
    const next = this.#anchor ? measured(offsetMs) : supposed(offsetMs, this.#isTold);
    if (next.state !== before.state) {
      if (next.state === 'wrong') log.error({ ...next }, 'this machine’s clock is wrong: the platform’s time is used');
      else log.info({ from: before.state, ...next }, 'this machine’s clock');
    }
    const drift = Math.abs((next.offsetMs ?? 0) - (before.offsetMs ?? 0));
    if (next.state !== before.state || drift > 1_000) this.status.set(next);
  }

  #persist(): void {
    if (!this.#state || this.#floorMs - this.#persistedMs < PERSIST_EVERY_MS) return;
    const { log } = this.#options;
    try {
      this.#state.write(STATE, { floorAt: new Date(this.#floorMs).toISOString() } satisfies z.infer<typeof stored>);
      this.#persistedMs = this.#floorMs;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      log.warn({ code: error.code }, 'what the platform said of the time is not on the disk');
    }
  }
}

/** Whether the platform can serve; and `clock` hears what time it says, where nobody else can have said it. */
export function healthThatTells(
  { health }: Pick<Platform, 'health'>,
  baseUrl: string,
  clock: Clock,
): (signal: AbortSignal) => Promise<void> {
  const { protocol, hostname } = new URL(baseUrl);
  const isAuthentic = protocol === 'https:' || isLoopback(hostname);
  return async (signal) => {
    const askedAtMs = performance.now();
    const { serverAt } = await health(signal);
    if (isAuthentic) clock.observe(serverAt, performance.now() - askedAtMs);
  };
}

function at({ platformMs, steadyMs }: Anchor, nowMs: number): number {
  return platformMs + (nowMs - steadyMs);
}

function measured(offsetMs: number): ClockStatus {
  return { state: Math.abs(offsetMs) > TOLERANCE_MS ? 'wrong' : 'confirmed', offsetMs };
}

/** Before the platform has been heard: earlier than it ever said is impossible, and so is a darkness of years. */
function supposed(sinceFloorMs: number, isTold: boolean): ClockStatus {
  const isImpossible = sinceFloorMs < -TOLERANCE_MS || (isTold && sinceFloorMs > DARK_MAX_MS);
  return { state: isImpossible ? 'wrong' : 'unconfirmed' };
}
