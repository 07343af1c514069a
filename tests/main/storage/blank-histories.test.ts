import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { settlements } from '../../../main/storage/blanks.ts';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { SpoolError } from '../../../main/storage/spool-error.ts';
import type { PrintOutcome } from '../../../printers/core/contract.ts';
import { endsAtFirstFailure, isLong } from '../../support/long-form.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const cipher = aesGcmCipher(Buffer.alloc(32, 7));
const printed: PrintOutcome = { outcome: 'printed' };
const outcomes: readonly PrintOutcome[] = [
  printed,
  { outcome: 'not-printed', code: 'media-jammed', detail: '' },
  { outcome: 'not-printed', code: 'paper-out', detail: '' },
  { outcome: 'unknown', code: 'outcome-unknown', detail: '' },
];
const number = fc.integer({ min: 1, max: 30 }).map((value) => `A${String(value).padStart(3, '0')}`);
type Act = (store: Store, jobId: string) => unknown;
const cassette = fc.integer({ min: 1, max: 4 });

const printing: fc.Arbitrary<Act> = fc
  .record({
    outcome: fc.oneof(fc.constant(printed), fc.constantFrom(...outcomes)),
    used: fc.option(fc.boolean(), { nil: undefined }),
  })
  .map(({ outcome, used }) => ({ blanks, spool }, jobId) => {
    const from = blanks.usable('s') ?? blanks.usable('t');
    if (!from) return;
    spool.accept({ jobId, document: 'certificate', series: from.series });
    spool.rendering(jobId);
    spool.sending(jobId, 'p', from.cassetteId);
    spool.printing(jobId);
    spool.finish(jobId, outcome, used);
  });
const settling: fc.Arbitrary<Act> = fc.constantFrom(...settlements).map((as) => ({ blanks, spool }) => {
  const uncertain = blanks.list().find(({ held }) => held)?.held;
  if (uncertain) spool.settleBlank(uncertain.number, as, 'seen');
});
const loading: fc.Arbitrary<Act> = fc
  .record({ first: number, last: number, tray: fc.constantFrom('1', '2'), series: fc.constantFrom('s', 't') })
  .map(
    (what) =>
      ({ blanks }) =>
        blanks.load({ ...what, printerId: 'p' }),
  );
const unloading: fc.Arbitrary<Act> = cassette.map(
  (which) =>
    ({ blanks }) =>
      blanks.unload(which),
);
const correcting: fc.Arbitrary<Act> = fc.tuple(cassette, number).map(
  ([which, next]) =>
    ({ blanks }) =>
      blanks.correct(which, next, 'recount'),
);
const voiding: fc.Arbitrary<Act> = number.map(
  (which) =>
    ({ blanks }) =>
      blanks.void(which, 'missing'),
);
const act = fc.oneof(
  { weight: 5, arbitrary: printing },
  { weight: 2, arbitrary: settling },
  ...[loading, unloading, correcting, voiding],
);

/** Of all numbers that were ever loaded: printed on how often, and by the last word still in the machine or not. */
function account(store: Store): { printedTwice: string[]; inMachine: Map<string, number> } {
  const inMachine = new Map<string, number>();
  const printedTwice: string[] = [];
  for (let value = 1; value <= 30; value += 1) {
    const text = `A${String(value).padStart(3, '0')}`;
    const events = historyOf(store, text);
    if (events.filter(({ kind }) => kind === 'printed').length > 1) printedTwice.push(text);
    const last = events.at(-1);
    const gone = ['printed', 'spoiled', 'void', 'returned'];
    if (last && !gone.includes(last.kind)) inMachine.set(last.series, (inMachine.get(last.series) ?? 0) + 1);
  }
  return { printedTwice, inMachine };
}

function historyOf(store: Store, text: string): ReturnType<Store['blanks']['history']> {
  try {
    return store.blanks.history(text);
  } catch (error) {
    if (error instanceof SpoolError) return [];
    throw error;
  }
}

test('whatever clerks and printers do in whatever order, every number is accounted for, and the sums agree with the rows', () => {
  const folder = temporaryFolder();
  let run = 0;
  let sheets = 0;
  fc.assert(
    fc.property(fc.array(act, { minLength: 5, maxLength: 40 }), (acts) => {
      run += 1;
      const store = openStore(join(folder, `${run}.db`), { cipher });
      try {
        store.blanks.load({ series: 's', printerId: 'p', tray: '1', first: 'A001', last: 'A006' });
        for (const [index, one] of acts.entries()) {
          try {
            one(store, `job-${index}`);
          } catch (error) {
            if (!(error instanceof SpoolError)) throw error; // a rule that said no, and changed nothing
          }
          const { printedTwice, inMachine } = account(store);
          expect(printedTwice).toEqual([]);
          for (const balance of store.blanks.balance('', '9999')) {
            const { series, opening, loaded, found, closing, counted } = balance;
            const gone = balance.printed + balance.spoiled + balance.void + balance.returned;
            expect(closing).toBe(opening + loaded + found - gone);
            expect([closing, counted]).toEqual([inMachine.get(series) ?? 0, inMachine.get(series) ?? 0]);
          }
        }
        sheets += store.blanks.balance('', '9999').reduce((sum, one) => sum + one.printed, 0);
      } finally {
        store.close();
      }
    }),
    { ...endsAtFirstFailure, numRuns: isLong ? 50 : 10 },
  );
  expect(sheets).toBeGreaterThan(0); // or the histories had nothing in them
});
