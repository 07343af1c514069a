/** A camera frame, and when it came in by `performance.now()`. */
export interface TimedFrame {
  readonly frame: Uint8Array;
  readonly atMs: number;
}

/**
 * Camera frames, one ahead: while one is judged the page already takes the next, so that neither waits for the other.
 * `close` when done; it does not wait.
 */
export class FrameFeed {
  readonly #source: (signal: AbortSignal) => Promise<Uint8Array>;
  readonly #signal: AbortSignal;
  readonly #stop = new AbortController();
  readonly #onAbort = (): void => this.#stop.abort(this.#signal.reason);
  #coming: Promise<TimedFrame> | undefined;

  constructor(source: (signal: AbortSignal) => Promise<Uint8Array>, signal: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
    if (signal.aborted) this.#onAbort();
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Rejects with the signal's reason. */
  async next(): Promise<TimedFrame> {
    const coming = this.#coming ?? this.#ask();
    this.#coming = undefined;
    const timed = await coming;
    this.#coming = this.#ask();
    return timed;
  }

  /** The frame that is on its way would be an old one by now. */
  skip(): void {
    this.#coming = undefined;
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#stop.abort();
  }

  #ask(): Promise<TimedFrame> {
    const coming = this.#source(this.#stop.signal).then((frame) => ({ frame, atMs: performance.now() }));
    coming.catch(() => undefined); // told to whoever takes it; nobody may
    return coming;
  }
}
