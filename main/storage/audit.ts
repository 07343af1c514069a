import { z } from 'zod';
import { type AuditLine, auditLine, ChainCheck, chainHash, chainStart } from '../audit/chain.ts';
import { type AuditAct, type AuditEntry, type Digest, entryText, readEntry } from '../audit/entry.ts';
import { type Cipher, openJson, type Suite, sealJson } from './cipher.ts';
import type { Connection } from './connection.ts';
import { storing } from './errors.ts';

/** Of each seal, half of a keyed hash: 128 bits. */
const SEAL_BYTES = 16;
const digestOf: Readonly<Record<Suite, Digest>> = { 'aes-256-gcm': 'sha256', 'sm4-ctr-hmac-sm3': 'sm3' };
const suiteOf: Readonly<Record<Digest, Suite>> = { sha256: 'aes-256-gcm', sm3: 'sm4-ctr-hmac-sm3' };

const lastRow = z.object({
  seq: z.int(),
  entry: z.string(),
  hash: z.instanceof(Uint8Array),
  head: z.instanceof(Uint8Array).nullable(),
});
type LastRow = z.infer<typeof lastRow>;

/** The last entry, by number and hash (hex). `sealed`: that it is the last was written by this terminal. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
  readonly sealed: boolean;
}

interface Place {
  readonly seq: number;
  readonly hash: Uint8Array;
}

/**
 * The record of acts: only added to, each entry chained to the one before by a hash that anybody can check, and sealed with the
 * key of this terminal, so that who has the file and not the key can neither change it nor make it anew. Which entry is the last
 * is sealed too: a tail that was cut off is missed.
 */
export class Audit {
  readonly #connection: Connection;
  readonly #cipher: Cipher;
  readonly #now: () => Date;
  readonly #statements;
  /** The head that this process wrote or has checked. Another one is checked before anything is added to it. */
  #trusted: Uint8Array | undefined;
  #brokenAfter: number | undefined;

  /** `now`: what an act is dated with that brings no instant of its own. */
  constructor(connection: Connection, cipher: Cipher, now: () => Date) {
    this.#connection = connection;
    this.#cipher = cipher;
    this.#now = now;
    this.#statements = {
      insert: connection.prepare<[number, string, Uint8Array, Uint8Array, Uint8Array]>(
        'INSERT INTO audit (seq, entry, hash, seal, head) VALUES (?, ?, ?, ?, ?)',
      ),
      clearHead: connection.prepare<[number]>('UPDATE audit SET head = NULL WHERE seq = ?'),
      selectLast: connection.prepare<[]>('SELECT seq, entry, hash, head FROM audit ORDER BY seq DESC LIMIT 1'),
      selectPage: connection.prepare<[number, number]>(
        // As text, whatever somebody put there: a check names the entry, where a refused row would name nothing.
        `SELECT seq, CAST(entry AS TEXT) AS entry, lower(hex(hash)) AS hash, lower(hex(seal)) AS seal
         FROM audit WHERE seq > ? ORDER BY seq LIMIT ?`,
      ),
    };
  }

  /** The last entry when this process found that the record was broken; `undefined` where it has not. */
  get brokenAfter(): number | undefined {
    return this.#brokenAfter;
  }

  /** In which new entries are chained and sealed. */
  get suite(): Suite {
    return this.#cipher.suite;
  }

  /**
   * Records an act, as part of the transaction under way: both are on the disk or neither is. Without one it is a transaction
   * of its own. A record that was tampered with gets an entry that says so first. Throws a StorageError.
   */
  append(act: AuditAct): void {
    this.#connection.joined(() => {
      const last = this.#last();
      const why = last && this.#whyBroken(last);
      const place = last ?? { seq: 0, hash: chainStart };
      if (why === undefined) {
        this.#add(place, act);
        return;
      }
      this.#brokenAfter = place.seq;
      this.#add(this.#add(place, { kind: 'seal-broken', detail: { why, lastEntry: place.seq } }), act);
    });
  }

  /** `undefined` before the first entry. */
  head(): AuditHead | undefined {
    return storing(() => {
      const last = this.#last();
      if (!last) return undefined;
      const { seq, hash } = last;
      return { seq, hash: Buffer.from(hash).toString('hex'), sealed: this.#whyBroken(last) === undefined };
    });
  }

  /** Up to `limit` entries after number `after`, as they are stored: not checked. */
  page(after: number, limit: number): AuditLine[] {
    return storing(() => this.#statements.selectPage.all(after, limit).map((row) => auditLine.parse(row)));
  }

  /** A check, with this terminal's key, of the entries that `page` gives. */
  check(): ChainCheck {
    return new ChainCheck((seq, digest, hash) => this.#sealsOf({ seq, hash }, digest).entry.toString('hex'));
  }

  #last(): LastRow | undefined {
    return lastRow.optional().parse(this.#statements.selectLast.get());
  }

  /** Whoever cut off the tail, or put something there, could not seal what is the last entry now. */
  #whyBroken({ seq, entry: text, hash, head }: LastRow): string | undefined {
    if (!head) return 'head-missing';
    const found = Buffer.concat([bodyOf({ seq, hash }), head]);
    if (this.#trusted && Buffer.compare(found, this.#trusted) === 0) return undefined;
    const entry = readEntry(text);
    if (!entry || Buffer.compare(this.#sealsOf({ seq, hash }, entry.digest).head, head) !== 0) return 'head-not-sealed';
    this.#trusted = found;
    return undefined;
  }

  #add(before: Place, act: AuditAct): Place {
    const seq = before.seq + 1;
    const digest = digestOf[this.#cipher.suite];
    const text = entryText(seq, digest, this.#withSecret(seq, act), this.#now().toISOString());
    const hash = chainHash(before.hash, text, digest);
    const { entry, head } = this.#sealsOf({ seq, hash }, digest);
    this.#statements.clearHead.run(before.seq);
    this.#statements.insert.run(seq, text, hash, entry, head);
    this.#trusted = Buffer.concat([bodyOf({ seq, hash }), head]);
    return { seq, hash };
  }

  /** What `secret` of an act was; `undefined` where the entry has none. Throws StorageError `sealed-data-damaged`. */
  secretOf({ seq, detail }: Pick<AuditEntry, 'seq' | 'detail'>): Readonly<Record<string, number>> | undefined {
    const { sealed } = detail;
    if (typeof sealed !== 'string') return undefined;
    return storing(() => secret.parse(openJson(this.#cipher, Buffer.from(sealed, 'base64'), secretAt(seq))));
  }

  #withSecret(seq: number, act: AuditAct): AuditAct {
    if (!act.secret || Object.keys(act.secret).length === 0) return act;
    const sealed = Buffer.from(sealJson(this.#cipher, act.secret, secretAt(seq))).toString('base64');
    return { ...act, detail: { ...act.detail, sealed } };
  }

  #sealsOf(place: Place, digest: Digest): { entry: Buffer; head: Buffer } {
    return auditSeals(this.#cipher, place, digest);
  }
}

const secret = z.record(z.string(), z.int());
/** An entry's own number is its place: sealed words that are moved to another entry do not open there. */
const secretAt = (seq: number): string => `audit.entry.${seq}`;

/**
 * The halves of one keyed hash. The entry keeps the first. The second, the head, stands there only while the entry is the
 * last: who cuts off the tail cannot make the head of the entry before.
 */
export function auditSeals(cipher: Cipher, place: Place, digest: Digest): { entry: Buffer; head: Buffer } {
  const mac = Buffer.from(cipher.mac(bodyOf(place), 'audit', suiteOf[digest]));
  return { entry: mac.subarray(0, SEAL_BYTES), head: mac.subarray(SEAL_BYTES) };
}

/** SEQ u64, big-endian | HASH 32 bytes. */
function bodyOf({ seq, hash }: Place): Buffer {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(seq));
  return Buffer.concat([number, hash]);
}
