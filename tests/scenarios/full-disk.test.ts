import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fullDiskTest } from '../../scripts/chaos/crash/full-disk.ts';
import { fileSizeLimit, type SmallDisk, smallDisk } from '../../scripts/chaos/small-disk.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MEGABYTE = 1024 * 1024;

async function showThatNothingIsLost(disk: SmallDisk, folder: string): Promise<void> {
  const { ledger, verdict, acceptedBefore, answeredWhileFull } = await fullDiskTest({
    ...{ disk, folder, sizeBytes: MEGABYTE },
  });
  console.log(
    `${disk.kind}: ${acceptedBefore} accepted until it was full, ${ledger.refusals} times told no, ` +
      `${answeredWhileFull} answered while it was full, ${ledger.accepted.size} accepted in all`,
  );
  expect(verdict).toEqual({
    ...{ lost: [], duplicated: [], outOfOrder: [], unaskedFor: [], ratingsLost: [], ratingsTwice: [], wrong: [] },
  });
  expect(acceptedBefore).toBeGreaterThan(0);
  // The disk was full before a case and after one, or this has shown nothing.
  expect(ledger.refusals).toBeGreaterThan(0);
  expect(ledger.held).toBeGreaterThan(0);
}

test('on a disk that fills up, what was accepted is delivered and what was refused is not, once there is room', async () => {
  const folder = temporaryFolder();
  const disk = await smallDisk(emptyFolderIn(folder), MEGABYTE);
  if (disk.why) console.warn(`No small file system, but a limit on the size of files: ${disk.why}`);
  try {
    await showThatNothingIsLost(disk, folder);
  } finally {
    await disk.close();
  }
});

test('where files may not grow, what was accepted is delivered and what was refused is not, once they may', async () => {
  const folder = temporaryFolder();
  await showThatNothingIsLost(fileSizeLimit(emptyFolderIn(folder), MEGABYTE, 'wanted'), folder);
});

function emptyFolderIn(folder: string): string {
  const path = join(folder, 'disk');
  mkdirSync(path);
  return path;
}
