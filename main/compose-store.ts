import { join } from 'node:path';
import type { Log } from './log/log.ts';
import type { Cipher } from './storage/cipher.ts';
import { DiskSpace } from './storage/disk-space.ts';
import { StorageError } from './storage/errors.ts';
import type { Store } from './storage/open.ts';
import { isAnythingAt } from './storage/places.ts';
import { openOrRecover } from './storage/recovery.ts';
import { Reserve } from './storage/reserve.ts';
import { type StorageSettings, storageSettings } from './storage/settings.ts';
import { storeCipher } from './storage/store-cipher.ts';
import { storeKey } from './storage/store-key.ts';
import { StoreWatch } from './storage/store-watch.ts';
import { Upkeep } from './storage/upkeep.ts';

/** The store of a running terminal, and what looks after it. */
export interface Storage {
  readonly store: Store;
  readonly disk: DiskSpace;
  /** `idle`: nobody stands before the terminal. */
  upkeep(idle: () => boolean): Upkeep;
  /** `failing`: as `StoreWatchOptions`. */
  watch(failing: () => boolean): StoreWatch;
}

const defaults = storageSettings.parse({});

/** The store of a terminal that keeps its data in `dataDir`, restored where it was damaged. Throws a StorageError. */
export function openStoreIn(dataDir: string, settings: StorageSettings = defaults): Store {
  const { file, cipher, reserve } = partsOf(dataDir, settings);
  return openOrRecover(file, { cipher, keySealer: settings.key.kind, onFull: () => reserve.free() });
}

/**
 * The same for a terminal that starts, with what keeps room on its disk and copies of it. `now`: what its acts and blanks are
 * dated with. Throws a StorageError.
 */
export function openStorage(
  dataDir: string,
  settings: StorageSettings = defaults,
  { log, now }: { readonly log: Log; readonly now: () => Date },
): Storage {
  const { file, cipher, reserve } = partsOf(dataDir, settings);
  const { keepDays, key } = settings;
  const disk = new DiskSpace({ folder: dataDir, limits: settings, reserve, log });
  const onFull = (): void => disk.refused();
  const onDamage = (): void =>
    endCore(new StorageError('corrupt', 'the engine met a damaged page: the next start restores the store'));
  const store = openOrRecover(file, { cipher, keySealer: key.kind, now, onFull, onDamage });
  const roomy = (sizeBytes: number): boolean => disk.hasRoomFor(sizeBytes);
  return {
    store,
    disk,
    upkeep: (idle) => new Upkeep({ store, file, cipher, keepDays, idle, roomy, now: () => now().getTime(), log }),
    watch: (failing) => new StoreWatch({ store, failing, isThere: () => isAnythingAt(file), onLost: endCore }),
  };
}

function partsOf(dataDir: string, settings: StorageSettings): { file: string; cipher: Cipher; reserve: Reserve } {
  const file = join(dataDir, 'jiujin.db');
  const cipher = storeCipher(settings.suite, storeKey(dataDir, file, settings.key));
  return { file, cipher, reserve: new Reserve(join(dataDir, 'reserve'), settings.reserveBytes) };
}

/** It is for the next start to judge the store; this core must not go on with it, and ends as of a fault of ours. */
function endCore(reason: StorageError): void {
  setImmediate(() => {
    throw reason;
  });
}
