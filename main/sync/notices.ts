import { z } from 'zod';
import { Observable, sleep } from '../../drivers/core/index.ts';
import { type LocalText, localText } from '../contracts/common.ts';
import type { Log } from '../log/log.ts';
import { StorageError } from '../storage/errors.ts';
import type { SyncState } from '../storage/sync-state.ts';
import type { Notice } from './document-schemas.ts';

export interface NoticesOptions {
  readonly state: Pick<SyncState, 'read' | 'write'>;
  readonly now: () => Date;
  readonly log: Log;
}

const STATE = 'notice';
const storedNotice = z.object({ text: localText, until: z.iso.datetime() });
const LOOK_MS = 5_000;

/** What people in the hall shall read: what a command showed goes before what the platform wants in general. */
export class Notices {
  readonly text = new Observable<LocalText | undefined>(undefined);
  readonly #options: NoticesOptions;
  #wanted: Notice | undefined;
  #shown: z.infer<typeof storedNotice> | undefined;

  constructor(options: NoticesOptions) {
    this.#options = options;
  }

  /** Shows what a command showed before a restart. Never throws: a notice that cannot be read is not worth a start. */
  restore(): void {
    const { state, log } = this.#options;
    try {
      this.#shown = state.read(STATE, storedNotice);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      log.warn({ code: error.code }, 'a notice is forgotten');
    }
    this.#look();
  }

  /** What the platform wants in general. */
  want(notice: Notice | null | undefined): void {
    this.#wanted = notice ?? undefined;
    this.#look();
  }

  /** On the disk when this returns. Throws a StorageError. */
  show(text: LocalText, forS: number): void {
    const until = new Date(this.#options.now().getTime() + forS * 1_000).toISOString();
    this.#options.state.write(STATE, { text, until });
    this.#shown = { text, until };
    this.#look();
  }

  /** Takes away what has run out, until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(LOOK_MS, signal).catch(() => undefined);
      this.#look();
    }
  }

  #look(): void {
    const nowMs = this.#options.now().getTime();
    const holds = (item: { readonly until?: string | undefined } | undefined): boolean =>
      item !== undefined && (item.until === undefined || nowMs < Date.parse(item.until));
    const shown = [this.#shown, this.#wanted].find(holds);
    this.text.set(shown?.text);
  }
}
