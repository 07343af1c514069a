import type { ReportedBody, ReportedDocument } from '../../main/sync/document-schemas.ts';
import { SyncError } from '../../main/sync/errors.ts';
import type { Management } from '../../main/sync/management.ts';

/** The platform's side of device documents, in memory and without a wire, where time is faked. */
export class ManagementFarEnd {
  desiredDocument: unknown = { version: 1, settings: {} };
  readonly written: ReportedBody[] = [];
  fetches = 0;
  away = false;
  refusesTerminal = false;
  /** The next writing arrives, and its answer does not. */
  answerIsLost = false;
  answersInMs = 0;
  retryAfterMs: number | undefined;

  readonly management: Pick<Management, 'desired' | 'report' | 'reported'> = {
    desired: async (etag) => {
      this.#refuseIfAway();
      const now = JSON.stringify(this.desiredDocument);
      if (etag === now) return 'not-modified';
      this.fetches += 1;
      return { answer: JSON.parse(now), etag: now };
    },
    report: async (body, revision) => {
      this.#refuseIfAway();
      const present = this.written.length === 0 ? undefined : String(this.written.length);
      if (revision !== present) throw new SyncError('rejected', 'PUT', { reason: 'revision-conflict' });
      this.written.push(body);
      if (this.answersInMs > 0) await new Promise((resolve) => setTimeout(resolve, this.answersInMs));
      if (this.answerIsLost) {
        this.answerIsLost = false;
        throw new SyncError('timeout', 'PUT: no answer');
      }
      const { version } = this.desiredDocument as { version?: number };
      return {
        receivedAt: '2026-11-29T08:00:00Z',
        revision: String(this.written.length),
        desiredVersion: version ?? 1,
      };
    },
    reported: async (): Promise<ReportedDocument> => {
      this.#refuseIfAway();
      const reported = this.written.at(-1);
      if (reported) return { revision: String(this.written.length), reported };
      throw new SyncError('rejected', 'GET', { status: 404, reason: 'nothing-reported' });
    },
  };

  get last(): ReportedBody {
    const last = this.written.at(-1);
    if (!last) throw new Error('nothing was reported');
    return last;
  }

  #refuseIfAway(): void {
    if (this.refusesTerminal) throw new SyncError('unauthorised', 'HTTP 401');
    if (!this.away) return;
    throw new SyncError('platform-busy', 'HTTP 503', { retryAfterMs: this.retryAfterMs });
  }
}
