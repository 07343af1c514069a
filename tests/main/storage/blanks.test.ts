import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Loading, SHEETS_MAX } from '../../../main/storage/blanks.ts';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import type { PrintOutcome } from '../../../printers/core/contract.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const cipher = aesGcmCipher(Buffer.alloc(32, 7));
const printed: PrintOutcome = { outcome: 'printed' };
const lost: PrintOutcome = { outcome: 'unknown', code: 'outcome-unknown', detail: 'line lost' };
const paperOut: PrintOutcome = { outcome: 'not-printed', code: 'paper-out', detail: 'out' };
const EVER = '9999';
const food: Loading = { series: 'food-licence', printerId: 'laser', tray: 'tray-2', first: 'A001', last: 'A010' };
const failing = (code: string) => expect.objectContaining({ name: 'SpoolError', code });
let store: Store;
let jobs: number;

beforeEach(() => {
  store = openStore(join(temporaryFolder(), 'store.db'), { cipher });
  jobs = 0;
});
afterEach(() => store.close());

/** A licence on the next blank of `series` that ends so; tells the number that it had. */
function print(outcome: PrintOutcome | undefined, sheetUsed?: boolean, series = 'food-licence'): string | undefined {
  jobs += 1;
  const jobId = `case-${jobs}:0:1`;
  const cassette = store.blanks.usable(series);
  if (!cassette) return undefined;
  store.spool.accept({ jobId, document: 'certificate', series });
  store.spool.rendering(jobId);
  const number = store.spool.sending(jobId, cassette.printerId, cassette.cassetteId);
  store.spool.printing(jobId);
  if (outcome) store.spool.finish(jobId, outcome, sheetUsed);
  return number;
}

const kindsOf = (number: string) => store.blanks.history(number).map(({ kind }) => kind);
const acts = () =>
  store.audit
    .page(0, 1_000)
    .map(({ entry }) => JSON.parse(entry))
    .filter(({ kind }) => /^(blank|print)-/.test(kind));

test('numbers go out in order, each once, and the sheet that stayed in the tray is the next one', () => {
  store.blanks.load(food);
  expect([print(printed), print(paperOut, false), print(printed), print(printed)]).toEqual([
    'A001',
    'A002',
    'A002',
    'A003',
  ]);
  expect(kindsOf('A002')).toEqual(['loaded', 'reserved', 'released', 'reserved', 'printed']);
  expect(store.blanks.list()).toMatchObject([{ next: 'A004', left: 7, state: 'loaded' }]);
});

test('a sheet that left the tray and is no licence is spoiled, and the next one is the next number', () => {
  store.blanks.load(food);
  expect(print({ outcome: 'not-printed', code: 'media-jammed', detail: 'jam' })).toBe('A001');
  expect(print(paperOut, true)).toBe('A002');
  expect([kindsOf('A001').at(-1), kindsOf('A002').at(-1), print(printed)]).toEqual(['spoiled', 'spoiled', 'A003']);
});

test.each(['printed', 'spoiled', 'in-tray'] as const)(
  'after an unknown end nothing more is printed from that tray until a person says %s',
  (as) => {
    store.blanks.load(food);
    print(lost);
    expect(store.blanks.problem('food-licence')).toBe('blanks-uncertain');
    expect(print(printed)).toBeUndefined();
    const [{ cassetteId } = { cassetteId: 0 }] = store.blanks.list();
    for (const act of [
      () => store.blanks.unload(cassetteId),
      () => store.blanks.correct(cassetteId, 'A002', 'seen'),
      () => store.blanks.void('A002', 'missing'),
    ]) {
      expect(act).toThrow(failing('uncertain'));
    }
    store.spool.settleBlank('A001', as, 'seen');
    expect(store.blanks.problem('food-licence')).toBeUndefined();
    expect(print(printed)).toBe(as === 'in-tray' ? 'A001' : 'A002');
  },
);

test('another tray with the same series goes on while one is in doubt', () => {
  store.blanks.load(food);
  store.blanks.load({ ...food, tray: 'tray-3', first: 'B01', last: 'B05' });
  expect([print(lost), store.blanks.problem('food-licence'), print(printed)]).toEqual(['A001', undefined, 'B01']);
});

test('of a series that was never loaded, and of one that is used up, there are no blanks', () => {
  store.blanks.load({ ...food, last: 'A001' });
  expect([store.blanks.problem('drain-permit'), store.blanks.problem('food-licence')]).toEqual([
    'no-blanks',
    undefined,
  ]);
  print(printed);
  expect([store.blanks.problem('food-licence'), print(printed)]).toEqual(['no-blanks', undefined]);
});

test('blanks of one series are none of another, whatever is the matter with them', () => {
  store.blanks.load({ ...food, series: 'drain-permit' });
  expect([store.blanks.problem('food-licence'), store.blanks.problem('drain-permit')]).toEqual([
    'no-blanks',
    undefined,
  ]);
  print(lost, undefined, 'drain-permit');
  expect([store.blanks.problem('food-licence'), store.blanks.problem('drain-permit')]).toEqual([
    'no-blanks',
    'blanks-uncertain',
  ]);
});

test('of the last sheet, nobody knows: that is a doubt, and not an empty tray', () => {
  store.blanks.load({ ...food, last: 'A001' });
  print(lost);
  expect(store.blanks.problem('food-licence')).toBe('blanks-uncertain');
});

test('while a sheet is on its way nobody changes what lies in its tray', () => {
  store.blanks.load(food);
  expect(print(undefined)).toBe('A001');
  const [{ cassetteId } = { cassetteId: 0 }] = store.blanks.list();
  expect(() => store.blanks.unload(cassetteId)).toThrow(failing('printing-now'));
  expect(() => store.blanks.correct(cassetteId, 'A005', 'seen')).toThrow(failing('printing-now'));
  expect(() => store.blanks.void('A001', 'damaged')).toThrow(failing('not-in-tray'));
  expect(() => store.spool.settleBlank('A001', 'printed', 'seen')).toThrow(failing('not-uncertain'));
});

test.each<[string, Partial<Loading>, code: string]>([
  ['numbers that lie in a tray', { tray: 'tray-3', first: 'A010', last: 'A020' }, 'overlap'],
  ['a tray that is full', { first: 'C001', last: 'C002' }, 'tray-occupied'],
  ['the last before the first', { first: 'C009', last: 'C001' }, 'bad-number'],
  ['two prefixes', { first: 'C001', last: 'D002' }, 'bad-number'],
  ['two widths', { first: 'C99', last: 'C100' }, 'bad-number'],
  ['no number at all', { first: 'first', last: 'last' }, 'bad-number'],
  ['a digit too many', { first: 'C00001', last: 'C10000' }, 'bad-number'],
])('a loading is refused for %s, and nothing has changed', (_, loading, code) => {
  store.blanks.load(food);
  const before = [store.blanks.list(), acts()];
  expect(() => store.blanks.check({ ...food, ...loading })).toThrow(failing(code));
  expect(() => store.blanks.load({ ...food, ...loading })).toThrow(failing(code));
  expect([store.blanks.list(), acts()]).toEqual(before);
});

test('the largest pack that a tray may have is taken, and one sheet more is not', () => {
  expect(store.blanks.check({ ...food, first: 'C0001', last: `C${SHEETS_MAX}` })).toEqual({ sheets: SHEETS_MAX });
  const tooMany = () => store.blanks.check({ ...food, first: 'C0000', last: `C${SHEETS_MAX}` });
  expect(tooMany).toThrow(failing('bad-number'));
  expect(tooMany).toThrow(`${SHEETS_MAX + 1} sheets`);
  expect(store.blanks.list()).toEqual([]); // it only looked
});

test('a pack lies beside another whose numbers begin behind its own, and not beside one that begins with its last', () => {
  store.blanks.load({ ...food, first: 'A010', last: 'A020' });
  const beside = { ...food, tray: 'tray-3', first: 'A001' };
  expect(store.blanks.check({ ...beside, last: 'A009' })).toEqual({ sheets: 9 });
  expect(() => store.blanks.check({ ...beside, last: 'A010' })).toThrow(failing('overlap'));
  expect(store.blanks.check({ ...beside, first: 'A021', last: 'A022' })).toEqual({ sheets: 2 });
});

test('what was used is never loaded again; what was taken out unused may be: a wrong loading is undone', () => {
  const { cassetteId } = store.blanks.load({ ...food, series: 'drain-permit' });
  expect(store.blanks.unload(cassetteId)).toEqual({ returned: 10 });
  expect(() => store.blanks.unload(cassetteId)).toThrow(failing('unloaded'));
  const right = store.blanks.load(food);
  print(printed);
  store.blanks.unload(right.cassetteId);
  expect(() => store.blanks.load(food)).toThrow(failing('overlap'));
  expect(store.blanks.load({ ...food, first: 'A002' })).toMatchObject({ next: 'A002', left: 9 });
});

test('a tray that is used up takes the next pack', () => {
  store.blanks.load({ ...food, last: 'A001' });
  print(printed);
  expect(store.blanks.load({ ...food, first: 'A002' })).toMatchObject({ cassetteId: 2 });
  expect(store.blanks.list().map(({ cassetteId }) => cassetteId)).toEqual([2]);
});

test('a corrected top number makes void what was skipped, with the reason, and is undone while nothing was printed', () => {
  const { cassetteId } = store.blanks.load(food);
  print(printed);
  expect(store.blanks.correct(cassetteId, 'A005', 'taken-out')).toMatchObject({ next: 'A005', left: 6 });
  expect(store.blanks.history('A003').at(-1)).toMatchObject({ kind: 'void', reason: 'taken-out' });
  expect(store.blanks.correct(cassetteId, 'A003', 'mistake')).toMatchObject({ next: 'A003', left: 8 });
  expect(kindsOf('A004')).toEqual(['loaded', 'void', 'found']);
  expect(kindsOf('A002')).toEqual(['loaded', 'void']);
  expect(store.blanks.history('A004').at(-1)).toMatchObject({ reason: 'mistake' });
  expect(() => store.blanks.correct(cassetteId, 'A001', 'mistake')).toThrow(failing('not-in-tray'));
  expect(print(printed)).toBe('A003');
  expect(store.blanks.correct(cassetteId, 'A011', 'recount')).toMatchObject({ left: 0 });
  for (const wrong of ['A012', 'B005', 'A05']) {
    expect(() => store.blanks.correct(cassetteId, wrong, 'seen')).toThrow(failing('bad-number'));
  }
});

test('the number that a clerk sees on top is on top, also one that was void, and cannot be one that was printed', () => {
  const { cassetteId } = store.blanks.load(food);
  store.blanks.void('A005', 'missing');
  expect(store.blanks.correct(cassetteId, 'A005', 'seen')).toMatchObject({ next: 'A005', left: 6 });
  expect([kindsOf('A005'), kindsOf('A004')]).toEqual([
    ['loaded', 'void', 'found'],
    ['loaded', 'void'],
  ]);
  expect([print(printed), print(printed)]).toEqual(['A005', 'A006']);
  expect(() => store.blanks.correct(cassetteId, 'A006', 'seen')).toThrow(failing('not-in-tray'));
  store.blanks.load({ ...food, tray: 'tray-3', first: 'A011', last: 'A012' });
  store.blanks.void('A011', 'missing');
  expect(store.blanks.correct(cassetteId, 'A011', 'seen')).toMatchObject({ left: 0 }); // empty: it is another tray's
  expect(kindsOf('A011')).toEqual(['loaded', 'void']);
});

test('of a pack that ends in nines the tray may be said to be empty as well', () => {
  const { cassetteId } = store.blanks.load({ ...food, first: 'A990', last: 'A999' });
  expect(() => store.blanks.correct(cassetteId, 'A1001', 'seen')).toThrow(failing('bad-number'));
  expect(store.blanks.correct(cassetteId, 'A1000', 'seen')).toMatchObject({ left: 0 });
  expect(kindsOf('A999')).toEqual(['loaded', 'void']);
});

test('a sheet that is missing further down is void at once, and skipped when it would be its turn', () => {
  store.blanks.load(food);
  expect(store.blanks.void('A003', 'missing')).toMatchObject({ next: 'A001', left: 9 });
  expect(store.blanks.void('A001', 'damaged')).toMatchObject({ next: 'A002', left: 8 });
  expect([print(printed), print(printed)]).toEqual(['A002', 'A004']);
  for (const number of ['A000', 'A001', 'A002', 'A003', 'A999', 'Z1']) {
    expect(() => store.blanks.void(number, 'missing')).toThrow(failing('not-in-tray'));
  }
  expect(store.blanks.void('A010', 'missing')).toMatchObject({ next: 'A005', left: 5 });
});

test('a sheet that came unasked leaves in doubt what is on top of its own tray alone, until somebody has looked', () => {
  const { cassetteId } = store.blanks.load(food);
  store.blanks.load({ ...food, tray: 'tray-3', first: 'B01', last: 'B05' });
  store.blanks.load({ ...food, printerId: 'inkjet', first: 'C01', last: 'C05' });
  expect(print(printed)).toBe('A001');
  store.blanks.doubt('laser', 'A001');
  expect(store.blanks.list().map(({ state }) => state)).toEqual(['uncertain', 'loaded', 'loaded']);
  expect(() => store.blanks.unload(cassetteId)).toThrow(failing('uncertain'));
  expect(() => store.blanks.void('A004', 'missing')).toThrow(failing('uncertain'));
  expect(store.blanks.correct(cassetteId, 'A003', 'seen')).toMatchObject({ state: 'loaded', next: 'A003' });
  store.blanks.doubt('inkjet', 'A001'); // in the same tray of another printer
  expect(store.blanks.list().map(({ state }) => state)).toEqual(['loaded', 'loaded', 'uncertain']);
});

test('a pack of which nobody knows whether it is used up is not replaced unseen', () => {
  store.blanks.load({ ...food, last: 'A001' });
  print(printed);
  store.blanks.doubt('laser', 'A001');
  expect(() => store.blanks.load({ ...food, first: 'A002' })).toThrow(failing('tray-occupied'));
});

test('a number is held by the job that has it, until it is known what became of it', () => {
  store.blanks.load(food);
  print(undefined);
  const holders = () => ['case-1:0:1', 'case-2:0:1'].map((jobId) => store.blanks.isHeldBy('A001', jobId));
  expect([holders(), store.blanks.stateFor('A001', 'case-2:0:1')]).toEqual([[true, false], undefined]);
  store.spool.finish('case-1:0:1', lost);
  expect([holders(), store.blanks.isUncertain('A001')]).toEqual([[true, false], true]);
  store.spool.settleBlank('A001', 'printed', 'seen');
  expect([holders(), store.blanks.stateFor('A001', 'case-1:0:1')]).toEqual([[false, false], 'printed']);
  expect([store.blanks.isHeldBy('A002', 'case-1:0:1'), store.blanks.isUncertain('A002')]).toEqual([false, false]);
});

test('of a cassette that was never loaded nothing is done', () => {
  expect(() => store.blanks.unload(7)).toThrow(failing('no-such-cassette'));
});

test('a series that runs out is told of at the number that is set for it, over all its trays', () => {
  store.blanks.load({ ...food, last: 'A003' });
  store.blanks.load({ ...food, tray: 'tray-3', first: 'B1', last: 'B2' });
  store.blanks.load({ ...food, series: 'drain-permit', tray: 'tray-4', first: 'C1', last: 'C9' });
  const low = (limit: number) => store.blanks.low((series) => (series === 'drain-permit' ? 8 : limit));
  expect([low(4), low(5)]).toEqual([[], [{ series: 'food-licence', left: 5 }]]);
  for (let sheet = 0; sheet < 5; sheet += 1) print(printed);
  print(printed, undefined, 'drain-permit');
  expect(low(0)).toEqual([
    { series: 'food-licence', left: 0 },
    { series: 'drain-permit', left: 8 },
  ]);
});

test('the balance of a day adds up, and names what is uncertain', () => {
  store.blanks.load(food);
  print(printed);
  print(paperOut, true);
  store.blanks.void('A009', 'missing');
  print(lost);
  expect(store.blanks.balance('', EVER)).toEqual([
    {
      ...{ series: 'food-licence', opening: 0, loaded: 10, found: 0, printed: 1, spoiled: 1, void: 1, returned: 0 },
      ...{ closing: 7, uncertain: ['A003'], counted: 7 },
    },
  ]);
  const tomorrow = new Date(Date.now() + 1_000).toISOString();
  expect(store.blanks.balance(tomorrow, EVER)).toMatchObject([{ opening: 7, loaded: 0, closing: 7 }]);
  store.spool.settleBlank('A003', 'spoiled', 'seen');
  expect(store.blanks.balance('', EVER)).toMatchObject([{ spoiled: 2, closing: 6, uncertain: [], counted: 6 }]);
  expect(store.blanks.balance('', '2000')).toEqual([]);
});

test('every change is on record, in the order in which it came, with numbers and closed words alone', () => {
  const { cassetteId } = store.blanks.load(food);
  print(lost);
  store.spool.settleBlank('A001', 'printed', 'seen');
  store.blanks.correct(cassetteId, 'A004', 'taken-out');
  store.blanks.unload(cassetteId);
  expect(acts().map(({ kind, subject }) => [kind, subject.first, subject.last])).toEqual([
    ['blank-loaded', 'A001', 'A010'],
    ['blank-reserved', 'A001', undefined],
    ['blank-uncertain', 'A001', undefined],
    ['blank-printed', 'A001', undefined],
    ['print-settled', undefined, undefined],
    ['blank-void', 'A002', 'A003'],
    ['blank-corrected', undefined, undefined],
    ['blank-returned', 'A004', 'A010'],
  ]);
  expect(acts()[3].detail).toEqual({ series: 'food-licence', reason: 'seen', jobId: 'case-1:0:1' });
  expect(acts()[4]).toMatchObject({
    subject: { jobId: 'case-1:0:1' },
    detail: { as: 'printed', document: 'certificate' },
  });
  expect(acts()[6]).toMatchObject({
    subject: { cassetteId: String(cassetteId), next: 'A004' },
    detail: { series: 'food-licence', reason: 'taken-out' },
  });
});

test.each(['A001', 'B7', '', 'A001; DROP TABLE blanks'])(
  'of %j, which was never here, there is no history',
  (number) => {
    expect(() => store.blanks.history(number)).toThrow(
      failing(/^[AB]\d+$/.test(number) ? 'no-such-number' : 'bad-number'),
    );
  },
);
