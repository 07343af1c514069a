/**
 * Tells when a line has fallen quiet. The wait is taken in two halves: after the process stood still for a while a timer is
 * due before the bytes that came meanwhile are read, and must not end a code of which the rest has already arrived.
 */
export class QuietTimer {
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** From now; whatever was waited for before no longer happens. */
  start(ms: number, onQuiet: () => void): void {
    this.stop();
    const firstMs = Math.ceil(ms / 2);
    this.#timer = setTimeout(() => {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        onQuiet();
      }, ms - firstMs);
    }, firstMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
