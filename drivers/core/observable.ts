/** A value that can be watched. Setting it to an equal value (by `Object.is`) tells nobody. */
export class Observable<T> {
  #value: T;
  readonly #listeners = new Set<(value: T) => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of [...this.#listeners]) listener(value);
  }

  /** Calls `listener` for every later value, not for the present one. The returned function ends it. */
  subscribe(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The first value, the present one included, that `wanted` accepts. Rejects with the signal's reason. */
  async until(wanted: (value: T) => boolean, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    if (wanted(this.#value)) return this.#value;
    return await new Promise<T>((resolve, reject) => {
      const settle = (finish: () => void): void => {
        unsubscribe();
        signal.removeEventListener('abort', onAbort);
        finish();
      };
      const onAbort = (): void => settle(() => reject(signal.reason));
      const unsubscribe = this.subscribe((value) => {
        if (wanted(value)) settle(() => resolve(value));
      });
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}
