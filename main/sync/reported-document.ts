import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { Observable } from '../../drivers/core/index.ts';
import type { Log } from '../log/log.ts';
import { StorageError } from '../storage/errors.ts';
import type { SyncState } from '../storage/sync-state.ts';
import {
  NOTHING_REPORTED,
  type ReportedAnswer,
  type ReportedBody,
  type ReportedDocument as ReportedDocumentThere,
  reportedDocument,
} from './document-schemas.ts';
import { SyncError } from './errors.ts';
import type { Management } from './management.ts';

export interface ReportedDocumentOptions {
  readonly platform: Pick<Management, 'report' | 'reported'>;
  readonly state: Pick<SyncState, 'read' | 'write'>;
  /** The platform has answered to this. */
  readonly onTold?: (body: Omit<ReportedBody, 'writeId'>) => void;
  readonly log: Log;
}

const STATE = 'reported';
const known = z.object({
  /** What the platform called this terminal's last writing; absent before the first. */
  revision: reportedDocument.shape.revision.exactOptional(),
  /** Of a writing whose answer was not heard. */
  writeId: z.uuid().exactOptional(),
});
type Known = z.infer<typeof known>;

/** A second terminal under this one's id writes every hour at least: its telemetry interval is no longer. */
const ALARM_MS = 2 * 3_600_000;

/**
 * The half of the device document that is this terminal's alone to write. `If-Match` tells that somebody else has written
 * it: a second terminal that was given the same id. A copy of this terminal's disk shows in the same way.
 */
export class ReportedDocument {
  /** Somebody else has written here within the last two hours. */
  readonly idInUse = new Observable(false);
  readonly #options: ReportedDocumentOptions;
  #foreignAtMs = Number.NEGATIVE_INFINITY;
  /** What the disk has not taken. */
  #unkept: Known | undefined;

  constructor(options: ReportedDocumentOptions) {
    this.#options = options;
  }

  /**
   * Writes what `present` gives, over another's writing too, which is then noticed: the platform shall hear the alarm.
   * Rejects with a SyncError, or a StorageError of `present`.
   */
  async write(present: () => Omit<ReportedBody, 'writeId'>, signal: AbortSignal): Promise<ReportedAnswer> {
    if (performance.now() - this.#foreignAtMs > ALARM_MS) this.idInUse.set(false);
    try {
      return await this.#writeOnce(present(), signal);
    } catch (error) {
      if (!(error instanceof SyncError && error.reason === 'revision-conflict')) throw error;
      await this.#lookWhose(signal);
      return await this.#writeOnce(present(), signal);
    }
  }

  async #writeOnce(body: Omit<ReportedBody, 'writeId'>, signal: AbortSignal): Promise<ReportedAnswer> {
    const { platform } = this.#options;
    const before = this.#known();
    const writeId = before.writeId ?? randomUUID();
    this.#remember({ ...before, writeId }); // before it is sent: its answer may be lost, and this process with it
    const answer = await platform.report({ ...body, writeId }, before.revision, signal);
    this.#remember({ revision: answer.revision });
    this.#options.onTold?.(body);
    return answer;
  }

  /**
   * Our own writing, whose answer was lost; or somebody else's, which is none of our doing unless we have no memory; or none at
   * all, as the platform has no memory.
   */
  async #lookWhose(signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    const before = this.#known();
    const there = await this.#lookThere(signal);
    if (!there) {
      const { revision: _gone, ...pending } = before;
      this.#remember(pending);
      log.info({}, 'the platform has forgotten this terminal’s document: it is written anew');
      return;
    }
    const { revision, reported } = there;
    this.#remember({ revision });
    if (reported.writeId === before.writeId) return;
    if (before.revision === undefined) {
      log.info({}, 'this terminal’s document is older than its memory: it is taken over');
      return;
    }
    this.#foreignAtMs = performance.now();
    if (!this.idInUse.value) log.error({}, 'another terminal reports under this one’s id, or this disk was copied');
    this.idInUse.set(true);
  }

  /** What was last written under this terminal's id; `undefined` where the platform knows of nothing. */
  async #lookThere(signal: AbortSignal): Promise<ReportedDocumentThere | undefined> {
    try {
      return await this.#options.platform.reported(signal);
    } catch (error) {
      if (error instanceof SyncError && error.reason === NOTHING_REPORTED) return undefined;
      throw error;
    }
  }

  #known(): Known {
    if (this.#unkept) return this.#unkept;
    try {
      return this.#options.state.read(STATE, known) ?? {};
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#options.log.warn({ code: error.code }, 'what was last reported is forgotten');
      return {};
    }
  }

  /** A disk that refuses is no reason to keep silent: the platform shall hear of that, too. */
  #remember(next: Known): void {
    try {
      this.#options.state.write(STATE, next);
      this.#unkept = undefined;
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      if (!this.#unkept) this.#options.log.warn({ code: error.code }, 'what was last reported is in memory only');
      this.#unkept = next;
    }
  }
}
