import { DeviceError } from './errors.ts';
import { backoffMs, sleep, unlessAborted, within } from './timing.ts';
import type { Channel, Transport } from './transport.ts';

/** A local device costs nothing to try again, and one that was plugged in must be ready within three seconds. */
const RETRY_CAP_MS = 1_000;
/** From a reset to the device's first answer; the slowest of them restart in some seconds. */
const RESET_MS = 10_000;

/** What a connection opens: a byte line, or a service that carries messages. */
export interface Opener<C> extends Pick<Transport, 'name' | 'appeared' | 'reset'> {
  /** As a transport's. */
  open(signal: AbortSignal): Promise<C>;
}

/** What a driver does with its line. */
export interface ConnectionLife<C = Channel> {
  /**
   * Speaks to the device until that is over, and ends only by rejecting. `connected` is called whenever the device has
   * answered as it should.
   */
  serve(channel: C, signal: AbortSignal, connected: () => void): Promise<never>;
  /**
   * The line is of no more use: waiting callers are let go with `failure`, and the status says so. Called before the channel
   * is closed, and where it could not be opened. `stopping`: `run` is about to end, and nothing is tried again.
   */
  ended(failure: DeviceError, next: { readonly retryInMs: number } | 'stopping'): void;
}

/**
 * Keeps a device connected: opens its line, lets the driver serve it, and opens it again. The first rung of the recovery
 * ladder, and the second, as a reset is a connection that begins with one.
 *
 *   opening ──► serving ──failure, loss, reset──► pausing ──► opening      any ──► over
 */
export class Connection<C extends Pick<Channel, 'close'> = Channel> {
  readonly #transport: Opener<C>;
  readonly #life: ConnectionLife<C>;
  #failures = 0;
  #restart = new AbortController();
  #resetWanted = false;
  #running = false;
  #waiting: { resolve: () => void; reject: (error: DeviceError) => void }[] = [];

  constructor(transport: Opener<C>, life: ConnectionLife<C>) {
    this.#transport = transport;
    this.#life = life;
  }

  get name(): string {
    return this.#transport.name;
  }

  /** Until `signal` aborts. Never rejects, and leaves nothing open. */
  async run(signal: AbortSignal): Promise<void> {
    this.#running = true;
    while (!signal.aborted) {
      const restart = new AbortController();
      this.#restart = restart;
      let channel: C | undefined;
      try {
        channel = await this.#transport.open(signal);
        restart.signal.throwIfAborted(); // a line that was opened meanwhile is not the one that a reset promises
        await unlessAborted(
          [restart.signal],
          this.#life.serve(channel, signal, () => this.#connected()),
        );
      } catch (error) {
        const failure = signal.aborted
          ? new DeviceError('canceled', `${this.#transport.name}: the driver was stopped`)
          : DeviceError.from(error);
        const retryInMs = restart.signal.aborted ? 0 : backoffMs(this.#failures, RETRY_CAP_MS);
        this.#failures += 1;
        this.#life.ended(failure, signal.aborted ? 'stopping' : { retryInMs });
        await channel?.close();
        if (!restart.signal.aborted) this.#settle((waiting) => waiting.reject(failure));
        await this.#pause(retryInMs, signal, restart.signal);
      }
    }
    this.#running = false;
    this.#settle((waiting) => waiting.reject(new DeviceError('canceled', `${this.name}: the driver was stopped`)));
  }

  /**
   * Drops the line, resets the far side through the bus where there is one, and connects again. Resolves once the device has
   * answered; rejects with what kept it from doing so, or with the signal's reason.
   */
  async reset(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#running) throw new DeviceError('canceled', `${this.name}: the driver does not run`);
    const answered = new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#resetWanted = true;
    this.#restart.abort(new DeviceError('canceled', `${this.name}: reset`));
    await within(RESET_MS, `${this.name}: reset`, [signal], answered);
  }

  #connected(): void {
    this.#failures = 0;
    this.#settle((waiting) => waiting.resolve());
  }

  #settle(end: (waiting: { resolve: () => void; reject: (error: DeviceError) => void }) => void): void {
    for (const waiting of this.#waiting.splice(0)) end(waiting);
  }

  /** As long as it takes until trying again makes sense: a bus that sees the device come says so. */
  async #pause(ms: number, signal: AbortSignal, restart: AbortSignal): Promise<void> {
    const enough = new AbortController();
    const { appeared, reset } = this.#transport;
    const pauses = [sleep(ms, signal, restart, enough.signal)];
    if (appeared) pauses.push(appeared.call(this.#transport, enough.signal));
    await Promise.race(pauses).catch(() => undefined);
    enough.abort();
    if (!this.#resetWanted || signal.aborted) return;
    await reset?.call(this.#transport, signal).catch(() => undefined); // connecting shows whether it helped
    this.#resetWanted = false; // whoever has asked for one meanwhile has got it
  }
}
