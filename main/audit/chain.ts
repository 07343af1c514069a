import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Digest, readEntry } from './entry.ts';

export const hashBytes = 32;
/** What stands before the first entry. */
export const chainStart: Uint8Array = new Uint8Array(hashBytes);

/** One entry as it is stored and exported: as it was found, for `ChainCheck` to judge. */
export const auditLine = z.strictObject({
  seq: z.int(),
  /** The exact text that was hashed; whoever checks must not write it anew. */
  entry: z.string(),
  /** SHA-256 or SM3, as the entry says, of the hash before and the text; 64 hex digits. */
  hash: z.string(),
  /** 32 hex digits, which only the terminal's key makes. */
  seal: z.string(),
});
export type AuditLine = z.infer<typeof auditLine>;

/** SHA-256 or SM3 of the hash of the entry before, 32 bytes, followed by the text in UTF-8. Anybody can check it. */
export function chainHash(before: Uint8Array, text: string, digest: Digest): Buffer {
  return createHash(digest).update(before).update(text).digest();
}

/**
 * What is wrong with an entry.
 *
 *   unreadable      not the text of an entry
 *   missing         another number stands in its place: it was taken away, or entries changed places
 *   changed         its hash is not that of the entry before and its text
 *   not-sealed      hash and text fit, but were not written by this terminal: whoever did had the file and not the key
 *   told            it is an entry in which the terminal itself says that it found the record broken
 *   cut             it and all after it are gone, or nobody can say that they are not
 */
export const wrongCauses = ['unreadable', 'missing', 'changed', 'not-sealed', 'told', 'cut'] as const;
export const wrongEntry = z.object({ seq: z.int().positive(), why: z.enum(wrongCauses) });
export type WrongEntry = z.infer<typeof wrongEntry>;

/** The seal that a line ought to have, in hex. Needs the terminal's key. */
export type SealOf = (seq: number, digest: Digest, hash: Uint8Array) => string;

/** Goes along a chain from entry 1, line by line, and stops at the first that is wrong. Without `sealOf` seals are not checked. */
export class ChainCheck {
  readonly #sealOf: SealOf | undefined;
  #last: Uint8Array = chainStart;
  #seq = 0;
  #wrong: WrongEntry | undefined;

  constructor(sealOf?: SealOf) {
    this.#sealOf = sealOf;
  }

  /** How many entries were found sound. */
  get entries(): number {
    return this.#seq;
  }

  get wrong(): WrongEntry | undefined {
    return this.#wrong;
  }

  /** False once an entry is wrong: nothing after it tells anything more. */
  take(line: AuditLine): boolean {
    if (this.#wrong) return false;
    const seq = this.#seq + 1;
    const why = this.#findWrong(line, seq);
    if (why) {
      this.#wrong = { seq, why };
      return false;
    }
    this.#seq = seq;
    return true;
  }

  /** After the last line: it is the one that `head` names, by number and hash, or the first of those that are gone is told. */
  end(head: { readonly seq: number; readonly hash: string } | undefined): WrongEntry | undefined {
    const fits = head?.seq === this.#seq && head.hash === Buffer.from(this.#last).toString('hex');
    if (!fits) this.#wrong ??= { seq: this.#seq + 1, why: 'cut' };
    return this.#wrong;
  }

  #findWrong(line: AuditLine, seq: number): WrongEntry['why'] | undefined {
    if (line.seq !== seq) return 'missing';
    const entry = readEntry(line.entry);
    if (!entry) return 'unreadable';
    if (entry.seq !== seq) return 'missing';
    const hash = chainHash(this.#last, line.entry, entry.digest);
    if (hash.toString('hex') !== line.hash) return 'changed';
    if (this.#sealOf && this.#sealOf(seq, entry.digest, hash) !== line.seal) return 'not-sealed';
    this.#last = hash;
    return entry.kind === 'seal-broken' ? 'told' : undefined;
  }
}
