import type { Database } from 'better-sqlite3';
import { z } from 'zod';
import { chainHash, chainStart } from '../audit/chain.ts';
import { readEntry } from '../audit/entry.ts';
import { auditSeals } from './audit.ts';
import type { Cipher } from './cipher.ts';
import { isDamage } from './readable-rows.ts';

const bytes = z.instanceof(Uint8Array);
const entryRow = z.object({
  seq: z.int(),
  entry: z.string(),
  hash: bytes,
  seal: bytes,
  head: bytes.nullable(),
});
type EntryRow = z.infer<typeof entryRow>;
const lastRow = z.object({ seq: z.int(), hash: bytes });

/**
 * Brings over the entries that follow the last one of `restored` without a gap, each with its hash and seal. The last gets
 * its head only where `damaged` says that it is the last: where entries may be missing, the next one says that they are.
 */
export function salvageAudit(damaged: Database, restored: Database, cipher: Cipher): void {
  const insert = restored.prepare<[number, string, Uint8Array, Uint8Array]>(
    'INSERT INTO audit (seq, entry, hash, seal) VALUES (?, ?, ?, ?)',
  );
  let last = lastOf(restored);
  let head: Uint8Array | null = null;
  for (const row of entriesFrom(damaged, last.seq)) {
    if (row.seq === last.seq) {
      if (!isSame(row.hash, last.hash)) break; // another chain
    } else {
      if (!follows(row, last, cipher)) break;
      insert.run(row.seq, row.entry, row.hash, row.seal);
      last = row;
    }
    head = row.head;
  }
  if (head) restored.prepare<[Uint8Array, number]>('UPDATE audit SET head = ? WHERE seq = ?').run(head, last.seq);
}

/** Nobody can say that the copy's last entry is the last, until the damaged database has said so. */
export function doubtAudit(restored: Database): void {
  restored.prepare('UPDATE audit SET head = NULL WHERE head IS NOT NULL').run();
}

function lastOf(database: Database): { readonly seq: number; readonly hash: Uint8Array } {
  const row = database.prepare('SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1').get();
  return lastRow.optional().parse(row) ?? { seq: 0, hash: chainStart };
}

/** Entry by entry, as there may be years of them; up to the first that cannot be read. */
function* entriesFrom(damaged: Database, seq: number): Generator<EntryRow> {
  try {
    const select = damaged.prepare<[number], unknown>('SELECT * FROM audit NOT INDEXED WHERE seq >= ? ORDER BY seq');
    for (const row of select.iterate(seq)) {
      const { data } = entryRow.safeParse(row);
      if (!data) return;
      yield data;
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
}

function follows(row: EntryRow, last: { readonly seq: number; readonly hash: Uint8Array }, cipher: Cipher): boolean {
  const entry = readEntry(row.entry);
  if (row.seq !== last.seq + 1 || entry?.seq !== row.seq) return false;
  if (!isSame(chainHash(last.hash, row.entry, entry.digest), row.hash)) return false;
  return isSame(auditSeals(cipher, row, entry.digest).entry, row.seal);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
