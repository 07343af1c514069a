import type { Received } from '../visitors.ts';

/**
 * What ends a code. `line`: CR, LF or both, whichever comes. `cr`, `lf`, `crlf`: that alone, and the other
 * characters may stand inside. `gap`: nothing but silence, so that a code of several lines stays whole; the scanner must then
 * add no ending of its own.
 */
export const terminators = ['line', 'cr', 'lf', 'crlf', 'gap'] as const;
export type Terminator = (typeof terminators)[number];

const CR = 0x0d;
const LF = 0x0a;

/** An engine's answer to a command, told from a code by its form. */
export interface Reply {
  /** What was commanded, as far as the engine repeats it; else empty. */
  readonly tag: string;
  readonly status: 'done' | 'out-of-range' | 'unknown' | 'garbled';
  readonly data: Uint8Array;
  readonly sizeBytes: number;
}

/** Whether a reply stands at `at`; `incomplete` while it may still become one. Accepts at most `MAX_REPLY_BYTES`. */
export type ReplyReader = (bytes: Buffer, at: number) => Reply | 'incomplete' | undefined;

/** Twice the longest that an engine says to a query of one setting. */
export const MAX_REPLY_BYTES = 256;

export type Heard = Received | { readonly kind: 'reply'; readonly reply: Reply };

export interface CodeStreamSettings {
  readonly terminator: Terminator;
  /** Without its ending, but with an identifier before it. */
  readonly maxCodeBytes: number;
  readonly readReply: ReplyReader;
  /** A byte that the engine sends alone, as a sign of life. */
  readonly heartbeat?: number | undefined;
}

/**
 * Tells codes and replies apart in a stream that is cut anywhere. A reply is one where a code could begin; the awaited one
 * also inside or behind a code, which goes on after it. Never throws, and holds no more than one code. Keeps no time: whoever
 * feeds it says when the line has been quiet.
 *
 *   empty ──byte──► perhaps a reply ──► reply        fate of a code: wanted ──disown──► disowned
 *                      └──────► code ──end──► empty                    └──too long, given up──► told
 */
export class CodeStream {
  /** Accepts the reply that is being waited for. */
  awaited: ((reply: Reply) => boolean) | undefined;
  readonly #settings: CodeStreamSettings;
  #held: Buffer = Buffer.alloc(0);
  /** Whether what is held, or still to come, belongs to a code. */
  #inCode = false;
  #fate: 'wanted' | 'disowned' | 'told' = 'wanted';

  constructor(settings: CodeStreamSettings) {
    this.#settings = settings;
  }

  get heldBytes(): number {
    return this.#held.length;
  }

  /** Something has begun and not ended. */
  get isUnderWay(): boolean {
    return this.#inCode || this.#held.length > 0;
  }

  push(chunk: Uint8Array): Heard[] {
    return this.#takeApart(Buffer.concat([this.#held, chunk]));
  }

  /** The code under way belongs to nobody who comes now. */
  disown(): void {
    if (this.isUnderWay && this.#fate === 'wanted') this.#fate = 'disowned';
  }

  /** The line has been quiet for as long as `gap` means. */
  quiet(): Heard[] {
    const held = this.#held;
    if (held.length === 1 && held[0] === this.#settings.heartbeat) {
      this.#begin();
      return [];
    }
    if (!this.isUnderWay) return [];
    this.#inCode = true; // a reply would have come whole
    if (this.#settings.terminator !== 'gap') return this.#takeApart(held);
    this.#held = Buffer.alloc(0);
    return this.#finish(held);
  }

  /** The end of the code under way is not coming any more, or late: what comes up to it belongs to no code. */
  giveUp(): Heard[] {
    if (!this.isUnderWay) return [];
    const told = this.#fate === 'told';
    this.#held = Buffer.alloc(0);
    this.#inCode = true;
    this.#fate = 'told';
    return told ? [] : [{ kind: 'forgotten' }];
  }

  /** Whatever comes next is something new. */
  #begin(): void {
    this.#held = Buffer.alloc(0);
    this.#inCode = false;
    this.#fate = 'wanted';
  }

  /** Long enough after `giveUp` that nothing of it can still be on its way. */
  startAnew(): void {
    this.#begin();
  }

  #takeApart(all: Buffer): Heard[] {
    const heard: Heard[] = [];
    let buffer = all;
    let at = 0;
    while (at < buffer.length) {
      const reply = this.#inCode ? undefined : this.#settings.readReply(buffer, at);
      if (reply === 'incomplete') break;
      if (reply && !this.#hidesAwaited(buffer, at, reply)) {
        heard.push({ kind: 'reply', reply });
        this.#fate = 'wanted';
        at += reply.sizeBytes;
        continue;
      }
      this.#inCode = true;
      const ending = this.#ending(buffer, at);
      const inside = this.#awaitedReply(buffer, at, ending?.at ?? buffer.length);
      if (inside) {
        heard.push({ kind: 'reply', reply: inside.reply });
        buffer = Buffer.concat([buffer.subarray(0, inside.at), buffer.subarray(inside.at + inside.reply.sizeBytes)]);
        continue;
      }
      if (!ending) break;
      heard.push(...this.#finish(buffer.subarray(at, ending.at)));
      at = ending.next;
    }
    const rest = buffer.subarray(at);
    const tooLong = this.#inCode && rest.length > this.#settings.maxCodeBytes;
    if (tooLong && this.#fate !== 'told') heard.push({ kind: this.#fate === 'wanted' ? 'too-long' : 'forgotten' });
    if (tooLong) this.#fate = 'told';
    // Of what nobody wants, an ending or a reply that has begun is all that matters. A copy, as a view keeps the whole chunk.
    this.#held = Buffer.from(this.#fate === 'told' ? rest.subarray(-MAX_REPLY_BYTES) : rest);
    return heard;
  }

  /** A code of nothing but letters, right before the awaited reply, can look like one long reply. */
  #hidesAwaited(buffer: Buffer, at: number, reply: Reply): boolean {
    return !this.awaited?.(reply) && this.#awaitedReply(buffer, at, at + reply.sizeBytes) !== undefined;
  }

  #finish(bytes: Buffer): Heard[] {
    const fate = this.#fate;
    this.#inCode = false;
    this.#fate = 'wanted';
    if (fate === 'told' || bytes.length === 0) return [];
    if (fate === 'disowned') return [{ kind: 'forgotten' }];
    return bytes.length > this.#settings.maxCodeBytes
      ? [{ kind: 'too-long' }]
      : [{ kind: 'code', bytes: Uint8Array.from(bytes) }];
  }

  #ending(buffer: Buffer, from: number): { readonly at: number; readonly next: number } | undefined {
    const { terminator } = this.#settings;
    if (terminator === 'gap') return undefined;
    for (let at = from; at < buffer.length; at += 1) {
      const isCr = buffer[at] === CR;
      if (terminator === 'crlf' && isCr && buffer[at + 1] === LF) return { at, next: at + 2 };
      if (isCr && (terminator === 'line' || terminator === 'cr')) return { at, next: at + 1 };
      if (buffer[at] === LF && (terminator === 'line' || terminator === 'lf')) return { at, next: at + 1 };
    }
    return undefined;
  }

  #awaitedReply(buffer: Buffer, from: number, to: number): { readonly at: number; readonly reply: Reply } | undefined {
    if (!this.awaited) return undefined;
    const undecided = Math.max(from, this.#held.length - MAX_REPLY_BYTES); // no reply of before reaches into this piece
    for (let at = undecided; at < to; at += 1) {
      const reply = this.#settings.readReply(buffer, at);
      if (typeof reply === 'object' && this.awaited(reply)) return { at, reply };
    }
    return undefined;
  }
}

/** A code as a scanner writes it to its line. */
export function encodeCode(payload: Uint8Array, terminator: Terminator, aim = ''): Uint8Array {
  const ending = { line: '\r\n', cr: '\r', lf: '\n', crlf: '\r\n', gap: '' }[terminator];
  return Buffer.concat([Buffer.from(aim, 'latin1'), payload, Buffer.from(ending)]);
}
