export interface Rate {
  /** Deliveries that the platform does in a second; more are told when to come again. */
  readonly perSecond: number;
  /** How many it does at once after a pause. */
  readonly burst: number;
}

/** A token bucket. Whoever finds it empty is told to come when those who were told so before will have been served. */
export class TokenBucket {
  readonly #rate: Rate;
  readonly #now: () => Date;
  #tokens: number;
  #filledAtMs: number;
  /** Told to come again, and not seen since. */
  #waiting = 0;

  constructor(rate: Rate, now: () => Date) {
    this.#rate = rate;
    this.#now = now;
    this.#tokens = rate.burst;
    this.#filledAtMs = now().getTime();
  }

  /** Takes a token; else gives the seconds to wait, 1 to 600. */
  take(): number | undefined {
    const { perSecond, burst } = this.#rate;
    const nowMs = this.#now().getTime();
    this.#tokens = Math.min(burst, this.#tokens + (Math.max(0, nowMs - this.#filledAtMs) / 1_000) * perSecond);
    this.#filledAtMs = nowMs;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      this.#waiting = Math.max(0, this.#waiting - 1);
      return undefined;
    }
    this.#waiting += 1;
    return Math.min(600, Math.max(1, Math.ceil(this.#waiting / perSecond)));
  }
}
