import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { machineTime, Observable, sleep } from '../../drivers/core/index.ts';
import type { OfflineCause } from '../contracts/offline.ts';
import type { View } from '../contracts/view.ts';
import type { Log } from '../log/log.ts';
import { SyncError } from './errors.ts';

/**
 * Whether the platform can be reached, and when that was last seen to be so.
 *
 *   unknown ──► online ◄──► offline      any ──► unknown when `run` ends
 */
export type ConnectivityState = { readonly observedAt: string } & (
  | { readonly state: 'unknown' | 'online' }
  | { readonly state: 'offline'; readonly cause: OfflineCause }
);

export interface ConnectivityOptions {
  readonly health: (signal: AbortSignal) => Promise<unknown>;
  readonly baseUrl: string;
  readonly interfaces?: typeof networkInterfaces;
  readonly log?: Log;
}

/** The longest; the rest is jitter, so that terminals that started together do not ask together for ever. */
const POLL_MS = 5_000;
const POLL_MIN_MS = 4_000;
/** Said by a platform that is there, and wants to be asked less often. */
const TOO_MANY = 429;
/** Where it says so without `Retry-After`. */
const QUIET_MS = 60_000;
/** The longest that the platform may put the next question off: beyond it, the page would show what was true long ago. */
const QUIET_MAX_MS = 5 * 60_000;
/** One lost packet is no outage: a second question follows at once. With the first, an answer within 3 s. */
const CONFIRM_AFTER_MS = 200;
const CONFIRM_MS = 800;

/** Asks the platform how it is, every 5 s, or when `Retry-After` says, and whenever somebody has reason to doubt the last answer. */
export class Connectivity {
  /** Set anew after every poll, as `observedAt` says how old the knowledge is. */
  readonly status = new Observable<ConnectivityState>({ state: 'unknown', observedAt: machineTime() });
  readonly #health: (signal: AbortSignal) => Promise<unknown>;
  readonly #remote: boolean;
  readonly #interfaces: typeof networkInterfaces;
  readonly #log: Log | undefined;
  #doubt = new AbortController();

  constructor({ health, baseUrl, interfaces = networkInterfaces, log }: ConnectivityOptions) {
    this.#health = health;
    this.#remote = !isLoopback(new URL(baseUrl).hostname);
    this.#interfaces = interfaces;
    this.#log = log;
  }

  /** Polls until `signal` aborts. Never rejects, and leaves no timer behind. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const doubt = new AbortController();
      this.#doubt = doubt;
      const failure = await this.#poll(signal);
      if (signal.aborted) break;
      if (failure && failure.status !== TOO_MANY) {
        this.#set({ state: 'offline', cause: this.#causeOf(failure), observedAt: machineTime() });
      } else this.#set({ state: 'online', observedAt: machineTime() });
      const quietMs = quietOf(failure);
      // Whoever doubts meanwhile: the platform has asked for quiet.
      if (quietMs !== undefined) await this.#keepQuiet(quietMs, signal);
      else await sleep(pollMs(), signal, doubt.signal).catch(() => undefined);
    }
    this.#set({ state: 'unknown', observedAt: machineTime() });
  }

  /** A delivery did not get through: ask now, not in five seconds. */
  reportFailure(): void {
    if (this.status.value.state !== 'offline') this.#doubt.abort();
  }

  /** A delivery got through: there is no better proof. */
  reportSuccess(): void {
    if (this.status.value.state !== 'online') this.#set({ state: 'online', observedAt: machineTime() });
  }

  /** Does not ask; whether this machine has a network at all shows without. */
  async #keepQuiet(ms: number, signal: AbortSignal): Promise<void> {
    const untilMs = performance.now() + ms;
    const said = this.status.value;
    let wasUnplugged = false;
    while (!signal.aborted && performance.now() < untilMs) {
      await sleep(Math.min(POLL_MS, untilMs - performance.now()), signal).catch(() => undefined);
      if (signal.aborted) return;
      const isUnplugged = this.#isUnplugged();
      if (isUnplugged) this.#set({ state: 'offline', cause: 'machine', observedAt: machineTime() });
      else if (wasUnplugged) this.#set({ ...said, observedAt: machineTime() });
      wasUnplugged = isUnplugged;
    }
  }

  /** Once, and where that fails and we were not offline already, nor asked for quiet, once more. The last failure, or none. */
  async #poll(signal: AbortSignal): Promise<SyncError | undefined> {
    const failure = await this.#ask(signal);
    const isSettled = this.status.value.state === 'offline' || quietOf(failure) !== undefined;
    if (!failure || isSettled) return failure;
    await sleep(CONFIRM_AFTER_MS, signal).catch(() => undefined);
    if (signal.aborted) return failure;
    const impatient = new AbortController();
    const onAbort = (): void => impatient.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(onAbort, CONFIRM_MS);
    const confirmed = await this.#ask(impatient.signal);
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    // Cut short by our own impatience, the second failure says less than the first.
    return confirmed?.code === 'canceled' ? failure : confirmed;
  }

  async #ask(signal: AbortSignal): Promise<SyncError | undefined> {
    try {
      await this.#health(signal);
      return undefined;
    } catch (error) {
      return SyncError.from(error, 'health');
    }
  }

  /**
   * machine: no network interface has an address that leads anywhere. platform: something answered in its place and said no,
   * refused the connection or failed (5xx). line: all between, a captive portal's page included, which answers 200 with HTML.
   */
  #causeOf(failure: SyncError): OfflineCause {
    if (this.#isUnplugged()) return 'machine';
    const answered: readonly SyncError['code'][] = ['refused', 'platform-busy', 'unauthorised', 'rejected'];
    return answered.includes(failure.code) ? 'platform' : 'line';
  }

  #isUnplugged(): boolean {
    return this.#remote && !Object.values(this.#interfaces()).flat().some(leadsAnywhere);
  }

  #set(next: ConnectivityState): void {
    const before = this.status.value;
    if (before.state !== next.state) this.#log?.info({ from: before.state, ...next }, 'connection to the platform');
    this.status.set(next);
  }
}

function pollMs(): number {
  return POLL_MIN_MS + Math.random() * (POLL_MS - POLL_MIN_MS);
}

/** How long the platform wants not to be asked, and up to a tenth more. */
function quietOf(failure: SyncError | undefined): number | undefined {
  const askedMs = failure?.retryAfterMs ?? (failure?.status === TOO_MANY ? QUIET_MS : undefined);
  if (askedMs === undefined) return undefined;
  return Math.min(QUIET_MAX_MS, Math.max(POLL_MS, askedMs)) * (1 + Math.random() / 10);
}

/** What the page says of it. */
export function networkOf(status: ConnectivityState): Pick<View, 'network' | 'offlineCause'> {
  return status.state === 'offline' ? { network: status.state, offlineCause: status.cause } : { network: status.state };
}

/** A link-local address is what a machine gives itself when nobody else does: a cable, but no network. */
function leadsAnywhere(item: NetworkInterfaceInfo | undefined): boolean {
  return item !== undefined && !item.internal && !/^(169\.254\.|fe[89ab])/i.test(item.address);
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}
