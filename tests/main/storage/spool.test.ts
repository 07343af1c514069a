import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { migrate, migrations } from '../../../main/storage/migrations/index.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import type { PrintOutcome } from '../../../printers/core/contract.ts';
import { claimPaper } from '../../support/claim-paper.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const cipher = aesGcmCipher(Buffer.alloc(32, 7));
const paperOut: PrintOutcome = { outcome: 'not-printed', code: 'paper-out', detail: 'out of paper' };
const lost: PrintOutcome = { outcome: 'unknown', code: 'outcome-unknown', detail: 'line lost' };
const licence = (jobId: string) => ({ jobId, document: 'certificate', series: 'food-licence' });
let file: string;
let store: Store;

beforeEach(() => {
  file = join(temporaryFolder(), 'store.db');
  store = openStore(file, { cipher });
});
afterEach(() => store.close());

function restart(): void {
  store.close();
  store = openStore(file, { cipher });
}

/** A licence that has come to `sending` on the next blank of A001 to A003. */
function sendLicence(jobId: string): string | undefined {
  const { blanks, spool } = store;
  const cassette =
    blanks.list()[0] ??
    blanks.load({ series: 'food-licence', printerId: 'p', tray: 'tray-2', first: 'A001', last: 'A003' });
  spool.accept(licence(jobId));
  spool.rendering(jobId);
  return spool.sending(jobId, 'p', cassette.cassetteId);
}

test('a paper is claimed once, also over a restart in the midst of printing', () => {
  expect(claimPaper(store, 'receipt-1')).toBe('claimed');
  expect(claimPaper(store, 'receipt-2')).toBe('claimed');
  store.spool.finish('receipt-1', { outcome: 'printed' });
  restart();
  expect(claimPaper(store, 'receipt-1')).toEqual({ outcome: 'printed' });
  expect(claimPaper(store, 'receipt-2')).toMatchObject({ outcome: 'unknown', code: 'outcome-unknown' });
  store.spool.finish('receipt-2', paperOut);
  expect(claimPaper(store, 'receipt-2')).toEqual(paperOut);
});

test('each step is on the disk, with the name by which the printer knows the job', () => {
  const { jobName } = store.spool.accept(licence('case:0:1'));
  expect(jobName).toMatch(/^job-[0-9a-f-]{36}$/);
  const seen: unknown[] = [];
  const see = () => {
    restart();
    const { state, blankNumber, jobName: name } = store.spool.find('case:0:1')!;
    expect(name).toBe(jobName);
    seen.push([state.state, blankNumber]);
  };
  see();
  store.spool.rendering('case:0:1');
  see();
  sendLicenceNow();
  see();
  store.spool.printing('case:0:1');
  see();
  store.spool.finish('case:0:1', { outcome: 'printed' });
  see();
  store.spool.taken('case:0:1');
  see();
  expect(seen).toEqual([
    ['accepted', undefined],
    ['rendering', undefined],
    ['sending', 'A001'],
    ['printing', 'A001'],
    ['presented', 'A001'],
    ['taken', 'A001'],
  ]);
});

function sendLicenceNow(): void {
  const loading = { series: 'food-licence', printerId: 'p', tray: 'tray-2', first: 'A001', last: 'A003' };
  store.spool.sending('case:0:1', 'p', store.blanks.load(loading).cassetteId);
}

test('a job that gets no blank stays where it was, and a blank that its job does not get stays in the tray', () => {
  expect(sendLicence('one')).toBe('A001');
  expect(() => sendLicence('two')).toThrow(expect.objectContaining({ name: 'SpoolError', code: 'printing-now' }));
  expect(store.spool.find('two')).toMatchObject({ state: { state: 'rendering' } });
  store.spool.finish('one', { outcome: 'printed' });
  expect(sendLicence('two')).toBe('A002');
  expect(() => store.spool.sending('two', 'p', store.blanks.list()[0]!.cassetteId)).toThrow('is not sent');
  expect(store.blanks.list()).toMatchObject([{ next: 'A003', held: { number: 'A002', state: 'reserved' } }]);
});

test('the first word about a paper holds: neither a late answer nor a second one changes it', () => {
  sendLicence('one');
  expect(store.spool.finish('one', { outcome: 'printed' })).toEqual({ outcome: 'printed' });
  expect(store.spool.finish('one', paperOut, true)).toEqual({ outcome: 'printed' });
  expect(store.blanks.history('A001').map(({ kind }) => kind)).toEqual(['loaded', 'reserved', 'printed']);
  store.spool.taken('one');
  store.spool.taken('one');
  expect(() => store.spool.printing('one')).toThrow('does not become printing');
});

test('an unknown licence is settled by its number, and takes its job along; an unknown paper by itself', () => {
  sendLicence('one');
  expect(store.spool.finish('one', lost)).toEqual(lost);
  expect(() => store.spool.settle('one', 'printed')).toThrow(expect.objectContaining({ code: 'uncertain' }));
  store.spool.settleBlank('A001', 'in-tray', 'seen');
  expect(store.spool.find('one')?.state).toMatchObject({ state: 'failed', code: 'outcome-unknown' });
  expect(() => store.spool.settleBlank('A001', 'printed', 'seen')).toThrow(
    expect.objectContaining({ code: 'not-uncertain' }),
  );
  expect(sendLicence('two')).toBe('A001');
  claimPaper(store, 'paper');
  expect(() => store.spool.settle('paper', 'printed')).toThrow(expect.objectContaining({ code: 'not-uncertain' }));
  store.spool.finish('paper', lost);
  expect(store.spool.settle('paper', 'printed').state).toEqual({ state: 'presented' });
  expect(() => store.spool.settle('nothing', 'printed')).toThrow(expect.objectContaining({ code: 'no-such-job' }));
});

test('what is unsettled is found again, and old papers are forgotten, but for licences whose number nobody has settled or that a printer may have', () => {
  sendLicence('one');
  store.spool.finish('one', lost);
  claimPaper(store, 'two');
  store.spool.accept({ jobId: 'three', document: 'receipt' });
  expect(store.spool.unsettled().map(({ jobId }) => jobId)).toEqual(['one', 'two']);
  expect(store.spool.recent(2)).toHaveLength(2);
  const later = new Date(Date.now() + 1_000).toISOString();
  expect(store.spool.removeOld(later, 50)).toBe(2);
  expect(store.spool.find('one')).toBeDefined();
  store.spool.settleBlank('A001', 'printed', 'seen');
  expect(store.spool.removeOld(later, 50)).toBe(0);
  store.spool.letGo('one', undefined);
  expect(store.spool.removeOld(later, 50)).toBe(1);
  expect(store.blanks.history('A001').at(-1)).toMatchObject({ kind: 'printed', reason: 'seen', jobId: 'one' });
});

test('what releases before had printed is still not printed again', () => {
  const old = join(temporaryFolder(), 'old.db');
  const database = new Database(old);
  migrate(
    database,
    migrations.filter(({ version }) => version <= 9),
  );
  database.exec(`INSERT INTO print_jobs VALUES
    ('printed', '2026-11-01T08:00:00.000Z', 'printed', NULL, NULL),
    ('failed', '2026-11-01T08:00:00.000Z', 'not-printed', 'paper-out', 'out of paper'),
    ('asked', '2026-11-01T08:00:00.000Z', 'unknown', 'timeout', 'silent'),
    ('died', '2026-11-01T08:00:00.000Z', NULL, NULL, NULL)`);
  database.close();
  const later = openStore(old, { cipher });
  expect(['printed', 'failed', 'asked', 'died', 'new'].map((id) => claimPaper(later, id))).toEqual([
    { outcome: 'printed' },
    paperOut,
    { outcome: 'unknown', code: 'timeout', detail: 'silent' },
    { outcome: 'unknown', code: 'outcome-unknown', detail: 'the terminal stopped while this was being printed' },
    'claimed',
  ]);
  later.close();
});
