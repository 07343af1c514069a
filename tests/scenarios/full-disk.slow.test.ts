import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fullDiskTest } from '../../scripts/chaos/crash/full-disk.ts';
import { drainOnFullDisk } from '../../scripts/chaos/crash/reserve.ts';
import type { Verdict } from '../../scripts/chaos/crash/verdict.ts';
import { fileSizeLimit, type SmallDisk, smallDisk } from '../../scripts/chaos/small-disk.ts';
import { firstOf } from '../support/long-form.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const DISK_BYTES = 1024 * 1024;
/** Some cases more than an empty store has, whose log is the longer of its two files. */
const FILE_BYTES = 512 * 1024;
/** More than the papers of one resident, who is in the middle of it when the reserve goes. */
const RESERVE_BYTES = 2 * 1024 * 1024;
const NOTHING_WRONG: Verdict = {
  ...{ lost: [], duplicated: [], outOfOrder: [], unaskedFor: [], ratingsLost: [], ratingsTwice: [] },
  ...{ draftsLost: [], papersLost: [], papersWrong: [], papersTwice: [], wrong: [] },
};

async function showThatNothingIsLost(disk: SmallDisk, folder: string, sizeBytes: number): Promise<void> {
  const { ledger, verdict, acceptedBefore, answeredWhileFull } = await fullDiskTest({
    ...{ disk, folder, sizeBytes },
  });
  console.log(
    `${disk.kind}: ${acceptedBefore} accepted until it was full, ${ledger.refusals} times told no, ` +
      `${answeredWhileFull} answered while it was full, ${ledger.accepted.size} accepted in all`,
  );
  expect(verdict).toEqual(NOTHING_WRONG);
}

const disks: readonly [
  where: string,
  until: string,
  make: (folder: string) => Promise<SmallDisk>,
  sizeBytes: number,
][] = [
  ['on a disk that fills up', 'there is room', (folder) => smallDisk(folder, DISK_BYTES), DISK_BYTES],
  ['where files may not grow', 'they may', async (folder) => fileSizeLimit(folder, FILE_BYTES, 'wanted'), FILE_BYTES],
];
test.each(firstOf(disks, 1))(
  '%s, what was accepted is delivered and what was refused is not, once %s',
  async (_where, _until, make, sizeBytes) => {
    const folder = temporaryFolder();
    const disk = await make(emptyFolderIn(folder));
    if (disk.why) console.warn(`No small file system, but a limit on the size of files: ${disk.why}`);
    try {
      await showThatNothingIsLost(disk, folder, sizeBytes);
    } finally {
      await disk.close();
    }
  },
);

test('a terminal that gives up its reserve drains its queue on a full disk, without any room being made', async (context) => {
  const folder = temporaryFolder();
  const disk = await smallDisk(emptyFolderIn(folder), DISK_BYTES + RESERVE_BYTES);
  try {
    // A limit on files is not met by a reserve that is a file of its own.
    if (disk.why) return context.skip(`no small file system: ${disk.why}`);
    const { ledger, verdict, waiting } = await drainOnFullDisk({ folder, disk, reserveBytes: RESERVE_BYTES });
    console.log(`${waiting} accepted until it was full, ${ledger.answered} answered on the full disk`);
    expect(verdict).toEqual(NOTHING_WRONG);
    expect(waiting).toBeGreaterThan(3);
  } finally {
    await disk.close();
  }
});

function emptyFolderIn(folder: string): string {
  const path = join(folder, 'disk');
  mkdirSync(path);
  return path;
}
