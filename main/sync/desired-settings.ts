import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { Observable } from '../../drivers/core/index.ts';
import type { Log } from '../log/log.ts';
import { StorageError } from '../storage/errors.ts';
import type { SyncState } from '../storage/sync-state.ts';
import {
  type DesiredDocument,
  type DesiredReport,
  desiredDocument,
  type SettingResult,
  type DesiredSettings as Settings,
} from './document-schemas.ts';
import type { Management } from './management.ts';

export interface DesiredSettingsOptions {
  readonly fetch: Management['desired'];
  readonly state: Pick<SyncState, 'read' | 'write'>;
  /** Of those settings that are not applied by being known: how far that has come. */
  readonly resultOf?: Partial<Record<keyof Settings, () => SettingResult>>;
  readonly log: Log;
}

const STATE = 'desired';
/** A platform that has nothing to say of a document but its version is still told which one was refused. */
const versioned = z.looseObject({ version: desiredDocument.shape.version });

/**
 * What the platform wants of this terminal. A document is taken as a whole or refused as a whole, with the reason in
 * `report`; what was taken is on the disk before it is in force, and in force again after a restart.
 */
export class DesiredSettings {
  /** Those in force. Set only to what is on the disk. */
  readonly settings = new Observable<Settings>({});
  readonly #options: DesiredSettingsOptions;
  #inForce: DesiredDocument | undefined;
  #refused: DesiredReport['refused'];
  #etag: string | undefined;

  constructor(options: DesiredSettingsOptions) {
    this.#options = options;
  }

  /** Puts in force what was in force when the terminal stopped. Never throws: without it, nothing is wanted. */
  restore(): void {
    const { state, log } = this.#options;
    try {
      this.#enforce(state.read(STATE, desiredDocument));
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      log.warn({ code: error.code }, 'what the platform wanted of this terminal is forgotten, and asked for again');
    }
  }

  /** The version that was last looked at, whether taken or refused. */
  get seenVersion(): number | undefined {
    return this.#refused?.version ?? this.#inForce?.version;
  }

  /**
   * Asks what is wanted, and takes or refuses it; whether it was something else than the last time. Rejects with a SyncError
   * where nobody answered, or a StorageError.
   */
  async pull(signal: AbortSignal): Promise<boolean> {
    const found = await this.#options.fetch(this.#etag, signal);
    if (found === 'not-modified') return false;
    this.#judge(found.answer);
    this.#etag = found.etag; // once it was judged: one that the disk refused is fetched again
    return true;
  }

  report(): DesiredReport {
    const results = Object.keys(this.settings.value).map((key) => {
      const name = desiredDocument.shape.settings.keyof().parse(key);
      return [name, this.#options.resultOf?.[name]?.() ?? { state: 'applied' }] as const;
    });
    return {
      ...(this.#inForce && { version: this.#inForce.version }),
      results: Object.fromEntries(results),
      ...(this.#refused && { refused: this.#refused }),
    };
  }

  #judge(answer: unknown): void {
    const judged = judge(answer, this.#inForce);
    if ('reason' in judged) {
      this.#refuse(answer, judged.reason);
      return;
    }
    const { document } = judged;
    if (this.#inForce?.version !== document.version) {
      this.#options.state.write(STATE, document);
      this.#options.log.info({ version: document.version }, 'the platform wants other settings');
    }
    this.#refused = undefined;
    this.#enforce(document);
  }

  #refuse(answer: unknown, reason: string): void {
    const version = versioned.safeParse(answer).data?.version;
    this.#refused = { ...(version !== undefined && { version }), reason: reason.slice(0, 500) };
    this.#options.log.warn(this.#refused, 'what the platform wants of this terminal is refused');
  }

  #enforce(document: DesiredDocument | undefined): void {
    this.#inForce = document;
    if (document && !isDeepStrictEqual(document.settings, this.settings.value)) this.settings.set(document.settings);
  }
}

function judge(
  answer: unknown,
  inForce: DesiredDocument | undefined,
): { readonly document: DesiredDocument } | { readonly reason: string } {
  const parsed = desiredDocument.safeParse(answer);
  if (!parsed.success) return { reason: whereOf(parsed.error) };
  const document = parsed.data;
  if (inForce && document.version < inForce.version) {
    return { reason: `version ${document.version} is older than ${inForce.version}, which is in force` };
  }
  if (inForce?.version === document.version && !isDeepStrictEqual(document, inForce)) {
    return { reason: `version ${document.version} is in force with another content` };
  }
  return { document };
}

/** Paths and rules: the platform knows what it wrote there. */
function whereOf({ issues }: z.ZodError): string {
  const where = issues.map(({ path, code, ...issue }) => {
    const keys = 'keys' in issue ? ` ${issue.keys.join(', ')}` : '';
    return `${path.join('.')} (${code}${keys})`;
  });
  return `not as agreed: ${where.join('; ')}`;
}
