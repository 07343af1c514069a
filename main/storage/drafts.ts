import { z } from 'zod';
import { type Cipher, openJson, sealJson } from './cipher.ts';
import type { Connection } from './connection.ts';
import { asStorageError, isOfTheRow, storing } from './errors.ts';

export interface NewDraft {
  readonly draftId: string;
  /** `Store.fingerprint` of the code. */
  readonly codeFingerprint: string;
  readonly revision: number;
  /** JSON: what the platform is told. */
  readonly body: unknown;
  readonly keptUntilMs: number;
  /** The visit that continues it; absent where it lies for whoever has the code. */
  readonly heldBy?: string;
  /** The platform has it in this form, so that nothing needs to be sent. */
  readonly confirmed?: boolean;
  /** A new one for each form, as answers of the platform are about the form that was sent under it. */
  readonly idempotencyKey: string;
  readonly dueAtMs: number;
}

/** A draft in the form that it had when this was read: nothing that is said of it is said of a later one. */
export interface DraftForm {
  readonly draftId: string;
  readonly idempotencyKey: string;
}

export interface StoredDraft extends DraftForm {
  readonly codeFingerprint: string;
  readonly revision: number;
  /** To be parsed by whoever knows its shape; `undefined` for one that is done with. */
  readonly body: unknown;
  readonly heldBy: string | undefined;
  /** Of this form, whatever the platform has of earlier ones. */
  readonly upload: 'waiting' | 'done' | 'refused';
  readonly attempts: number;
}

const draftRow = z.object({
  draft_id: z.string(),
  code_fingerprint: z.string(),
  revision: z.int(),
  sealed_body: z.instanceof(Uint8Array).nullable(),
  held_by: z.string().nullable(),
  upload: z.enum(['waiting', 'done', 'refused']),
  idempotency_key: z.string(),
  attempts: z.int(),
});
const formRow = z.object({ draft_id: z.string(), idempotency_key: z.string() });
const dueAtRow = z.object({ due_at_ms: z.int() });
const COLUMNS = 'draft_id, code_fingerprint, revision, sealed_body, held_by, upload, idempotency_key, attempts';

/** Applications that were put aside (草稿), sealed. */
export class Drafts {
  readonly #connection: Connection;
  readonly #cipher: Cipher;
  readonly #statements;

  constructor(connection: Connection, cipher: Cipher) {
    this.#connection = connection;
    this.#cipher = cipher;
    this.#statements = prepareStatements(connection);
  }

  /** Replaces what was there of the draft. On the disk when this returns. */
  save(draft: NewDraft): void {
    const { draftId, codeFingerprint, revision, body, keptUntilMs, heldBy, confirmed, idempotencyKey, dueAtMs } = draft;
    const sealed = sealJson(this.#cipher, body, draftContext(draftId, revision));
    this.#connection.transaction(() =>
      this.#statements.upsert.run({
        draftId,
        codeFingerprint,
        revision,
        sealed,
        keptUntilMs,
        heldBy: heldBy ?? null,
        upload: confirmed ? 'done' : 'waiting',
        idempotencyKey,
        dueAtMs: Math.round(dueAtMs),
      }),
    );
  }

  /** Fails `sealed-data-damaged` where the row does not open. */
  find(draftId: string): StoredDraft | undefined {
    return storing(() => {
      const row = this.#statements.select.get(draftId);
      return row === undefined ? undefined : this.#open(row);
    });
  }

  /** Those that open: a damaged row must not stand in the way of another person's. */
  findByCode(codeFingerprint: string): StoredDraft[] {
    return storing(() => this.#opened(this.#statements.selectByCode.all(codeFingerprint)));
  }

  /** Those that a visit continues. */
  held(): StoredDraft[] {
    return storing(() => this.#opened(this.#statements.selectHeld.all()));
  }

  /** The next that the platform is to be told of, discarded ones included; `undefined` where nothing is due. */
  nextDue(nowMs: number): StoredDraft | (DraftForm & { readonly unreadable: true }) | undefined {
    return storing(() => {
      const row = this.#statements.selectDue.get(nowMs);
      if (row === undefined) return undefined;
      try {
        return this.#open(row);
      } catch (error) {
        if (!isOfTheRow(asStorageError(error))) throw error;
        return { ...formOf(row), unreadable: true };
      }
    });
  }

  nextDueAtMs(): number | undefined {
    return storing(() => dueAtRow.optional().parse(this.#statements.selectNextDue.get())?.due_at_ms);
  }

  /** The platform has it. Nothing happens where it was saved or discarded anew meanwhile: so in the three below. */
  confirm(idempotencyKey: string): void {
    this.#connection.transaction(() => this.#statements.confirm.run(idempotencyKey));
  }

  /** The platform will not take it: it can be continued here alone. */
  refuse(idempotencyKey: string): void {
    this.#connection.transaction(() => this.#statements.refuse.run(idempotencyKey));
  }

  /** `toldToWait`: the platform asked for this delay, so `hasten` leaves it alone. */
  postpone(idempotencyKey: string, dueAtMs: number, toldToWait: boolean): void {
    const due = Math.round(dueAtMs);
    this.#connection.transaction(() => this.#statements.postpone.run(due, toldToWait ? 1 : 0, idempotencyKey));
  }

  /** It is over, or elsewhere. False where it is not this any more that lies here. */
  forget(idempotencyKey: string): boolean {
    return this.#connection.transaction(() => this.#statements.forget.run(idempotencyKey).changes > 0);
  }

  /** Everything that waits, and that the platform did not put off, is due by `dueAtMs`. */
  hasten(dueAtMs: number): void {
    this.#connection.transaction(() => this.#statements.hasten.run({ dueAtMs: Math.round(dueAtMs) }));
  }

  /** Nothing is due later than `latestMs`: a clock that was set back must not put one off for years. */
  limitDelay(latestMs: number): void {
    this.#connection.write(() => this.#statements.limitDelay.run({ dueAtMs: Math.round(latestMs) }));
  }

  /** Done with: its content goes now, the row when the platform has been told. */
  discard(draftId: string, idempotencyKey: string, dueAtMs: number): void {
    this.#connection.transaction(() => this.#statements.discard.run(idempotencyKey, Math.round(dueAtMs), draftId));
  }

  remove(draftId: string): void {
    this.#connection.transaction(() => this.#statements.remove.run(draftId));
  }

  /** Removes what nobody may have any more; says how many that were. What a visit holds has a day's grace, which no visit lasts. */
  expire(nowMs: number): number {
    return this.#connection.transaction(() => this.#statements.expire.run({ nowMs }).changes);
  }

  /** Copies of what the platform has in this very form, and may have given away meanwhile. */
  copies(): DraftForm[] {
    return storing(() => this.#statements.selectCopies.all().map(formOf));
  }

  #opened(rows: unknown[]): StoredDraft[] {
    return rows.flatMap((row) => {
      try {
        return [this.#open(row)];
      } catch (error) {
        if (!isOfTheRow(asStorageError(error))) throw error;
        return [];
      }
    });
  }

  #open(value: unknown): StoredDraft {
    const row = draftRow.parse(value);
    const { draft_id: draftId, revision, sealed_body: sealed, held_by: heldBy, upload, attempts } = row;
    return {
      draftId,
      codeFingerprint: row.code_fingerprint,
      revision,
      body: sealed ? openJson(this.#cipher, sealed, draftContext(draftId, revision)) : undefined,
      heldBy: heldBy ?? undefined,
      upload,
      idempotencyKey: row.idempotency_key,
      attempts,
    };
  }
}

function formOf(row: unknown): DraftForm {
  const { draft_id: draftId, idempotency_key: idempotencyKey } = formRow.parse(row);
  return { draftId, idempotencyKey };
}

/** Where a draft's body is sealed; for whoever moves rows between databases. */
export function draftContext(draftId: string, revision: number): string {
  return `drafts.sealed_body:${draftId}:${revision}`;
}

function prepareStatements(connection: Connection) {
  return {
    upsert: connection.prepare<[Record<string, string | number | Uint8Array | null>]>(
      `INSERT INTO drafts (draft_id, code_fingerprint, revision, sealed_body, kept_until_ms, held_by, upload,
         idempotency_key, due_at_ms)
       VALUES (@draftId, @codeFingerprint, @revision, @sealed, @keptUntilMs, @heldBy, @upload, @idempotencyKey,
         @dueAtMs)
       ON CONFLICT (draft_id) DO UPDATE SET
         code_fingerprint = excluded.code_fingerprint, revision = excluded.revision, sealed_body = excluded.sealed_body,
         kept_until_ms = excluded.kept_until_ms, held_by = excluded.held_by, upload = excluded.upload,
         idempotency_key = excluded.idempotency_key, attempts = 0,
         due_at_ms = excluded.due_at_ms, told_to_wait = 0`,
    ),
    select: connection.prepare<[string]>(`SELECT ${COLUMNS} FROM drafts WHERE draft_id = ?`),
    selectByCode: connection.prepare<[string]>(
      `SELECT ${COLUMNS} FROM drafts WHERE code_fingerprint = ? AND sealed_body IS NOT NULL`,
    ),
    selectHeld: connection.prepare<[]>(`SELECT ${COLUMNS} FROM drafts WHERE held_by IS NOT NULL`),
    selectDue: connection.prepare<[number]>(
      `SELECT ${COLUMNS} FROM drafts WHERE upload = 'waiting' AND held_by IS NULL AND due_at_ms <= ?
       ORDER BY due_at_ms LIMIT 1`,
    ),
    selectNextDue: connection.prepare<[]>(
      `SELECT due_at_ms FROM drafts WHERE upload = 'waiting' AND held_by IS NULL ORDER BY due_at_ms LIMIT 1`,
    ),
    confirm: connection.prepare<[string]>(`UPDATE drafts SET upload = 'done' WHERE idempotency_key = ?`),
    refuse: connection.prepare<[string]>(`UPDATE drafts SET upload = 'refused' WHERE idempotency_key = ?`),
    postpone: connection.prepare<[number, number, string]>(
      'UPDATE drafts SET due_at_ms = ?, told_to_wait = ?, attempts = attempts + 1 WHERE idempotency_key = ?',
    ),
    hasten: connection.prepare<[{ dueAtMs: number }]>(
      `UPDATE drafts SET due_at_ms = @dueAtMs
       WHERE upload = 'waiting' AND told_to_wait = 0 AND due_at_ms > @dueAtMs`,
    ),
    limitDelay: connection.prepare<[{ dueAtMs: number }]>(
      `UPDATE drafts SET due_at_ms = @dueAtMs WHERE upload = 'waiting' AND due_at_ms > @dueAtMs`,
    ),
    discard: connection.prepare<[string, number, string]>(
      `UPDATE drafts SET sealed_body = NULL, held_by = NULL, upload = 'waiting', idempotency_key = ?, attempts = 0,
         due_at_ms = ?, told_to_wait = 0 WHERE draft_id = ?`,
    ),
    remove: connection.prepare<[string]>('DELETE FROM drafts WHERE draft_id = ?'),
    forget: connection.prepare<[string]>('DELETE FROM drafts WHERE idempotency_key = ? AND held_by IS NULL'),
    expire: connection.prepare<[{ nowMs: number }]>(
      'DELETE FROM drafts WHERE kept_until_ms <= @nowMs AND (held_by IS NULL OR kept_until_ms <= @nowMs - 86400000)',
    ),
    selectCopies: connection.prepare<[]>(
      `SELECT draft_id, idempotency_key FROM drafts WHERE upload = 'done' AND held_by IS NULL`,
    ),
  };
}
