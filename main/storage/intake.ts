import { z } from 'zod';
import type { AuditAct } from '../audit/entry.ts';
import type { Audit } from './audit.ts';
import type { CaseRecord, Cases } from './cases.ts';
import type { Cipher } from './cipher.ts';
import type { Connection } from './connection.ts';
import { asStorageError, isOfTheRow, StorageError } from './errors.ts';
import { bodyContext, type Jobs } from './jobs.ts';

/** A slot that is taken. `sealed_body` is sealed as it will stand in the job, whose key is the case's id. */
export const intakeRow = z.object({
  case_id: z.string(),
  case_number: z.string(),
  service_id: z.string(),
  visit_id: z.string(),
  accepted_at: z.iso.datetime(),
  deliver_by: z.string().nullable(),
  sealed_body: z.instanceof(Uint8Array),
});

export interface IntakeTables {
  readonly cases: Cases;
  readonly jobs: Jobs;
  readonly audit: Audit;
}

/**
 * The way of an accepted case into the store. Its rows are a case, a job and an entry in the record of acts, which with their
 * indexes are eight pages to write and flush while a resident waits. So it is first put down whole on one page that is there
 * already, and becomes those rows before anything else is asked or written, after a crash too. Nobody sees a case that is
 * accepted and not in the tables, but on a full disk: there it waits for room, and the queue before it is sent.
 */
export class Intake {
  readonly #connection: Connection;
  readonly #cipher: Cipher;
  readonly #tables: IntakeTables;
  /** Ids and numbers of all cases that there were since the start: of these the tables are asked, also where they have forgotten one. */
  readonly #known = new Set<string>();
  #next = 0;
  readonly #take;
  readonly #selectTaken;
  readonly #free;

  constructor(connection: Connection, cipher: Cipher, tables: IntakeTables) {
    this.#connection = connection;
    this.#cipher = cipher;
    this.#tables = tables;
    this.#take = connection.prepareAhead<[string, string, string, string, string, string | null, Uint8Array, number]>(
      `UPDATE intake SET case_id = ?, case_number = ?, service_id = ?, visit_id = ?, accepted_at = ?, deliver_by = ?,
         sealed_body = ?
       WHERE slot = ?`,
    );
    this.#selectTaken = connection.prepare<[]>('SELECT * FROM intake WHERE case_id IS NOT NULL ORDER BY slot');
    // As large as before, so that the slot keeps its page to itself.
    this.#free = connection.prepare<[]>(
      `UPDATE intake SET case_id = NULL, case_number = NULL, service_id = NULL, visit_id = NULL, accepted_at = NULL,
         deliver_by = NULL, sealed_body = zeroblob(3072)
       WHERE case_id IS NOT NULL`,
    );
  }

  /**
   * Makes rows of what the process before put down; to be called before any other write. Where there is no room for them they
   * wait, and nothing is put down meanwhile. Throws a StorageError.
   */
  fileLeftBehind(): void {
    this.#connection.putOff(() => this.#file());
    try {
      this.#connection.catchUp();
    } catch (error) {
      if (!(error instanceof StorageError && error.code === 'full')) throw error;
    }
    for (const { caseId, caseNumber } of this.#tables.cases.names()) this.#known.add(caseId).add(caseNumber);
  }

  /**
   * Puts a case down. When this returns true, it is on the disk. False where that is not for the intake to decide: the case,
   * or its number, is known, no slot is left, a transaction is under way, which it must not outlive, or the disk has been full: a
   * slot would take the last room, and its rows, by which it is sent, need ten times as much. Throws a StorageError.
   */
  take(record: CaseRecord, body: Uint8Array): boolean {
    if (this.#connection.isInTransaction || this.#connection.wasFull) return false;
    const { caseId, caseNumber, serviceId, visitId, acceptedAt, deliverBy = null } = record;
    if (this.#known.has(caseId) || this.#known.has(caseNumber)) return false;
    const sealedBody = this.#cipher.seal(body, bodyContext(caseId));
    const isTaken = this.#connection.ahead(() => {
      // Of one that is refused although it came onto the disk, too; and at each try, as whoever makes room may look.
      this.#connection.putOff(() => this.#file());
      const { changes } = this.#take.run(
        caseId,
        caseNumber,
        serviceId,
        visitId,
        acceptedAt,
        deliverBy,
        sealedBody,
        this.#next,
      );
      return changes === 1;
    });
    if (!isTaken) return false;
    this.#next += 1;
    this.#known.add(caseId).add(caseNumber);
    return true;
  }

  /** Every case that was put down has its rows when this returns. Throws a StorageError. */
  fileAll(): void {
    this.#connection.catchUp();
  }

  /** The rows themselves, as part of the transaction under way. Throws a StorageError; `conflict` where the case is known. */
  insert(record: CaseRecord, body: Uint8Array): void {
    const sealedBody = this.#cipher.seal(body, bodyContext(record.caseId));
    this.#insert(record, sealedBody, this.#cipher.fingerprint(body));
  }

  #file(): void {
    this.#connection.transaction(() => {
      for (const row of this.#selectTaken.all()) this.#insertTaken(row);
      this.#free.run();
    });
    this.#next = 0;
  }

  /**
   * A slot that fits nowhere is damage: nothing could go on beside it, so a restoration, which believes less, has to take its
   * place.
   */
  #insertTaken(row: unknown): void {
    try {
      const { record, sealedBody } = acceptedOf(intakeRow.parse(row));
      this.#insert(record, sealedBody, this.#fingerprintOf(record.caseId, sealedBody));
    } catch (thrown) {
      const error = asStorageError(thrown);
      if (!(error instanceof StorageError && ['corrupt', 'conflict'].includes(error.code))) throw error;
      this.#connection.tellDamage();
      throw new StorageError('corrupt', `a case that was put down fits nowhere: ${error.message}`, { cause: error });
    }
  }

  /** What does not open has the fingerprint of nothing that anybody hands in: its delivery is set aside when it is its turn. */
  #fingerprintOf(caseId: string, sealedBody: Uint8Array): string {
    try {
      return this.#cipher.fingerprint(this.#cipher.open(sealedBody, bodyContext(caseId)));
    } catch (error) {
      if (!isOfTheRow(asStorageError(error))) throw error;
      return this.#cipher.fingerprint(new Uint8Array());
    }
  }

  /** The case's own id is the key under which it goes: the platform knows nothing of it under another until it is sent again. */
  #insert(record: CaseRecord, sealedBody: Uint8Array, fingerprint: string): void {
    const { caseId, acceptedAt: at } = record;
    this.#tables.cases.insert(record);
    this.#known.add(caseId).add(record.caseNumber);
    this.#tables.jobs.insertSealed({
      ...{ caseId, kind: 'case', idempotencyKey: caseId, fingerprint, sealedBody },
      ...{ createdAt: at, dueAtMs: Date.parse(at) },
    });
    this.#tables.audit.append(acceptanceOf(record));
  }
}

/** As it goes on record. */
export function acceptanceOf({ caseId, caseNumber, serviceId, acceptedAt: at }: Omit<CaseRecord, 'visitId'>): AuditAct {
  return { kind: 'case-accepted', at, subject: { caseId }, detail: { caseNumber, serviceId } };
}

function acceptedOf(row: z.infer<typeof intakeRow>): { record: CaseRecord; sealedBody: Uint8Array } {
  return {
    record: {
      ...{ caseId: row.case_id, caseNumber: row.case_number, serviceId: row.service_id, visitId: row.visit_id },
      ...{ acceptedAt: row.accepted_at, ...(row.deliver_by !== null && { deliverBy: row.deliver_by }) },
    },
    sealedBody: row.sealed_body,
  };
}
