/** How long a page waits for a touch, and how long before the end it warns (WCAG 2.2.1: at least 20 s to answer). */
export interface Allowance {
  readonly ms: number;
  readonly warnMs: number;
}

/** WCAG 2.2.1 wants ten extensions at least. Who touches on without the visit going on is a cloth, or a panel that is stuck. */
const EXTENSIONS = 10;

/**
 * The resident's time on a page, by the monotonic clock. `onWarn` comes before the end, `onEnd` at it. A touch extends the
 * time, but not for ever. No allowance: nothing runs out.
 */
export class IdleClock {
  readonly #onWarn: () => void;
  readonly #onEnd: () => void;
  #allowance: Allowance | undefined;
  #endsAtMs = 0;
  #endsAtTheLatestMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(onWarn: () => void, onEnd: () => void) {
    this.#onWarn = onWarn;
    this.#onEnd = onEnd;
  }

  /** The allowance of another page. */
  allow(allowance: Allowance | undefined): void {
    this.#allowance = allowance;
    this.startOver();
  }

  /** The visit went on: somebody is there. */
  startOver(): void {
    if (this.#allowance) this.#endsAtTheLatestMs = performance.now() + this.#allowance.ms * (1 + EXTENSIONS);
    this.touch();
  }

  touch(): void {
    clearTimeout(this.#timer);
    if (!this.#allowance) return;
    const { ms, warnMs } = this.#allowance;
    const nowMs = performance.now();
    this.#endsAtMs = Math.min(nowMs + ms, this.#endsAtTheLatestMs);
    this.#timer = setTimeout(() => this.#warn(), this.#endsAtMs - nowMs - warnMs);
  }

  /** What the page counts down; `undefined` where nothing runs out. */
  left(): { ms: number; warning: boolean } | undefined {
    if (!this.#allowance) return undefined;
    const ms = Math.max(0, Math.round(this.#endsAtMs - performance.now()));
    return { ms, warning: ms <= this.#allowance.warnMs };
  }

  stop(): void {
    this.#allowance = undefined;
    clearTimeout(this.#timer);
  }

  #warn(): void {
    this.#timer = setTimeout(this.#onEnd, this.#endsAtMs - performance.now());
    this.#onWarn();
  }
}
