import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Chance } from '../../scripts/chaos/chance.ts';
import { filesAfterPowerCut } from '../../scripts/chaos/power-cut/disk-image.ts';
import { type Act, readTrace } from '../../scripts/chaos/power-cut/trace.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const write = (text: string, offset = 0): Act => ({ kind: 'write', file: 'log', offset, bytes: Buffer.from(text) });
const sync: Act = { kind: 'sync', file: 'log' };

/** What a hundred power cuts make of the file. */
function outcomes(acts: readonly Act[], before = ''): Set<string> {
  const files = new Map([['log', Buffer.from(before)]]);
  return new Set(
    [...Array(100).keys()].map((seed) => String(filesAfterPowerCut(files, acts, new Chance(seed, 'cut')).get('log'))),
  );
}

test('what was synced is there after any power cut, and what was not may be there or not, in any order', () => {
  expect(outcomes([write('one'), sync])).toEqual(new Set(['one']));
  expect(outcomes([write('one'), sync, write('two', 3), write('six', 6)])).toEqual(
    new Set(['one', 'onetwo', 'onetwosix', 'one\0\0\0six']),
  );
  expect(outcomes([write('new')], 'old')).toEqual(new Set(['old', 'new']));
});

test('a write that was not synced may be torn at a sector, and a file that was emptied may be whole again', () => {
  const torn = [...outcomes([write('b'.repeat(1_024))], 'a'.repeat(1_024))];
  expect(torn).toContain('b'.repeat(512) + 'a'.repeat(512));
  expect(outcomes([{ kind: 'truncate', file: 'log', sizeBytes: 0 }], 'old')).toEqual(new Set(['', 'old']));
});

test('a sync of one file says nothing of another', () => {
  expect(outcomes([write('one'), { kind: 'sync', file: 'other' }])).toEqual(new Set(['', 'one']));
});

const hex = (text: string): string => [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16)}`).join('');

async function read(...lines: string[]): Promise<Act[]> {
  const file = join(temporaryFolder(), 'calls');
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  return await readTrace(file, ['log']);
}

test('of a trace are read writes, syncs and words, also where another thread came in between', async () => {
  const log = `7<${hex('/data/log')}>`;
  const acts = await read(
    `11 openat(AT_FDCWD<${hex('/')}>, "${hex('/data/log')}", O_RDWR) = ${log}`,
    `11 pwrite64(${log}, "${hex('one')}", 3, 8) = 3`,
    `11 pwrite64(${log}, "${hex('two')}", 3, 11 <unfinished ...>`,
    `12 write(9<${hex('anon')}>, "${hex('x')}", 1) = 1`,
    `11 <... pwrite64 resumed>) = 2`,
    `11 ftruncate(${log}, 4) = 0`,
    `11 pwrite64(${log}, "${hex('no')}", 2, 0) = -1 ENOSPC (No space left on device)`,
    `11 fdatasync(${log}) = 0`,
    `11 fsync(8<${hex('/data/other')}>) = 0`,
    `11 write(1<${hex('pipe:[1]')}>, "${hex('accepted A1\n')}", 12) = 12`,
    '11 +++ killed by SIGKILL +++',
  );
  expect(acts).toEqual([
    write('one', 8),
    write('tw', 11),
    { kind: 'truncate', file: 'log', sizeBytes: 4 },
    sync,
    { kind: 'said', line: 'accepted A1' },
  ]);
});

test('a write that a trace does not tell in full is no power cut to be believed', async () => {
  const cut = `11 pwrite64(7<${hex('/data/log')}>, "${hex('on')}"..., 300, 0) = 300`;
  await expect(read(cut)).rejects.toThrow('cannot be understood');
});
