import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { logLostCommits } from '../../../main/storage/wal-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const HEADER = 32;
const FRAME_HEADER = 24;
const PAGE = 512;
const FRAME = FRAME_HEADER + PAGE;

/** The log of a database in which so many transactions were committed since it was last emptied, each of two pages or more. */
function logOf(transactions: number, { pageBytes = PAGE, before = 0 } = {}): Buffer {
  const file = join(temporaryFolder(), 'some.db');
  const database = new Database(file);
  database.pragma(`page_size = ${pageBytes}`);
  database.pragma('journal_mode = WAL');
  database.pragma('wal_autocheckpoint = 0');
  database.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, filler BLOB)');
  const insert = database.prepare(`INSERT INTO t (filler) VALUES (randomblob(${pageBytes}))`);
  for (let n = 0; n < before; n += 1) insert.run();
  database.pragma('wal_checkpoint(RESTART)');
  for (let n = 0; n < transactions; n += 1) insert.run();
  const log = readFileSync(`${file}-wal`);
  database.close();
  return log;
}

function lost(log: Buffer): boolean {
  const path = join(temporaryFolder(), 'some.db-wal');
  writeFileSync(path, log);
  return logLostCommits(path);
}

function changed(log: Buffer, at: number): Buffer {
  const other = Buffer.from(log);
  other[at]! ^= 0x10;
  return other;
}

const framesIn = (log: Buffer): number => Math.floor((log.length - HEADER) / FRAME);
const frameAt = (frame: number): number => HEADER + frame * FRAME;
const isCommit = (log: Buffer, frame: number): boolean => log.readUInt32BE(frameAt(frame) + 4) !== 0;
const saltsOf = (log: Buffer, frame: number): string =>
  log.subarray(frameAt(frame) + 8, frameAt(frame) + 16).toString('hex');
/** Of each frame of this log, in order: the transaction that it is part of, from 0. */
function transactionsOf(log: Buffer): number[] {
  let transaction = 0;
  const own = log.subarray(16, 24).toString('hex');
  const of: number[] = [];
  for (let frame = 0; frame < framesIn(log) && saltsOf(log, frame) === own; frame += 1) {
    of.push(transaction);
    if (isCommit(log, frame)) transaction += 1;
  }
  return of;
}

/** All checksums made anew, as section 4.2 of SQLite's file format has it. */
function sealed(log: Buffer, { bigEndian = false, pageBytes = PAGE } = {}): Buffer {
  const made = Buffer.from(log);
  made.writeUInt32BE(bigEndian ? 0x377f0683 : 0x377f0682, 0);
  made.writeUInt32BE(pageBytes, 8);
  const sum = [0, 0];
  const add = (from: number, to: number): void => {
    for (let at = from; at < to; at += 4) {
      const which = ((at - from) / 4) % 2;
      const word = bigEndian ? made.readUInt32BE(at) : made.readUInt32LE(at);
      sum[which] = (sum[which]! + word + sum[1 - which]!) % 2 ** 32;
    }
  };
  const put = (at: number): void => {
    made.writeUInt32BE(sum[0]!, at);
    made.writeUInt32BE(sum[1]!, at + 4);
  };
  add(0, 24);
  put(24);
  for (let at = HEADER; at + FRAME_HEADER + pageBytes <= made.length; at += FRAME_HEADER + pageBytes) {
    add(at, at + 8);
    add(at + FRAME_HEADER, at + FRAME_HEADER + pageBytes);
    put(at + 16);
  }
  return made;
}

test('a log that is not there, empty, or nothing but a header has lost nothing', () => {
  expect(logLostCommits(join(temporaryFolder(), 'some.db-wal'))).toBe(false);
  const log = logOf(2);
  for (const bytes of [0, 1, HEADER, HEADER + FRAME_HEADER - 1]) expect(lost(log.subarray(0, bytes))).toBe(false);
  expect(lost(changed(log, 0).subarray(0, HEADER + FRAME_HEADER - 1))).toBe(false);
  expect(lost(changed(log, 0).subarray(0, HEADER + FRAME_HEADER))).toBe(true);
});

test.each([512, 4_096, 65_536])(
  'a sound log of pages of %i bytes has lost nothing, wherever it was cut short',
  (pageBytes) => {
    const log = logOf(3, { pageBytes });
    expect(lost(log)).toBe(false);
    for (const cut of [1, FRAME_HEADER, FRAME_HEADER + pageBytes, FRAME_HEADER + pageBytes + 7]) {
      expect(lost(log.subarray(0, log.length - cut))).toBe(false);
    }
  },
);

describe('where one byte of a frame has changed', () => {
  const log = logOf(4);
  const of = transactionsOf(log);
  const last = of.at(-1)!;
  const everyFrame = (): true => true;

  test.each<[what: string, at: number, tellsOf: (frame: number) => boolean]>([
    ['the number of its page', 1, everyFrame],
    // Within a transaction that makes it look like the end of one.
    ['the size of the database behind it', 6, (frame) => isCommit(log, frame)],
    // Without the last frame of one, two transactions look like a single one.
    ['the first of its salts', 8, (frame) => !isCommit(log, frame)],
    ['the second of its salts', 15, (frame) => !isCommit(log, frame)],
    ['its first checksum', 17, everyFrame],
    ['its second checksum', 23, everyFrame],
    ['its page, at its first byte', FRAME_HEADER, everyFrame],
    ['its page, at its last byte', FRAME - 1, everyFrame],
  ])('in %s, every transaction behind it is lost, and of the last one nobody can tell', (_, at, tellsOf) => {
    const told = [...of.entries()].filter(([frame, transaction]) => transaction < last - 1 || tellsOf(frame));
    expect(told.length).toBeGreaterThan(of.length / 2);
    for (const [frame, transaction] of told) {
      const harmed = changed(log, frameAt(frame) + at);
      expect(lost(harmed), `frame ${frame}`).toBe(transaction < last);
    }
  });
});

test('frames of the log before, behind the last one of this, are no loss', () => {
  const log = logOf(2, { before: 6 });
  const own = transactionsOf(log);
  expect(framesIn(log) - own.length).toBeGreaterThan(4);
  expect(lost(log)).toBe(false);
  const lastFrame = own.length - 1;
  expect(lost(changed(log, frameAt(lastFrame) + FRAME_HEADER))).toBe(false);
  expect(lost(changed(log, frameAt(0) + FRAME_HEADER))).toBe(true);
});

test('the last transaction of which a power cut left the later pages alone, among frames of the log before, is no loss', () => {
  const log = logOf(2, { before: 6 });
  const own = transactionsOf(log);
  const first = own.indexOf(own.at(-1)!);
  expect(own.length - first).toBeGreaterThan(1);
  const stale = own.length + [0, 1, 2, 3].find((frame) => isCommit(log, own.length + frame))!;
  log.copy(log, frameAt(first), frameAt(stale), frameAt(stale + 1));
  expect(lost(log)).toBe(false);
});

test.each([
  ['its mark', 1],
  ['the size of its pages', 10],
  ['its salts', 17],
  ['its first checksum', 24],
  ['its second checksum', 31],
])('a log whose header has changed in %s has lost all that it held', (_, at) => {
  expect(lost(changed(logOf(2), at))).toBe(true);
});

test('checksums may be of big-endian words, as machines of that order write them', () => {
  const log = sealed(logOf(3), { bigEndian: true });
  expect(lost(log)).toBe(false);
  expect(lost(changed(log, frameAt(0) + FRAME_HEADER))).toBe(true);
  log.writeUInt32BE(0x377f0682, 0);
  expect(lost(log)).toBe(true);
});

test.each([
  [256, true],
  [512, false],
  [131_072, true],
])('with a sound checksum, pages of %i bytes: lost %j', (pageBytes, isLost) => {
  expect(lost(sealed(logOf(2), { pageBytes }))).toBe(isLost);
});

test('a log beyond all bounds is left to the engine', () => {
  const path = join(temporaryFolder(), 'some.db-wal');
  writeFileSync(path, '');
  truncateSync(path, 256 * 1024 * 1024 + 1);
  expect(logLostCommits(path)).toBe(false);
});

test('a log that the disk does not give is not taken for one that is gone', () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'a-folder-wal'));
  expect(() => logLostCommits(join(folder, 'a-folder-wal'))).toThrow(expect.objectContaining({ code: 'EISDIR' }));
  writeFileSync(join(folder, 'a-file'), '');
  expect(() => logLostCommits(join(folder, 'a-file', 'wal'))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
});
