import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database, { SqliteError } from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isDamage, readTable, readWhere } from '../../../main/storage/readable-rows.ts';
import { PAGE_BYTES } from '../../support/damaged-terminal.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const ROWS = 60;
let file: string;
let opened: Database.Database[];

/** Some eight rows a page; of `pairs` the key has two columns. */
beforeEach(() => {
  opened = [];
  file = join(temporaryFolder(), 'some.db');
  const raw = new Database(file);
  raw.exec('CREATE TABLE numbered (number INTEGER PRIMARY KEY, filler BLOB)');
  raw.exec('CREATE TABLE pairs (a TEXT, b INTEGER, filler BLOB, PRIMARY KEY (a, b)) WITHOUT ROWID');
  const numbered = raw.prepare('INSERT INTO numbered VALUES (?, zeroblob(450))');
  const pairs = raw.prepare('INSERT INTO pairs VALUES (?, ?, zeroblob(450))');
  for (let number = 1; number <= ROWS; number += 1) {
    numbered.run(number);
    pairs.run(number % 2 === 0 ? 'even' : 'odd', number);
  }
  raw.close();
});
afterEach(() => {
  for (const database of opened) database.close();
});

function open(): Database.Database {
  const database = new Database(file, { readonly: true });
  opened.push(database);
  return database;
}

function harm(pages: readonly number[]): void {
  const bytes = readFileSync(file);
  for (const page of pages) bytes.fill(0xa5, (page - 1) * PAGE_BYTES, page * PAGE_BYTES);
  writeFileSync(file, bytes);
}

/** Leaves of a table, in the order of their keys. */
function leavesOf(table: string): number[] {
  const database = new Database(file, { readonly: true });
  const root = Number(database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(table));
  database.close();
  const bytes = readFileSync(file);
  const at = (root - 1) * PAGE_BYTES;
  const cells = bytes.readUInt16BE(at + 3);
  const left = Array.from({ length: cells }, (_, cell) =>
    bytes.readUInt32BE(at + bytes.readUInt16BE(at + 12 + 2 * cell)),
  );
  return [...left, bytes.readUInt32BE(at + 8)];
}

const numbersOf = (rows: readonly Readonly<Record<string, unknown>>[], name = 'number') =>
  rows.map((row) => Number(row[name]));
const all = Array.from({ length: ROWS }, (_, index) => index + 1);

test('a sound table is read once, in the order of its keys, and is whole', () => {
  const { rows, whole } = readTable(open(), 'numbered', ['number']);
  expect([numbersOf(rows), whole]).toEqual([all, true]);
  const pairs = readTable(open(), 'pairs', ['a', 'b']);
  expect(numbersOf(pairs.rows, 'b')).toEqual([
    ...all.filter((number) => number % 2 === 0),
    ...all.filter((number) => number % 2 === 1),
  ]);
});

describe('of a table with a damaged page', () => {
  test.each(['first', 'in the middle', 'last'])('that is %s all rows of the others are read, each once', (where) => {
    const leaves = leavesOf('numbered');
    expect(leaves.length).toBeGreaterThan(5);
    const nth = where === 'first' ? 0 : where === 'last' ? leaves.length - 1 : 3;
    harm([leaves[nth]!]);
    const { rows, whole } = readTable(open(), 'numbered', ['number']);
    const found = numbersOf(rows);
    expect(whole).toBe(false);
    expect(new Set(found).size).toBe(found.length);
    expect(ROWS - found.length).toBeGreaterThan(3);
    expect(ROWS - found.length).toBeLessThan(11);
  });

  test('and of another one, what lies between is found by its numbers', () => {
    const leaves = leavesOf('numbered');
    harm([leaves[1]!, leaves[4]!]);
    const found = numbersOf(readTable(open(), 'numbered', ['number']).rows).sort((a, b) => a - b);
    const missing = all.filter((number) => !found.includes(number));
    expect([missing.length > 10, missing.length < 21]).toEqual([true, true]);
    const [hole] = missing;
    const between = all.filter((number) => number > hole! + 10 && number < missing.at(-1)! - 10);
    expect(between.length).toBeGreaterThan(3);
    for (const number of between) expect(found).toContain(number);
  });

  test('and of another one, ten thousand numbers between are asked for: a key that damage has made large holds up no start', () => {
    const raw = new Database(file);
    raw.exec('CREATE TABLE sparse (number INTEGER PRIMARY KEY, filler BLOB)');
    const insert = raw.prepare('INSERT INTO sparse VALUES (?, zeroblob(3000))'); // a page for each
    for (const number of [1, 2, 10_001, 10_002, 10_003, 10_004]) insert.run(number);
    raw.close();
    const leaves = leavesOf('sparse');
    harm([leaves[1]!, leaves[4]!]);
    const found = numbersOf(readTable(open(), 'sparse', ['number']).rows);
    expect(found.sort((a, b) => a - b)).toEqual([1, 10_001, 10_004]);
  });

  test('and with a key of two columns, rows are read from both ends', () => {
    const leaves = leavesOf('pairs');
    harm([leaves[2]!]);
    const { rows, whole } = readTable(open(), 'pairs', ['a', 'b']);
    const keys = rows.map(({ a, b }) => `${a} ${b}`);
    expect(whole).toBe(false);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toContain('even 2');
    expect(keys).toContain('odd 59');
    expect(keys.length).toBeGreaterThan(ROWS - 12);
    expect(keys.length).toBeLessThan(ROWS);
  });
});

test('one row is read by all columns of its key, and is not there under half of it or on a damaged page', () => {
  const database = open();
  expect(readWhere(database, 'pairs', ['a', 'b'], ['even', 2])).toMatchObject({ a: 'even', b: 2 });
  expect(readWhere(database, 'pairs', ['a', 'b'], ['odd', 2])).toBeUndefined();
  harm([leavesOf('numbered')[0]!]);
  expect(readWhere(open(), 'numbered', ['number'], [1])).toBeUndefined();
});

test('a table that can no longer be found has no rows, and is not whole', () => {
  expect(readTable(open(), 'forgotten', ['number'])).toEqual({ rows: [], whole: false });
  expect(readWhere(open(), 'forgotten', ['number'], [1])).toBeUndefined();
});

test.each<[damage: boolean, error: unknown]>([
  [true, new SqliteError('malformed', 'SQLITE_CORRUPT')],
  [true, new SqliteError('malformed', 'SQLITE_CORRUPT_INDEX')],
  [true, new SqliteError('not a database', 'SQLITE_NOTADB')],
  [true, new SqliteError('no such table', 'SQLITE_ERROR')],
  [false, new SqliteError('no collation', 'SQLITE_ERROR_MISSING_COLLSEQ')],
  [false, new SqliteError('disk', 'SQLITE_IOERR_READ')],
  [false, new SqliteError('odd', 'NO_SQLITE_CORRUPT')],
  [false, Object.assign(new Error('disk'), { code: 'SQLITE_CORRUPT' })],
])('damage %j: %s', (damage, error) => {
  expect(isDamage(error)).toBe(damage);
});

test('what is no damage is not taken for a hole', () => {
  const database = open();
  database.close();
  expect(() => readTable(database, 'numbered', ['number'])).toThrow(TypeError);
  expect(() => readWhere(database, 'numbered', ['number'], [1])).toThrow(TypeError);
});
