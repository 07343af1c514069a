import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Chance } from '../../scripts/chaos/chance.ts';
import { Disk } from '../../scripts/chaos/power-cut/disk-image.ts';
import { type Act, readTrace } from '../../scripts/chaos/power-cut/trace.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const write = (text: string, offset = 0): Act => ({ kind: 'write', file: 'log', offset, bytes: Buffer.from(text) });
const sync: Act = { kind: 'sync', file: 'log' };

/** What a hundred power cuts leave. */
function cuts(acts: readonly Act[], before: Readonly<Record<string, string>>): Map<string, Buffer>[] {
  const files = new Map(Object.entries(before).map(([name, text]) => [name, Buffer.from(text)]));
  return [...Array(100).keys()].map((seed) => new Disk(files, acts).filesAfterPowerCut(new Chance(seed, 'cut')));
}

/** What they make of one file. */
function outcomes(acts: readonly Act[], before = ''): Set<string> {
  return new Set(cuts(acts, { log: before }).map((files) => String(files.get('log'))));
}

/** Which names they leave, each with its content. */
function namesLeft(acts: readonly Act[], before: Readonly<Record<string, string>> = {}): Set<string> {
  return new Set(cuts(acts, before).map((files) => [...files].map((file) => file.join('=')).join(' ')));
}

/** A page written aside and renamed in a new folder, each step followed by its sync. */
const page: Act[] = [
  { kind: 'make-folder', file: 'pages' },
  { kind: 'sync', file: '' },
  { kind: 'make', file: 'pages/a.new', emptied: true },
  { kind: 'append', file: 'pages/a.new', bytes: Buffer.from('pa') },
  { kind: 'append', file: 'pages/a.new', bytes: Buffer.from('ge') },
  { kind: 'sync', file: 'pages/a.new' },
  { kind: 'rename', file: 'pages/a.new', to: 'pages/a' },
  { kind: 'sync', file: 'pages' },
];
const pageWithout = (left: number): Act[] => page.filter((_, index) => index !== left);

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

test('a name is there after any power cut once its folder was synced, and the folder’s own by the one above', () => {
  expect(namesLeft(page)).toEqual(new Set(['pages/a=page']));
  expect(namesLeft(pageWithout(1))).toEqual(new Set(['', 'pages/a=page']));
  expect(namesLeft(pageWithout(5))).toEqual(new Set(['pages/a=page', 'pages/a=pa', 'pages/a=', 'pages/a=\0\0ge']));
  expect(namesLeft(pageWithout(7))).toEqual(new Set(['', 'pages/a.new=page', 'pages/a=page']));
  expect(new Disk(new Map(), page).hasUnsynced()).toBe(false);
  for (const left of [1, 5, 7]) expect(new Disk(new Map(), pageWithout(left)).hasUnsynced()).toBe(true);
});

test('what was removed may be back until its folder is synced, and a new file of the name is another one', () => {
  const removed: Act[] = [{ kind: 'remove', file: 'log' }];
  const anew: Act[] = [...removed, { kind: 'make', file: 'log', emptied: false }, write('new'), sync];
  expect(namesLeft(removed, { log: 'old' })).toEqual(new Set(['log=old', '']));
  expect(namesLeft([...removed, { kind: 'sync', file: '' }], { log: 'old' })).toEqual(new Set(['']));
  expect(namesLeft(anew, { log: 'old' })).toEqual(new Set(['log=old', '', 'log=new']));
});

const hex = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');

async function read(...lines: string[]): Promise<Act[]> {
  const file = join(temporaryFolder(), 'calls');
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  return await readTrace(file, '/data', (name) => name !== 'key');
}

test('of a trace are read writes, syncs and words, also where another thread came in between', async () => {
  const log = `7<${hex('/data/log')}>`;
  const acts = await read(
    `11 openat(AT_FDCWD<${hex('/')}>, "${hex('/data/log')}", O_RDWR) = ${log}`,
    `11 openat(AT_FDCWD<${hex('/')}>, "${hex('/data/log')}", O_RDWR|O_CREAT, 0600) = ${log}`,
    `11 openat(AT_FDCWD<${hex('/')}>, "${hex('/data/log')}", O_RDWR|O_CREAT|O_TRUNC, 0600) = ${log}`,
    `11 openat(AT_FDCWD<${hex('/')}>, "${hex('/data/key')}", O_RDWR|O_CREAT|O_TRUNC, 0600) = 8<${hex('/data/key')}>`,
    `11 pwrite64(${log}, "${hex('one')}", 3, 8) = 3`,
    `11 pwrite64(${log}, "${hex('two')}", 3, 11 <unfinished ...>`,
    `12 write(9<${hex('anon')}>, "${hex('x')}", 1) = 1`,
    `11 <... pwrite64 resumed>) = 2`,
    `11 ftruncate(${log}, 4) = 0`,
    `11 pwrite64(${log}, "${hex('no')}", 2, 0) = -1 ENOSPC (No space left on device)`,
    `11 fdatasync(${log}) = 0`,
    `11 write(${log}, "${hex('end')}", 3) = 3`,
    `11 pwrite64(${log}(deleted), "${hex('one')}", 3, 8) = 3`,
    `11 fsync(8<${hex('/database/other')}>) = 0`,
    `11 fsync(8<${hex('/data')}>) = 0`,
    `11 mkdir("${hex('/data/pages')}", 0700) = 0`,
    `11 rename("${hex('/data/pages/a.new')}", "${hex('/data/pages/a')}") = 0`,
    `11 unlink("${hex('/data/pages/a')}") = 0`,
    `11 unlink("${hex('/data/pages/a')}") = -1 ENOENT (No such file or directory)`,
    `11 write(1<${hex('pipe:[1]')}>, "${hex('accepted A1\n')}", 12) = 12`,
    '11 +++ killed by SIGKILL +++',
  );
  expect(acts).toEqual([
    { kind: 'make', file: 'log', emptied: false },
    { kind: 'make', file: 'log', emptied: true },
    write('one', 8),
    write('tw', 11),
    { kind: 'truncate', file: 'log', sizeBytes: 4 },
    sync,
    { kind: 'append', file: 'log', bytes: Buffer.from('end') },
    { kind: 'sync', file: '' },
    { kind: 'make-folder', file: 'pages' },
    { kind: 'rename', file: 'pages/a.new', to: 'pages/a' },
    { kind: 'remove', file: 'pages/a' },
    { kind: 'said', line: 'accepted A1' },
  ]);
});

test.each([
  `11 pwrite64(7<${hex('/data/log')}>, "${hex('on')}"..., 300, 0) = 300`,
  `11 fallocate(7<${hex('/data/log')}>, 0, 0, 4096) = 0`,
  `11 linkat(AT_FDCWD<${hex('/')}>, "${hex('/tmp/x')}", AT_FDCWD<${hex('/')}>, "${hex('/data/log')}", 0) = 0`,
])('what a trace does not tell in full, or is not understood, is no power cut to be believed', async (call) => {
  await expect(read(call)).rejects.toThrow('cannot be understood');
});
