import { createHmac, randomBytes } from 'node:crypto';
import type Database from 'better-sqlite3';
import { z } from 'zod';
import { type ClaimAnswer, type ClaimBody, type DraftBody, draftBody } from '../../main/sync/draft-schemas.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS draft_key (slot INTEGER PRIMARY KEY CHECK (slot = 1), value BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS drafts (
    draft_id TEXT PRIMARY KEY, code TEXT NOT NULL, revision INTEGER NOT NULL, kept_until_ms INTEGER NOT NULL,
    body TEXT, saved_by TEXT NOT NULL, claim_id TEXT, claimed_by TEXT, claimed_until_ms INTEGER
  ) STRICT;
  CREATE INDEX IF NOT EXISTS drafts_code ON drafts (code);
  CREATE TABLE IF NOT EXISTS draft_uses (draft_id TEXT PRIMARY KEY, case_id TEXT NOT NULL, id_number TEXT) STRICT;
`;

const row = z.object({
  draft_id: z.string(),
  revision: z.int(),
  body: z.string().nullable(),
  saved_by: z.string(),
  claim_id: z.string().nullable(),
  claimed_by: z.string().nullable(),
  claimed_until_ms: z.int().nullable(),
});

/** A terminal that took a draft up and went dark gives it back after so long; two cases can still not come of it. */
const CLAIM_MS = 30 * 60_000;
/** Wrong codes that one terminal may ask about within the time. Its own limit is five. */
const GUESSES_MAX = 10;
const GUESSES_WITHIN_MS = 15 * 60_000;

/** Saved applications as the platform keeps them: one claim at a time, one case of each, nothing after its day. */
export class Drafts {
  readonly #database: Database.Database;
  readonly #key: Uint8Array;
  /** Codes that a terminal asked about without getting anything, and when. */
  readonly #guesses = new Map<string, Map<string, number>>();

  constructor(database: Database.Database) {
    this.#database = database;
    database.pragma('secure_delete = ON');
    database.exec(schema);
    database.prepare('INSERT OR IGNORE INTO draft_key VALUES (1, ?)').run(randomBytes(32));
    const { value } = z
      .object({ value: z.instanceof(Uint8Array) })
      .parse(database.prepare('SELECT value FROM draft_key').get());
    this.#key = value;
  }

  /** False where a case was made of it already. A revision that is no news changes nothing. */
  put(draft: DraftBody, terminalId: string): boolean {
    if (this.usedBy(draft.draftId) !== undefined) return false;
    const { claimId, ...kept } = draft;
    this.#database
      .prepare(
        `INSERT INTO drafts (draft_id, code, revision, kept_until_ms, body, saved_by) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (draft_id) DO UPDATE SET code = excluded.code, revision = excluded.revision,
           kept_until_ms = excluded.kept_until_ms, body = excluded.body, saved_by = excluded.saved_by
         WHERE excluded.revision > revision`,
      )
      .run(
        draft.draftId,
        this.#keyed(draft.codeHash),
        draft.revision,
        Date.parse(draft.keptUntil),
        JSON.stringify(kept),
        terminalId,
      );
    if (claimId) {
      this.#database
        .prepare('UPDATE drafts SET claim_id = NULL, claimed_by = NULL WHERE draft_id = ? AND claim_id = ?')
        .run(draft.draftId, claimId);
    }
    return true;
  }

  /** When this terminal may ask again, in seconds; `undefined` while it may. */
  pauseS(terminalId: string, nowMs: number): number | undefined {
    const guesses = this.#guesses.get(terminalId) ?? new Map<string, number>();
    for (const [code, atMs] of guesses) if (nowMs - atMs > GUESSES_WITHIN_MS) guesses.delete(code);
    if (guesses.size < GUESSES_MAX) return undefined;
    return Math.ceil((Math.min(...guesses.values()) + GUESSES_WITHIN_MS - nowMs) / 1_000);
  }

  claim(claim: ClaimBody, terminalId: string, nowMs: number): ClaimAnswer {
    this.#expire(nowMs);
    const answer = this.#find(claim, terminalId, nowMs);
    const guesses = this.#guesses.get(terminalId) ?? new Map<string, number>();
    this.#guesses.set(terminalId, guesses);
    const missed = answer.outcome === 'not-found' || answer.outcome === 'person-required';
    if (missed) guesses.set(claim.codeHash, nowMs);
    else guesses.delete(claim.codeHash);
    return answer;
  }

  remove(draftId: string): void {
    this.#database.prepare('DELETE FROM drafts WHERE draft_id = ?').run(draftId);
  }

  /** Of the drafts that a terminal keeps a copy of: those that it has to forget. */
  gone(draftIds: readonly string[], terminalId: string, nowMs: number): string[] {
    this.#expire(nowMs);
    return draftIds.filter((draftId) => {
      const found = this.#row(draftId);
      if (found?.body == null || this.#isElsewhere(found, terminalId, nowMs)) return true;
      return found.saved_by !== terminalId && found.claimed_by !== terminalId;
    });
  }

  /** The case that was made of it. */
  usedBy(draftId: string): string | undefined {
    const found = this.#database.prepare('SELECT case_id AS caseId FROM draft_uses WHERE draft_id = ?').get(draftId);
    return z.object({ caseId: z.string() }).optional().parse(found)?.caseId;
  }

  /** A case was made of it: its content goes, that it was used stays. */
  use(draftId: string, caseId: string, idNumber: string | undefined): void {
    this.#database
      .prepare('INSERT OR IGNORE INTO draft_uses VALUES (?, ?, ?)')
      .run(draftId, caseId, this.#whose(idNumber));
    this.#database.prepare('UPDATE drafts SET body = NULL WHERE draft_id = ?').run(draftId);
  }

  /** How many are kept, with their content. */
  count(): number {
    const found = this.#database.prepare('SELECT count(*) AS count FROM drafts WHERE body IS NOT NULL').get();
    return z.object({ count: z.int() }).parse(found).count;
  }

  #find({ claimId, codeHash, person }: ClaimBody, terminalId: string, nowMs: number): ClaimAnswer {
    const rows = this.#database.prepare('SELECT * FROM drafts WHERE code = ?').all(this.#keyed(codeHash));
    for (const found of rows.map((each) => row.parse(each))) {
      if (found.body === null) {
        if (person && this.#wasUsedBy(found.draft_id, person.idNumber)) return { outcome: 'submitted' };
        continue;
      }
      const draft = draftBody.parse(JSON.parse(found.body));
      if (draft.person && draft.person.idNumber !== person?.idNumber) continue;
      if (this.#isElsewhere(found, terminalId, nowMs)) return { outcome: 'in-use' };
      this.#database
        .prepare('UPDATE drafts SET claim_id = ?, claimed_by = ?, claimed_until_ms = ? WHERE draft_id = ?')
        .run(claimId, terminalId, nowMs + CLAIM_MS, draft.draftId);
      return { outcome: 'claimed', draft };
    }
    return { outcome: person ? 'not-found' : 'person-required' };
  }

  /** A terminal has one visit at a time: what it took up before is its own to take up again. */
  #isElsewhere(found: z.infer<typeof row>, terminalId: string, nowMs: number): boolean {
    if (found.claimed_by === null) return false;
    return found.claimed_by !== terminalId && nowMs < (found.claimed_until_ms ?? 0);
  }

  #wasUsedBy(draftId: string, idNumber: string): boolean {
    const found = this.#database.prepare('SELECT 1 FROM draft_uses WHERE draft_id = ? AND id_number = ?');
    return found.get(draftId, this.#whose(idNumber)) !== undefined;
  }

  #row(draftId: string): z.infer<typeof row> | undefined {
    return row.optional().parse(this.#database.prepare('SELECT * FROM drafts WHERE draft_id = ?').get(draftId));
  }

  #expire(nowMs: number): void {
    this.#database.prepare('DELETE FROM drafts WHERE kept_until_ms <= ?').run(nowMs);
  }

  #whose(idNumber: string | undefined): string | null {
    return idNumber === undefined ? null : this.#keyed(`person ${idNumber}`);
  }

  #keyed(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('hex');
  }
}
