import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Printing } from '../../../main/printing/printing.ts';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { portOf, type Sheet, SheetPrinter } from '../../../scripts/chaos/spool/sheet-printer.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const cipher = aesGcmCipher(Buffer.alloc(32, 7));
const never = new AbortController().signal;
const food = { series: 'food-licence', printerId: 'laser', tray: 'tray-2', first: 'A001', last: 'A010' };
const drain = { series: 'drain-permit', printerId: 'laser', tray: 'tray-3', first: 'B001', last: 'B010' };
let file: string;
let store: Store;

beforeEach(() => {
  file = join(temporaryFolder(), 'store.db');
  store = openStore(file, { cipher });
  store.blanks.load(food);
  store.blanks.load(drain);
});
afterEach(() => store.close());

/** The terminal stopped over a licence on the next blank of a cassette. */
function dieOver(jobId: string, series: string, cassetteId: number): void {
  store.spool.accept({ jobId, document: 'certificate', series });
  store.spool.rendering(jobId);
  store.spool.sending(jobId, 'laser', cassetteId);
}

/** As a restoration leaves it that could not read some of the rows. The printer knows nothing. */
async function restartWithout(sql: string): Promise<void> {
  store.close();
  const raw = new Database(file);
  raw.exec(sql);
  raw.close();
  store = openStore(file, { cipher });
  const printer = new SheetPrinter();
  printer.remembers = false;
  await new Printing<Sheet>({ store, printers: portOf(printer, () => undefined), log: memoryLog() }).recover(never);
}

const stateOf = (jobId: string) => store.spool.find(jobId)?.state.state;
const lastOf = (number: string) => store.blanks.history(number).at(-1)?.kind;

test('a number whose job is lost is a clerk’s to settle, and the tray goes on', async () => {
  dieOver('one', 'food-licence', 1);
  await restartWithout('DELETE FROM spool_jobs');
  expect([lastOf('A001'), store.blanks.problem('food-licence')]).toEqual(['uncertain', 'blanks-uncertain']);
  store.spool.settleBlank('A001', 'printed', 'seen');
  expect(store.blanks.usable('food-licence')).toMatchObject({ next: 'A002' });
});

test.each([
  "DELETE FROM blanks WHERE value = 1 AND prefix = 'A'",
  "UPDATE blanks SET state = 'printed' WHERE prefix = 'A'",
  'DELETE FROM blank_cassettes WHERE cassette_id = 1',
])('a job whose number does not agree keeps no other from being followed up: %s', async (damage) => {
  dieOver('one', 'food-licence', 1);
  dieOver('two', 'drain-permit', 2);
  await restartWithout(damage);
  expect([stateOf('one'), stateOf('two'), lastOf('B001')]).toEqual(['unknown', 'unknown', 'uncertain']);
});

test('the numbers of a lost cassette are not taken for those of the next one', async () => {
  store.blanks.unload(2);
  store.blanks.load(drain);
  dieOver('one', 'drain-permit', 3);
  await restartWithout('DELETE FROM blank_cassettes WHERE cassette_id = 3');
  const { cassetteId } = store.blanks.load({ ...drain, first: 'B002' });
  expect([cassetteId, store.blanks.usable('drain-permit')?.next]).toEqual([4, 'B002']);
  store.spool.settleBlank('B001', 'spoiled', 'seen');
  expect([lastOf('B001'), store.blanks.usable('drain-permit')?.next]).toEqual(['spoiled', 'B002']);
});
