import { z } from 'zod';
import { sleep } from '../../drivers/core/index.ts';
import { CatalogueError, parseCatalogue } from '../flows/catalogue.ts';
import type { ServiceFile } from '../flows/service-file.ts';
import type { Log } from '../log/log.ts';
import { StorageError } from '../storage/errors.ts';
import type { SyncState } from '../storage/sync-state.ts';
import { catalogueVersion, type SignedCatalogue, signedCatalogue } from '../sync/catalogue-schemas.ts';
import type { SettingResult } from '../sync/document-schemas.ts';
import { SyncError } from '../sync/errors.ts';
import { type CatalogueKey, verifyCatalogue } from './signature.ts';

export type Services = ReadonlyMap<string, ServiceFile>;

export interface CurrentCatalogueOptions {
  /** What the release carries: served while there is nothing else that holds. */
  readonly builtIn: Services;
  readonly keys: readonly CatalogueKey[];
  readonly fetch: (version: number, signal: AbortSignal) => Promise<SignedCatalogue>;
  readonly state: Pick<SyncState, 'read' | 'write'>;
  /** What is served, or what is known of it, has changed. */
  readonly onChange: () => void;
  readonly log: Log;
}

interface Edition {
  readonly version: number | undefined;
  readonly services: Services;
}

const STATE = 'catalogue';
const remembered = z.object({ floor: catalogueVersion, signed: signedCatalogue });
/** The highest version that was ever taken, under a name of its own: it stays where the catalogue's row can no longer be read. */
const FLOOR = 'catalogue-floor';
const keptFloor = z.object({ version: catalogueVersion });

const RETRY_FIRST_MS = 2_000;
const RETRY_MAX_MS = 5 * 60_000;
/** A catalogue that was refused may have been mended under its version. */
const LOOK_AGAIN_MS = 60 * 60_000;
const REASON_MAX = 500;

/**
 * Which services this terminal offers: those that the release carries, or a later edition that the city has signed. One that
 * does not hold is refused as a whole, and the present one stays. Never changes under a visit.
 */
export class CurrentCatalogue {
  readonly #options: CurrentCatalogueOptions;
  #inUse: Edition;
  /** Taken, and in use from the next visit on. */
  #next: Edition | undefined;
  #floor = 0;
  #wanted: number | undefined;
  #refused: { readonly wanted: number; readonly reason: string } | undefined;
  #bell = new AbortController();

  constructor(options: CurrentCatalogueOptions) {
    this.#options = options;
    this.#inUse = { version: undefined, services: options.builtIn };
  }

  get services(): Services {
    return this.#inUse.services;
  }

  /** Of the edition in use; absent where that is the release's own. */
  get version(): number | undefined {
    return this.#inUse.version;
  }

  /** Takes up the edition that was in use when the terminal stopped. Never throws: else it is the release's own. */
  restore(): void {
    const found = this.#recall(() => this.#options.state.read(STATE, remembered));
    const kept = this.#recall(() => this.#options.state.read(FLOOR, keptFloor))?.version ?? 0;
    this.#floor = Math.max(kept, found?.floor ?? 0);
    if (this.#floor > kept) this.#recall(() => this.#raiseFloor(this.#floor));
    if (found) this.#inUse = this.#recall(() => this.#open(found.signed)) ?? this.#inUse;
  }

  /** What `from` gives; `undefined` where the disk, or what is on it, does not. */
  #recall<T>(from: () => T): T | undefined {
    try {
      return from();
    } catch (error) {
      if (!(error instanceof StorageError || error instanceof CatalogueError)) throw error;
      const { code, message } = error;
      this.#options.log.warn({ code, reason: message }, 'something of the stored catalogue does not hold');
      return undefined;
    }
  }

  /** On the disk when this returns. Throws a StorageError. */
  #raiseFloor(version: number): void {
    this.#options.state.write(FLOOR, { version } satisfies z.input<typeof keptFloor>);
    this.#floor = version;
  }

  /** Nobody is at the terminal: what was taken meanwhile is in use now. */
  adopt(): void {
    if (!this.#next) return;
    this.#inUse = this.#next;
    this.#next = undefined;
    this.#options.log.info({ version: this.#inUse.version }, 'another catalogue is in use');
    this.#options.onChange();
  }

  /** The lowest version that the platform wants to be served; `undefined`: none in particular. */
  want(version: number | undefined): void {
    if (version === this.#wanted) return;
    this.#wanted = version;
    this.#bell.abort();
  }

  /** What has become of the wanted version. */
  result(): SettingResult {
    const wanted = this.#wanted ?? 0;
    if ((this.#inUse.version ?? 0) >= wanted) return { state: 'applied' };
    if (this.#refused?.wanted === wanted) return { state: 'refused', reason: this.#refused.reason };
    return { state: 'pending' };
  }

  /** Fetches what is wanted, until `signal` aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const bell = new AbortController();
      this.#bell = bell;
      const outcome = await this.#catchUp(signal);
      failures = typeof outcome === 'object' ? failures + 1 : 0;
      await sleep(pauseMs(outcome, failures), signal, bell.signal).catch(() => undefined);
    }
  }

  async #catchUp(signal: AbortSignal): Promise<'settled' | SyncError | StorageError> {
    const wanted = this.#wanted;
    const { version: newest = 0 } = this.#next ?? this.#inUse;
    if (wanted === undefined || newest >= wanted) return 'settled';
    const { fetch, log } = this.#options;
    try {
      this.#take(await fetch(wanted, signal), wanted);
      this.#refused = undefined;
      this.#options.onChange();
      return 'settled';
    } catch (error) {
      if (signal.aborted) return 'settled';
      if (error instanceof CatalogueError) {
        this.#refused = { wanted, reason: error.message.slice(0, REASON_MAX) };
        log.warn(this.#refused, 'a catalogue is refused, and the present one stays');
        this.#options.onChange();
        return 'settled';
      }
      const failure = error instanceof StorageError ? error : SyncError.from(error, 'catalogue');
      log.info({ code: failure.code, reason: failure.message }, 'the catalogue that is wanted does not come through');
      return failure;
    }
  }

  /** On the disk, whole, or not at all. Throws a CatalogueError or a StorageError. */
  #take(signed: SignedCatalogue, wanted: number): void {
    const edition = this.#open(signed);
    const { version } = edition;
    if (version < this.#floor)
      throw new CatalogueError(`version ${version} is older than ${this.#floor}, which was taken`);
    if (version < wanted) throw new CatalogueError(`version ${version} came where ${wanted} is wanted`);
    // First: of a crash in between, the present edition is left, and no way back.
    this.#raiseFloor(version);
    this.#options.state.write(STATE, { floor: version, signed } satisfies z.input<typeof remembered>);
    this.#next = edition;
  }

  #open(signed: SignedCatalogue): Edition & { readonly version: number } {
    const { version } = verifyCatalogue(signed, this.#options.keys);
    return { version, services: parseCatalogue(Object.entries(signed.files)) };
  }
}

function pauseMs(outcome: 'settled' | SyncError | StorageError, failures: number): number {
  const spread = 0.5 + Math.random() / 2;
  if (outcome === 'settled') return LOOK_AGAIN_MS * spread;
  if (outcome instanceof SyncError && outcome.retryAfterMs !== undefined) {
    return Math.max(RETRY_FIRST_MS, Math.min(LOOK_AGAIN_MS, outcome.retryAfterMs)) * (1 + Math.random() / 10);
  }
  return Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(failures, 10)) * spread;
}
