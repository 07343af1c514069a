import { z } from 'zod';
import type { AuditAct } from '../audit/entry.ts';
import type { Audit } from './audit.ts';
import type { CaseRecord, Cases } from './cases.ts';
import type { Cipher } from './cipher.ts';
import type { Connection } from './connection.ts';
import { asStorageError, isOfTheRow, StorageError } from './errors.ts';
import type { Jobs } from './jobs.ts';

const takenRow = z.object({ sealed_case: z.instanceof(Uint8Array) });
const acceptedRecord = z.object({
  caseId: z.string(),
  caseNumber: z.string(),
  serviceId: z.string(),
  visitId: z.string(),
  acceptedAt: z.iso.datetime(),
  deliverBy: z.string().optional(),
}) satisfies z.ZodType<CaseRecord>;

/** Of no slot in particular: which one a case lies in says nothing but its turn. */
const CONTEXT = 'intake.sealed_case';
/** Of a seal, version and nonce. Nothing beside it says so: one bit that changed there would be a case that nobody looks for. */
const IS_TAKEN = 'substr(sealed_case, 1, 16) <> zeroblob(16)';
/** What is sealed: the record as JSON, which holds no line feed, then one, then the body. */
const LINE_FEED = 0x0a;

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
    this.#take = connection.prepareAhead<[Uint8Array, number]>('UPDATE intake SET sealed_case = ? WHERE slot = ?');
    this.#selectTaken = connection.prepare<[]>(`SELECT sealed_case FROM intake WHERE ${IS_TAKEN} ORDER BY slot`);
    // As large as before, so that the slot keeps its page to itself.
    this.#free = connection.prepare<[]>(`UPDATE intake SET sealed_case = zeroblob(3072) WHERE ${IS_TAKEN}`);
  }

  /**
   * Makes rows of what the process before put down; to be called before any other write. Where there is no room for them they
   * wait, and nothing is put down meanwhile. Throws a StorageError.
   */
  fileLeftBehind(): void {
    this.#connection.putOff(() => this.#file());
    // The first question: before it what was put down is filed, or waits where the disk is full (`Connection.putOff`).
    for (const { caseId, caseNumber } of this.#tables.cases.names()) this.#known.add(caseId).add(caseNumber);
  }

  /**
   * Puts a case down. When this returns true, it is on the disk. False where that is not for the intake to decide: the case,
   * or its number, is known, no slot is left, a transaction is under way, which it must not outlive, or the disk has been full: a
   * slot would take the last room, and its rows, by which it is sent, need ten times as much. Throws a StorageError.
   */
  take(record: CaseRecord, body: string): boolean {
    if (this.#connection.isInTransaction || this.#connection.wasFull) return false;
    const { caseId, caseNumber } = record;
    if (this.#known.has(caseId) || this.#known.has(caseNumber)) return false;
    const sealed = this.#cipher.seal(Buffer.from(`${JSON.stringify(record)}\n${body}`), CONTEXT);
    const isTaken = this.#connection.ahead(() => {
      // Of one that is refused although it came onto the disk, too; and at each try, as whoever makes room may look.
      this.#connection.putOff(() => this.#file());
      return this.#take.run(sealed, this.#next).changes === 1;
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

  /**
   * The rows themselves, as part of the transaction under way. The case's own id is the key under which it goes: the platform
   * knows nothing of it under another until it is sent again. Throws a StorageError; `conflict` where the case is known.
   */
  insert(record: CaseRecord, body: Uint8Array): void {
    const { caseId, caseNumber, acceptedAt: at } = record;
    this.#tables.cases.insert(record);
    this.#known.add(caseId).add(caseNumber);
    this.#tables.jobs.insert({
      ...{ caseId, kind: 'case', idempotencyKey: caseId, fingerprint: this.#cipher.fingerprint(body), body },
      ...{ createdAt: at, dueAtMs: Date.parse(at) },
    });
    this.#tables.audit.append(acceptanceOf(record));
  }

  #file(): void {
    this.#connection.transaction(() => {
      for (const row of this.#selectTaken.all()) this.#insertTaken(row);
      this.#free.run();
    });
    this.#next = 0;
  }

  /**
   * A slot that does not open, or fits nowhere, is damage: nothing could go on beside it, so a restoration, which believes less,
   * has to take its place.
   */
  #insertTaken(row: unknown): void {
    try {
      const { record, body } = openTaken(this.#cipher, row);
      this.insert(record, body);
    } catch (thrown) {
      const error = asStorageError(thrown);
      if (!(error instanceof StorageError && (isOfTheRow(error) || error.code === 'conflict'))) throw error;
      this.#connection.tellDamage();
      throw new StorageError('corrupt', `a case that was put down fits nowhere: ${error.message}`, { cause: error });
    }
  }
}

/** What `take` put down. Throws a StorageError `sealed-data-damaged`, or what a schema throws. */
export function openTaken(cipher: Cipher, row: unknown): { readonly record: CaseRecord; readonly body: Uint8Array } {
  const plain = cipher.open(takenRow.parse(row).sealed_case, CONTEXT);
  const end = plain.indexOf(LINE_FEED);
  const record = acceptedRecord.parse(JSON.parse(Buffer.from(plain.subarray(0, end)).toString()));
  return { record, body: plain.subarray(end + 1) };
}

/** As it goes on record. */
export function acceptanceOf({ caseId, caseNumber, serviceId, acceptedAt: at }: Omit<CaseRecord, 'visitId'>): AuditAct {
  return { kind: 'case-accepted', at, subject: { caseId }, detail: { caseNumber, serviceId } };
}
