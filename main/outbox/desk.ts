import { CodedError } from '../../drivers/core/index.ts';
import type { Log } from '../log/log.ts';
import type { CaseRecord } from '../storage/cases.ts';
import type { Chosen, CloseReason, ListedDelivery, Listing, OpenedDelivery } from '../storage/delivery-list.ts';
import { StorageError } from '../storage/errors.ts';
import type { JobCounts } from '../storage/jobs.ts';
import type { Store } from '../storage/open.ts';
import { type MaterialName, materialBody } from './materials.ts';
import type { Outbox, OutboxAlarm } from './outbox.ts';

/** How the queue is, without any resident. */
export interface QueueReport extends JobCounts {
  readonly at: string;
  /** Dead letters that a person has dealt with, and what they held back. They are not among the delivered. */
  readonly closed: number;
  /** Cases that residents were told would have arrived by now. They are still tried. */
  readonly overdue: number;
  /** When the next case is due to have arrived. */
  readonly nextDeliverBy: string | undefined;
  readonly alarm: OutboxAlarm;
}

/** A whole case for a clerk. Personal data. */
export interface ExportedCase extends Omit<CaseRecord, 'visitId' | 'caseId'> {
  readonly deliveries: readonly (Omit<OpenedDelivery, 'body' | 'blobId'> & {
    /** JSON; absent where it was cleared or does not open. */
    readonly body?: unknown;
  })[];
  /** Papers whose content is here. */
  readonly materials: readonly MaterialName[];
}

export type DeskErrorCode = 'no-such-case' | 'no-such-material' | 'nothing-to-requeue' | 'nothing-to-close';

/** What a technician asked for is not there. */
export class DeskError extends CodedError<DeskErrorCode> {
  override readonly name = 'DeskError';
}

export interface DeskPorts {
  readonly store: Pick<Store, 'deliveries' | 'blobs' | 'audit' | 'transaction'>;
  readonly outbox: Outbox;
  readonly log: Log;
}

/** What technicians may see of the queue and do to it. Throws StorageErrors and DeskErrors. */
export class Desk {
  readonly #store: DeskPorts['store'];
  readonly #outbox: Outbox;
  readonly #log: Log;

  constructor({ store, outbox, log }: DeskPorts) {
    this.#store = store;
    this.#outbox = outbox;
    this.#log = log;
  }

  /** As `Outbox.at`. */
  get at(): string {
    return this.#outbox.at;
  }

  report(): QueueReport {
    const { at } = this;
    const { deliveries } = this.#store;
    const stats = this.#outbox.stats();
    const closed = deliveries.closed();
    const delivered = stats.delivered - closed;
    return { ...stats, ...deliveries.overdue(at), delivered, closed, at, alarm: this.#outbox.alarm.value };
  }

  list(options: { readonly which: Listing; readonly limit: number }): ListedDelivery[] {
    return this.#store.deliveries.list(options);
  }

  /** `what`: a case number, or the number of one delivery. */
  requeue(what: string): { readonly requeued: number; readonly unreadable: number } {
    const chosen = this.#chosen(what);
    return this.#store.transaction(() => {
      const { requeued, unreadable } = this.#outbox.requeue(chosen);
      if (requeued + unreadable === 0) {
        throw new DeskError('nothing-to-requeue', `${what}: there is no dead letter of it`);
      }
      this.#record('dead-letter-requeued', { what, requeued, unreadable });
      return { requeued, unreadable };
    });
  }

  /** `what`: as for `requeue`. What it carried, and what it held back, is gone after that: `export` comes before. */
  close(what: string, reason: CloseReason): { readonly closed: number } {
    const chosen = this.#chosen(what);
    return this.#store.transaction(() => {
      const closed = this.#outbox.close(chosen, reason);
      if (closed === 0) throw new DeskError('nothing-to-close', `${what}: there is no dead letter of it`);
      this.#record('dead-letter-closed', { what, reason, closed });
      return { closed };
    });
  }

  wake(): void {
    this.#log.warn({}, 'a technician wakes the queue');
    this.#outbox.wake();
  }

  export(caseNumber: string): ExportedCase {
    const { caseId, visitId: _visit, ...found } = this.#caseOf(caseNumber);
    this.#record('case-exported', { what: caseNumber });
    const opened = this.#store.deliveries.open(caseId);
    return {
      ...found,
      deliveries: opened.map(({ body, blobId: _place, ...delivery }) => ({
        ...delivery,
        ...(body && { body: parse(body) }),
      })),
      materials: papersOf(opened).map(({ name }) => name),
    };
  }

  /** Up to `lengthBytes` of a paper from `offset` on. Fails `sealed-data-damaged` as a StorageError. */
  readPage(caseNumber: string, materialId: string, offset: number, lengthBytes: number): Uint8Array {
    const papers = papersOf(this.#store.deliveries.open(this.#caseOf(caseNumber).caseId));
    const paper = papers.find(({ name }) => name.materialId === materialId);
    if (!paper) throw new DeskError('no-such-material', `${caseNumber}: this paper is not kept here`);
    return this.#store.blobs.read(paper.blobId).subarray(offset, offset + lengthBytes);
  }

  #chosen(what: string): Chosen {
    const found = this.#store.deliveries.findByNumber(what);
    if (found) return { caseId: found.caseId };
    if (!/^\d{1,12}$/.test(what)) throw noSuchCase(what);
    return { jobId: Number(what) };
  }

  #caseOf(caseNumber: string): CaseRecord {
    const found = this.#store.deliveries.findByNumber(caseNumber);
    if (!found) throw noSuchCase(caseNumber);
    return found;
  }

  /** What is not on record is not done. */
  #record(
    kind: 'dead-letter-requeued' | 'dead-letter-closed' | 'case-exported',
    detail: Readonly<Record<string, string | number>>,
  ): void {
    this.#store.audit.append({ kind, detail });
    this.#log.warn({ kind, ...detail }, 'a technician acts on the queue');
  }
}

function noSuchCase(caseNumber: string): DeskError {
  return new DeskError('no-such-case', `no case of this terminal has the number ${caseNumber}`);
}

function papersOf(deliveries: readonly OpenedDelivery[]): { readonly name: MaterialName; readonly blobId: string }[] {
  return deliveries.flatMap(({ body, blobId }) => {
    const parsed = body && blobId ? materialBody.safeParse(parse(body)) : undefined;
    if (!parsed?.success || !blobId) return [];
    const { caseId: _case, caseNumber: _number, ...name } = parsed.data;
    return [{ name, blobId }];
  });
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch (cause) {
    throw new StorageError('corrupt', 'a stored delivery is not JSON', { cause });
  }
}
