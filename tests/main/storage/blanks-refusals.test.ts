import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Loading } from '../../../main/storage/blanks.ts';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const food: Loading = { series: 'food-licence', printerId: 'laser', tray: 'tray-2', first: 'A001', last: 'A010' };
const JOB = 'case-1:0:1';
let store: Store;
/** Of the pack A001 to A010. */
let pack: number;

beforeEach(() => {
  store = openStore(join(temporaryFolder(), 'store.db'), { cipher: aesGcmCipher(Buffer.alloc(32, 7)) });
  pack = store.blanks.load(food).cassetteId;
});
afterEach(() => store.close());

function startsPrinting(): void {
  store.spool.accept({ jobId: JOB, document: 'certificate', series: 'food-licence' });
  store.spool.rendering(JOB);
  store.spool.sending(JOB, 'laser', pack);
  store.spool.printing(JOB);
}
const losesSight = (): void => {
  startsPrinting();
  store.spool.finish(JOB, { outcome: 'unknown', code: 'outcome-unknown', detail: 'line lost' });
};
const prints = (): void => {
  startsPrinting();
  store.spool.finish(JOB, { outcome: 'printed' });
};
const nothing = (): void => undefined;

test.each<[refused: string, code: string, words: string, before: () => void, act: () => unknown]>([
  [
    'a sheet of no pack is void',
    'not-in-tray',
    'A011 does not lie in a tray',
    nothing,
    () => store.blanks.void('A011', 'missing'),
  ],
  [
    'a printed sheet is void',
    'not-in-tray',
    'A001 does not lie in a tray: it is printed',
    prints,
    () => store.blanks.void('A001', 'missing'),
  ],
  [
    'a void sheet is void again',
    'not-in-tray',
    'A004 does not lie in a tray: it is void',
    () => store.blanks.void('A004', 'missing'),
    () => store.blanks.void('A004', 'missing'),
  ],
  [
    'the history of a number of another machine',
    'no-such-number',
    'A011 was never in this terminal',
    nothing,
    () => store.blanks.history('A011'),
  ],
  [
    'a pack that ends before it begins',
    'bad-number',
    'B9 to B1 are no numbers that follow each other',
    nothing,
    () => store.blanks.load({ ...food, tray: 'tray-3', first: 'B9', last: 'B1' }),
  ],
  [
    'a pack with a used number',
    'overlap',
    'A001 was used before: see its history',
    prints,
    () => store.blanks.load({ ...food, tray: 'tray-3', first: 'A001', last: 'A001' }),
  ],
  [
    'a pack with numbers of another',
    'overlap',
    'cassette 1 has some of these numbers',
    nothing,
    () => store.blanks.load({ ...food, tray: 'tray-3', first: 'A010', last: 'A020' }),
  ],
  [
    'a pack in a full tray',
    'tray-occupied',
    'cassette 1 is in tray-2: unload it first',
    nothing,
    () => store.blanks.load({ ...food, first: 'B001', last: 'B010' }),
  ],
  [
    'a printed sheet on top again',
    'not-in-tray',
    'A001 is printed: it cannot lie in the tray',
    prints,
    () => store.blanks.correct(pack, 'A001', 'seen'),
  ],
  [
    'a pack that was taken out',
    'unloaded',
    'cassette 1 is no longer in the machine',
    () => store.blanks.unload(pack),
    () => store.blanks.correct(pack, 'A002', 'seen'),
  ],
  [
    'a tray whose sheet is on its way',
    'printing-now',
    'A001 is being printed: wait for it',
    startsPrinting,
    () => store.blanks.unload(pack),
  ],
  [
    'a tray of whose sheet nobody knows',
    'uncertain',
    'what became of A001 is not known: look, and settle it first',
    losesSight,
    () => store.blanks.unload(pack),
  ],
  [
    'a tray on top of which nobody knows what lies',
    'uncertain',
    'which number is on top of cassette 1 is not known: correct it first',
    () => {
      prints();
      store.blanks.doubt('laser', 'A001');
    },
    () => store.blanks.void('A005', 'missing'),
  ],
  [
    'a pack that never was',
    'no-such-cassette',
    'there is no cassette 77',
    nothing,
    () => store.blanks.correct(77, 'A001', 'seen'),
  ],
  [
    'a number of another pack on top',
    'bad-number',
    'cassette 1 has A001 to A010, not B001',
    nothing,
    () => store.blanks.correct(pack, 'B001', 'seen'),
  ],
  [
    'what is no number',
    'bad-number',
    'a blank’s number is a prefix and 1 to 15 digits, such as A001',
    nothing,
    () => store.blanks.history('A'),
  ],
  [
    'a number whose fate is known is settled',
    'not-uncertain',
    'A001 is not uncertain: see its history',
    prints,
    () => store.spool.settleBlank('A001', 'spoiled', 'seen'),
  ],
])('refused is %s, and a clerk is told which number and what to do', (_, code, words, before, act) => {
  before();
  const [shown] = store.blanks.list();
  expect(act).toThrow(expect.objectContaining({ name: 'SpoolError', code, message: words }));
  expect(store.blanks.list().at(0)).toEqual(shown);
});

test('a tray is settled of its doubt by the number that is seen on top, whichever it is', () => {
  prints();
  store.blanks.doubt('laser', 'A001');
  expect(store.blanks.list()).toMatchObject([{ state: 'uncertain' }]);
  expect(store.blanks.correct(pack, 'A002', 'seen')).toMatchObject({ state: 'loaded', next: 'A002', left: 9 });
});

test('a sheet of another printer, or of another tray, leaves this tray out of doubt', () => {
  store.blanks.load({ ...food, tray: 'tray-3', first: 'B001', last: 'B003' });
  store.blanks.load({ ...food, printerId: 'second', first: 'C001', last: 'C003' });
  prints();
  store.blanks.doubt('laser', 'A001');
  expect(store.blanks.list().map(({ state }) => state)).toEqual(['uncertain', 'loaded', 'loaded']);
});

test('the last sheet of a pack may be the one on top', () => {
  expect(store.blanks.correct(pack, 'A010', 'seen')).toMatchObject({ next: 'A010', left: 1 });
  expect(store.blanks.history('A009').map(({ kind }) => kind)).toEqual(['loaded', 'void']);
  expect(store.blanks.history('A010').map(({ kind }) => kind)).toEqual(['loaded']);
  expect(store.blanks.correct(pack, 'A011', 'seen')).toMatchObject({ left: 0 });
  expect(store.blanks.correct(pack, 'A010', 'seen')).toMatchObject({ next: 'A010', left: 1 });
  expect(store.blanks.history('A010').map(({ kind }) => kind)).toEqual(['loaded', 'void', 'found']);
});

test('a void sheet that lies on top after all is found, the last of a pack too', () => {
  store.blanks.void('A010', 'missing');
  expect(store.blanks.correct(pack, 'A010', 'seen')).toMatchObject({ next: 'A010', left: 1 });
  expect(store.blanks.history('A010').map(({ kind }) => kind)).toEqual(['loaded', 'void', 'found']);
});
