/**
 * Holds at most one camera frame: the newest. Whoever wants one waits for it and asks the page to send the next, so a fast
 * camera never piles up frames behind a slow check.
 */
export class FrameBox {
  #waiting: ((frame: Uint8Array) => void) | undefined;
  #wanted: () => void = () => undefined;

  /** What to do when a frame is wanted: ask the page. */
  onWanted(ask: () => void): void {
    this.#wanted = ask;
    this.askAgain();
  }

  /** Another page is there, which has not heard that a frame is waited for. */
  askAgain(): void {
    if (this.#waiting) this.#wanted();
  }

  /** A frame from the page; dropped when nobody is waiting. */
  put(frame: Uint8Array): void {
    this.#waiting?.(frame);
  }

  /** The next frame to arrive. Rejects with the signal's reason. */
  async next(signal: AbortSignal): Promise<Uint8Array> {
    signal.throwIfAborted();
    return await new Promise<Uint8Array>((resolve, reject) => {
      const take = (frame: Uint8Array): void => {
        this.#waiting = undefined;
        signal.removeEventListener('abort', onAbort);
        resolve(frame);
      };
      const onAbort = (): void => {
        if (this.#waiting === take) this.#waiting = undefined;
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting = take;
      this.#wanted();
    });
  }
}
