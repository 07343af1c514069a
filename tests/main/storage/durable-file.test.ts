import { chownSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { beforeEach, expect, test } from 'vitest';
import { flushFile, flushFolder, writeDurably } from '../../../main/storage/durable-file.ts';
import { fileKey } from '../../../main/storage/key-file.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder, 'one');
});

/** Of this process, as Linux tells them. */
const HANDLES = '/proc/self/fd';

const tellsHandles = existsSync(HANDLES);
if (!tellsHandles) console.info('not tried, as this system does not list them: that no file is left open');
test.skipIf(!tellsHandles)('whatever is written or flushed, and whatever fails of it, leaves no file open', () => {
  const refuse = (): never => {
    throw new Error('not for this account');
  };
  const write = (prepare?: () => void): void => writeDurably(file, Buffer.from('bytes'), prepare);
  write();
  const before = readdirSync(HANDLES).length;
  for (let time = 0; time < 3; time += 1) {
    write();
    flushFile(file);
    flushFolder(folder);
    expect(() => write(refuse)).toThrow('not for this account');
  }
  expect(readdirSync(HANDLES).length).toBeLessThanOrEqual(before);
  expect([readFileSync(file, 'utf8'), readdirSync(folder)]).toEqual(['bytes', ['one']]);
});

test('what is to be done to a file is done before its first byte', () => {
  const sizes: number[] = [];
  writeDurably(file, Buffer.from('bytes'), () => sizes.push(statSync(`${file}.new`).size));
  expect([sizes, readFileSync(file, 'utf8')]).toEqual([[0], 'bytes']);
});

test('what cannot be flushed is an error', () => {
  expect(() => flushFile(join(folder, 'nothing'))).toThrow('ENOENT');
  writeFileSync(file, '');
  expect(() => flushFile(file)).not.toThrow();
});

const givesAway = mayGiveAway();
if (!givesAway) console.info('not tried, as it takes root: that a key that root makes is for the owner of the folder');
test.skipIf(!givesAway)('a key that root makes is for whoever the folder belongs to, and for nobody else', () => {
  chownSync(folder, 1_234, 5_678);
  fileKey(file);
  const { uid, gid, mode } = statSync(file);
  expect([uid, gid, mode & 0o777]).toEqual([1_234, 5_678, 0o600]);
});

/** Root of a container may have nobody to give to. */
function mayGiveAway(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    chownSync(temporaryFolder(), 1_234, 5_678);
    return true;
  } catch {
    return false;
  }
}
