/** How long a page waits for a touch, and how long before the end it warns (WCAG 2.2.1: at least 20 s to answer). */
export interface Allowance {
  readonly ms: number;
  readonly warnMs: number;
}

/**
 * The resident's time on a page, by the monotonic clock. `onWarn` comes once before the end, `onEnd` at it; a touch starts
 * over. No allowance: nothing runs out.
 */
export class IdleClock {
  readonly #onWarn: () => void;
  readonly #onEnd: () => void;
  #allowance: Allowance | undefined;
  #endsAtMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(onWarn: () => void, onEnd: () => void) {
    this.#onWarn = onWarn;
    this.#onEnd = onEnd;
  }

  /** The allowance of another page. */
  allow(allowance: Allowance | undefined): void {
    this.#allowance = allowance;
    this.touch();
  }

  touch(): void {
    clearTimeout(this.#timer);
    if (!this.#allowance) return;
    const { ms, warnMs } = this.#allowance;
    this.#endsAtMs = performance.now() + ms;
    this.#timer = setTimeout(() => this.#warn(warnMs), ms - warnMs);
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

  #warn(warnMs: number): void {
    this.#timer = setTimeout(this.#onEnd, warnMs);
    this.#onWarn();
  }
}
