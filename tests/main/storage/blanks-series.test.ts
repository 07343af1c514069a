import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import type { PrintOutcome } from '../../../printers/core/contract.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const cipher = aesGcmCipher(Buffer.alloc(32, 7));
const printed: PrintOutcome = { outcome: 'printed' };
const lost: PrintOutcome = { outcome: 'unknown', code: 'outcome-unknown', detail: 'line lost' };
const failing = (code: string, message = expect.any(String)) =>
  expect.objectContaining({ name: 'SpoolError', code, message });
let file: string;
let store: Store;
/** The minute of a morning. */
let minute: number;

const at = (of: number): string => new Date(Date.UTC(2026, 10, 21, 8, of)).toISOString();
const open = (): Store => openStore(file, { cipher, now: () => new Date(at(minute)) });

beforeEach(() => {
  file = join(temporaryFolder(), 'store.db');
  minute = 0;
  store = open();
});
afterEach(() => store.close());

/** A pack of a series of its own, from its first letter's 005 to 010. */
const load = (series: string, tray = series): number => {
  const letter = series.slice(0, 1).toUpperCase();
  return store.blanks.load({ series, printerId: 'laser', tray, first: `${letter}005`, last: `${letter}010` })
    .cassetteId;
};

function print(jobId: string, cassetteId: number, outcome?: PrintOutcome): string | undefined {
  store.spool.accept({ jobId, document: 'certificate', series: 'some' });
  store.spool.rendering(jobId);
  const number = store.spool.sending(jobId, 'laser', cassetteId);
  if (outcome) store.spool.finish(jobId, outcome);
  return number;
}

/** As a flipped bit may leave it. */
function damage(sql: string): void {
  store.close();
  const raw = new Database(file);
  raw.pragma('foreign_keys = OFF');
  raw.exec(sql);
  raw.close();
  store = open();
}

test('each series has a balance of its own, in their order, also one that came while the day went on', () => {
  const trade = load('trade');
  minute = 10;
  const food = load('food');
  print('one', trade, lost);
  print('two', food, printed);
  store.blanks.correct(food, 'F008', 'missing');
  store.blanks.correct(food, 'F007', 'seen');
  minute = 20;
  store.blanks.unload(food);
  minute = 30;
  const sums = { loaded: 0, found: 0, printed: 0, spoiled: 0, void: 0, returned: 0, uncertain: [] as string[] };
  expect(store.blanks.balance(at(10), at(30))).toEqual([
    {
      ...sums,
      series: 'food',
      opening: 0,
      loaded: 6,
      found: 1,
      printed: 1,
      void: 2,
      returned: 4,
      closing: 0,
      counted: 0,
    },
    { ...sums, series: 'trade', opening: 6, closing: 6, counted: 6, uncertain: ['T005'] },
  ]);
});

test('a number’s history tells whose it was from when it was reserved on, and of nobody before', () => {
  const pack = load('food');
  print('case-1:0:1', pack, printed);
  const event = { at: at(0), series: 'food', cassetteId: pack };
  expect(store.blanks.history('F005')).toEqual([
    { ...event, kind: 'loaded' },
    { ...event, kind: 'reserved', jobId: 'case-1:0:1' },
    { ...event, kind: 'printed', jobId: 'case-1:0:1' },
  ]);
});

test('the list tells which number a job has, and of which nobody knows what became', () => {
  print('one', load('food'));
  expect(store.blanks.list()).toMatchObject([{ held: { number: 'F005', state: 'reserved' } }]);
  store.spool.finish('one', lost);
  expect(store.blanks.list()).toMatchObject([{ held: { number: 'F005', state: 'uncertain' } }]);
});

test('of an empty tray no number is reserved', () => {
  const pack = load('food');
  store.blanks.correct(pack, 'F011', 'missing');
  expect(() => print('one', pack)).toThrow(failing('no-blanks', 'the tray food is empty'));
});

test('a sheet that went back into the tray may be void like any other', () => {
  const pack = load('food');
  print('one', pack, lost);
  store.spool.settleBlank('F005', 'in-tray', 'seen');
  expect(store.blanks.void('F005', 'missing')).toMatchObject({ next: 'F006', left: 5 });
});

test('a number before the first of a pack is none of it', () => {
  const pack = load('food');
  print('one', pack, printed);
  const words = `cassette ${pack} has F005 to F010, not F004`;
  expect(() => store.blanks.correct(pack, 'F004', 'seen')).toThrow(failing('bad-number', words));
});

test('a pack of more sheets than a tray holds is refused with how many they are', () => {
  const pack = { series: 'food', printerId: 'laser', tray: 'tray-2', first: 'F0003', last: 'F2003' };
  expect(() => store.blanks.load(pack)).toThrow(failing('bad-number', '2001 sheets are more than the 2000 of a tray'));
});

test('of a number that is known, and of one that was never used, nothing is settled; a doubt is not doubted again', () => {
  const pack = load('food');
  print('one', pack, lost);
  store.blanks.settle('F005', 'uncertain');
  expect(store.blanks.history('F005').map(({ kind }) => kind)).toEqual(['loaded', 'reserved', 'uncertain']);
  expect(store.blanks.settle('F005', 'printed', 'seen')).toBe('one');
  expect(() => store.blanks.settle('F005', 'spoiled')).toThrow(failing('not-uncertain', 'F005 is known to be printed'));
  expect(() => store.blanks.settle('F006', 'printed')).toThrow(failing('no-such-number'));
});

test('a sheet that came unasked out of a pack whose row is lost leaves all trays of that printer in doubt', () => {
  const lostPack = load('food', 'tray-2');
  load('trade', 'tray-3');
  print('one', lostPack, printed);
  damage(`DELETE FROM blank_cassettes WHERE cassette_id = ${lostPack}`);
  store.blanks.doubt('laser', 'F005');
  expect(store.blanks.list()).toMatchObject([{ tray: 'tray-3', state: 'uncertain' }]);
});

test('a number behind the top whose row is lost is neither void nor found again: nobody knows what became of it', () => {
  const pack = load('food');
  print('one', pack, printed);
  print('two', pack, printed);
  damage(`DELETE FROM blanks WHERE value = 6`);
  expect(() => store.blanks.void('F006', 'missing')).toThrow(failing('not-in-tray', 'F006 does not lie in a tray'));
  expect(() => store.blanks.correct(pack, 'F006', 'seen')).toThrow(failing('not-in-tray'));
});

test('a number that was printed is in no pack again, also where its row is lost, and one that came back may be', () => {
  const pack = load('food');
  for (const job of ['one', 'two', 'three']) print(job, pack, printed);
  print('four', pack, lost);
  store.spool.settleBlank('F008', 'in-tray', 'seen');
  store.blanks.unload(pack);
  damage('DELETE FROM blanks WHERE value = 6');
  const next = { series: 'food', printerId: 'laser', tray: 'tray-2' };
  expect(() => store.blanks.load({ ...next, first: 'F006', last: 'F006' })).toThrow(
    failing('overlap', 'F006 was used before: see its history'),
  );
  expect(store.blanks.load({ ...next, first: 'F008', last: 'F010' })).toMatchObject({ left: 3 });
});

test('a pack whose row still lies in the tray keeps its numbers, although all of them are used and a row of them is lost', () => {
  const pack = load('food');
  for (const number of [5, 6, 7, 8, 9, 10]) print(`job-${number}`, pack, printed);
  damage('DELETE FROM blanks WHERE value = 6; DELETE FROM blank_events WHERE first = 6 AND last = 6');
  const again = { series: 'food', printerId: 'laser', tray: 'food', first: 'F006', last: 'F006' };
  expect(() => store.blanks.load(again)).toThrow(failing('overlap', `cassette ${pack} has some of these numbers`));
});
