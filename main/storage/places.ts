import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What lies beside a database, and is made, read or moved by whoever recovers it. */
export interface Places {
  readonly file: string;
  readonly log: string;
  /** Of sealed pages. */
  readonly blobs: string;
  /** What was damaged, a folder each. */
  readonly quarantine: string;
  /** The replacement while it is made. */
  readonly building: string;
  /** A copy of the damaged database, to read from: opening the original would change it. */
  readonly reading: string;
  /** Names the folder in the quarantine: from when it is there, `building` is whole and the swap is under way. */
  readonly moving: string;
  /** The engine met damage while the terminal ran. */
  readonly suspect: string;
}

export function placesOf(file: string): Places {
  return {
    file,
    log: `${file}-wal`,
    blobs: blobsOf(file),
    quarantine: join(dirname(file), 'quarantine'),
    building: `${file}.building`,
    reading: `${file}.reading`,
    moving: `${file}.moving`,
    suspect: `${file}.suspect`,
  };
}

/** The folder of the pages that the database at `file` names. */
export function blobsOf(file: string): string {
  return join(dirname(file), 'blobs');
}

export interface Copies {
  readonly folder: string;
  /** The last one first. Each was checked before it got its name. */
  readonly good: readonly [last: string, before: string];
  /** One that is being made, or was left half made. */
  readonly making: string;
}

/** Where the copies of the database at `file` lie. */
export function copiesOf(file: string): Copies {
  const folder = join(dirname(file), 'backup');
  return {
    folder,
    good: [join(folder, 'last.db'), join(folder, 'before.db')],
    making: join(folder, 'making.db'),
  };
}

/** Files and folders whose being there says that this terminal has sealed something: nothing of it opens with a new key. */
export function sealedFilesOf(file: string): string[] {
  const { moving, building, blobs, quarantine } = placesOf(file);
  return [file, moving, building, ...copiesOf(file).good, blobs, quarantine];
}

/** Whether anything is left of the database at `file`, so that a start knows that it was there. */
export function isAnythingAt(file: string): boolean {
  return [placesOf(file).log, ...sealedFilesOf(file)].some((path) => existsSync(path));
}
