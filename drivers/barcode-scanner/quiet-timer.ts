/** A timer that is so late says that the process stood still; all are a little late. */
const STOOD_STILL_MS = 10;
/** A process that stands still again and again, as a starved one does, must come to an end too. */
const WAITS_MAX = 5;

/**
 * Tells when a line has fallen quiet. The wait is taken in two halves, and the second again where it was late: after the process
 * stood still for a while a timer is due before the bytes that came meanwhile are read, and must not end a code of which the rest
 * has already arrived.
 */
export class QuietTimer {
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** From now; whatever was waited for before no longer happens. */
  start(ms: number, onQuiet: () => void): void {
    this.stop();
    const firstMs = Math.ceil(ms / 2);
    this.#timer = setTimeout(() => this.#waitOn(ms - firstMs, onQuiet, WAITS_MAX), firstMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #waitOn(ms: number, onQuiet: () => void, waitsLeft: number): void {
    const dueMs = performance.now() + ms;
    this.#timer = setTimeout(() => {
      if (waitsLeft > 1 && performance.now() - dueMs >= STOOD_STILL_MS) {
        this.#waitOn(ms, onQuiet, waitsLeft - 1);
        return;
      }
      this.#timer = undefined;
      onQuiet();
    }, ms);
  }
}
