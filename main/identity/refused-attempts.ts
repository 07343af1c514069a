import { createHmac, randomBytes } from 'node:crypto';

/** As long as it takes to find a clerk. */
const REMEMBERED_MS = 15 * 60_000;
/** A terminal reads some hundred cards a day. */
const CARDS_MAX = 1_000;

/**
 * How often the face before the camera was refused for a card, so that leaving and laying it down again gives no further attempts.
 * In memory only, under a key that ends with this process: neither whose card nor which number can be told from it.
 */
export class RefusedAttempts {
  readonly #max: number;
  readonly #nowMs: () => number;
  readonly #key = randomBytes(32);
  readonly #refusedAtMs = new Map<string, number[]>();

  /** `nowMs`: any clock that only goes forward. */
  constructor(max: number, nowMs: () => number = () => performance.now()) {
    this.#max = max;
    this.#nowMs = nowMs;
  }

  left(idNumber: string): number {
    return Math.max(0, this.#max - this.#recent(this.#name(idNumber)).length);
  }

  count(idNumber: string): void {
    const name = this.#name(idNumber);
    const recent = [...this.#recent(name), this.#nowMs()];
    this.#refusedAtMs.delete(name);
    this.#refusedAtMs.set(name, recent);
    const [oldest] = this.#refusedAtMs.keys();
    if (this.#refusedAtMs.size > CARDS_MAX && oldest !== undefined) this.#refusedAtMs.delete(oldest);
  }

  /** It was the right person after all. */
  forgive(idNumber: string): void {
    this.#refusedAtMs.delete(this.#name(idNumber));
  }

  #recent(name: string): number[] {
    return (this.#refusedAtMs.get(name) ?? []).filter((atMs) => this.#nowMs() - atMs < REMEMBERED_MS);
  }

  #name(idNumber: string): string {
    return createHmac('sha256', this.#key).update(idNumber).digest('base64');
  }
}
