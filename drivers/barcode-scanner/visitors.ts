import { createHash, randomBytes } from 'node:crypto';
import { DeviceError } from '../core/index.ts';
import { type BarcodeScan, type BarcodeSymbology, MAX_PAYLOAD_BYTES } from './contract.ts';
import { symbologyOfAim, textOf } from './payload.ts';

/** What a line has yielded. */
export type Received =
  | {
      readonly kind: 'code';
      readonly bytes: Uint8Array;
      readonly aim?: string;
      /** Where the scanner says it better than its AIM identifier does. */
      readonly symbology?: BarcodeSymbology;
    }
  | { readonly kind: 'too-long' }
  /** A code that began before anybody waited for it, or of which a part is missing. */
  | { readonly kind: 'forgotten' };

/** A scanner that is shown a code for a second reports it more than once. */
const REPEAT_MS = 2_000;

/** Who waits for a code. Of codes that nobody gets, the number is kept and nothing else. */
export class Visitors {
  /** Presented while nobody waited, begun before anybody did, or incomplete. */
  ignoredCodes = 0;
  /** Reported once more to the visitor who had just got them. */
  repeatedCodes = 0;
  #waiting: { readonly visitor: unknown; readonly answer: PromiseWithResolvers<BarcodeScan> } | undefined;
  /** A digest, as nobody's code is kept; salted, so that it says nothing either. */
  #last: { readonly visitor: unknown; readonly digest: string; readonly atMs: number } | undefined;
  readonly #salt = randomBytes(16);

  /** One at a time. `leave` must be called in the end. */
  wait(visitor: unknown): { readonly code: Promise<BarcodeScan>; readonly leave: () => void } {
    const answer = Promise.withResolvers<BarcodeScan>();
    answer.promise.catch(() => undefined); // a visitor who has left hears of nothing
    const waiting = { visitor, answer };
    this.#waiting = waiting;
    const leave = (): void => {
      if (this.#waiting === waiting) this.#waiting = undefined;
    };
    return { code: answer.promise, leave };
  }

  /**
   * What came in one piece. Nobody presents two codes in so short a time: the earlier one was held back somewhere, and may
   * have been an earlier visitor's. The last one counts.
   */
  take(received: readonly Received[]): void {
    const waiting = this.#waiting;
    const wanted = waiting ? received.filter((each) => each.kind !== 'forgotten') : [];
    const fresh = wanted.filter((each) => each.kind !== 'code' || !this.#isRepeat(each.bytes));
    this.repeatedCodes += wanted.length - fresh.length;
    this.ignoredCodes += received.length - (wanted.length - fresh.length);
    const last = fresh.at(-1);
    if (!waiting || !last) return;
    this.ignoredCodes -= 1;
    this.#waiting = undefined;
    if (last.kind === 'too-long') {
      waiting.answer.reject(new DeviceError('invalid-media', `a code of more than ${MAX_PAYLOAD_BYTES} bytes`));
      return;
    }
    this.#last = { visitor: waiting.visitor, digest: this.#digest(last.bytes), atMs: performance.now() };
    const symbology = last.symbology ?? (last.aim === undefined ? undefined : symbologyOfAim(last.aim));
    waiting.answer.resolve({
      text: textOf(last.bytes),
      bytes: Uint8Array.from(last.bytes),
      ...(last.aim !== undefined && { aim: last.aim }),
      ...(symbology !== undefined && { symbology }),
    });
  }

  #isRepeat(bytes: Uint8Array): boolean {
    const last = this.#last;
    if (!last || last.visitor !== this.#waiting?.visitor || performance.now() - last.atMs > REPEAT_MS) return false;
    return last.digest === this.#digest(bytes);
  }

  #digest(bytes: Uint8Array): string {
    return createHash('sha256').update(this.#salt).update(bytes).digest('base64');
  }
}
