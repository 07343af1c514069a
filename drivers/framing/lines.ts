/** A line without its end, or `too-long`: one that was dropped, up to and with its end. */
export type ReceivedLine = { readonly kind: 'line'; readonly bytes: Uint8Array } | { readonly kind: 'too-long' };

/** Cuts a stream into lines that end with `end`. Never throws, and holds no more than `maxBytes`. */
export class LineDecoder {
  readonly #end: number;
  readonly #maxBytes: number;
  #rest: Buffer = Buffer.alloc(0);
  #dropping = false;

  constructor({ end, maxBytes }: { readonly end: number; readonly maxBytes: number }) {
    this.#end = end;
    this.#maxBytes = maxBytes;
  }

  push(chunk: Uint8Array): ReceivedLine[] {
    const buffer = Buffer.concat([this.#rest, chunk]);
    const received: ReceivedLine[] = [];
    let at = 0;
    for (;;) {
      const end = buffer.indexOf(this.#end, at);
      if (end < 0) break;
      const dropped = this.#dropping || end - at > this.#maxBytes;
      received.push(
        dropped ? { kind: 'too-long' } : { kind: 'line', bytes: Uint8Array.from(buffer.subarray(at, end)) },
      );
      this.#dropping = false;
      at = end + 1;
    }
    this.#dropping ||= buffer.length - at > this.#maxBytes;
    this.#rest = this.#dropping ? Buffer.alloc(0) : Buffer.from(buffer.subarray(at)); // a copy, not a view of the chunk
    return received;
  }

  /** Forgets a line that has begun. */
  discard(): void {
    this.#rest = Buffer.alloc(0);
    this.#dropping = false;
  }

  /** How many bytes wait for the end of their line. */
  get heldBytes(): number {
    return this.#rest.length;
  }
}
