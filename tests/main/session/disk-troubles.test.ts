import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openStoreIn } from '../../../main/compose-store.ts';
import type { Screen } from '../../../main/contracts/view.ts';
import { storageProblem } from '../../../main/session/storage-problem.ts';
import { StorageError } from '../../../main/storage/errors.ts';
import type { Store } from '../../../main/storage/open.ts';
import { failingCalls } from '../../support/failing-calls.ts';
import { never, type StandingTerminal, standingTerminalForEach } from '../../support/standing-terminal.ts';
import { acceptCases, deliverAll } from '../../support/stored-cases.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { linCard } from '../../support/visit.ts';

const calls = vi.hoisted(() => async () => (await import('../../support/failing-calls.ts')).failingCalls);
vi.mock('better-sqlite3', async (original) => (await calls()).ofSqlite(await original()));

afterEach(() => failingCalls.disarm());

const start = { type: 'start' } as const;
const next = { type: 'next' } as const;
const choose = (serviceId: string) => ({ type: 'choose-service', serviceId }) as const;
const answersS10 = [
  { type: 'set-answer', field: 'delivery', value: 'post' },
  { type: 'set-answer', field: 'phone', value: '13800138000' },
] as const;
const matterS19 = { type: 'set-answer', field: 'matter', value: 'housing' } as const;
const outOfService = (problem: string) => ({ kind: 'out-of-service', problem });

describe('during a visit', () => {
  let terminal: StandingTerminal;
  standingTerminalForEach((standing) => {
    terminal = standing;
  });

  const isWrite = (name: string): boolean => name === 'run' || name === 'commit';

  test.each<[trouble: string, begin: () => void, sees: object, end: () => void]>([
    [
      'the disk is full',
      () => failingCalls.always('SQLITE_FULL', isWrite),
      outOfService('storage-full'),
      () => failingCalls.disarm(),
    ],
    [
      'the disk was mounted read-only',
      () => failingCalls.always('SQLITE_READONLY', isWrite),
      outOfService('storage-failed'),
      () => failingCalls.disarm(),
    ],
    [
      'the disk was pulled out',
      () => terminal.pullDisk(),
      outOfService('storage-failed'),
      () => terminal.putDiskBack(),
    ],
    [
      'a page is found to be damaged',
      () => failingCalls.always('SQLITE_CORRUPT', isWrite),
      outOfService('storage-failed'),
      () => failingCalls.disarm(),
    ],
    [
      'there is room for the visit and none for the case',
      () => {
        terminal.noRoomFor = 'intake.';
      },
      { kind: 'submit', phase: 'not-saved' },
      () => {
        terminal.noRoomFor = undefined;
      },
    ],
  ])('%s: nothing is called accepted, and when it is over the case goes out once', async (_, begin, sees, end) => {
    await terminal.touch(start, choose('S10'), ...answersS10, next, next);
    begin();
    await terminal.touch(next);
    await terminal.pass(5_000);
    expect(terminal.views.at(-1)?.screen).toMatchObject(sees);
    expect([terminal.delivered, terminal.printed]).toEqual([[], []]);
    end();
    await terminal.pass(3_000);
    if (terminal.screen.kind === 'submit') await terminal.touch({ type: 'retry' });
    await terminal.pass(7_000);
    expect(terminal.screen).toMatchObject({ kind: 'result', outcome: 'delivered' });
    expect(terminal.delivered).toHaveLength(1);
  });

  test('a case that was accepted before the disk was full ends no core: the visit waits, and goes on', async () => {
    await terminal.touch(start, choose('S10'), ...answersS10, next, next);
    const accept = terminal.outbox.accept.bind(terminal.outbox);
    vi.spyOn(terminal.outbox, 'accept').mockImplementation((item) => {
      failingCalls.always('SQLITE_FULL', (name) => name === 'transaction');
      accept(item);
    });
    await terminal.touch(next);
    await terminal.pass(20_000);
    expect(terminal.views.at(-1)?.screen).toMatchObject(outOfService('storage-full'));
    failingCalls.disarm();
    await terminal.pass(7_000);
    expect(terminal.screen.kind).toBe('result');
    expect([terminal.delivered.length, terminal.printed]).toEqual([1, ['受理回执']]);
  });

  test('hardly any room: what may have to wait here is greyed before anybody begins, and what waits goes out', async () => {
    terminal.deliver = async () => ({ outcome: 'retry', cause: 'unreachable' });
    await terminal.touch(start, choose('S10'), ...answersS10, next, next, next);
    await terminal.pass(10_000);
    await terminal.touch({ type: 'leave' });
    terminal.storageFull = true;
    await terminal.touch(start);
    const cards = terminal.screen.kind === 'services' ? terminal.screen.services : [];
    const answers = new Map(cards.map(({ id, available }) => [id, available]));
    expect(answers.get('S10')).toEqual({ state: 'no', problem: 'storage-full' });
    expect(answers.get('S01')).toEqual({ state: 'yes' });
    await terminal.touch(choose('S10'));
    expect(terminal.screen.kind).toBe('services');
    terminal.deliver = async () => ({ outcome: 'delivered', result: {} });
    await terminal.pass(20 * 60_000);
    expect(terminal.outbox.stats()).toMatchObject({ waiting: 0, delivered: 1 });
  });

  test.each([
    ['ten years fast', '2036-11-21T08:00:00Z', 'LS03-20361121-0001'],
    ['ten years slow', '2016-11-21T08:00:00Z', 'LS03-20161121-0001'],
  ])(
    'a clock that is %s: the case waits under its number, goes out once, and no number is given twice',
    async (...row) => {
      const [, wrong, caseNumber] = row;
      await terminal.switchOff();
      vi.setSystemTime(new Date(wrong));
      // A card that expires is refused by the fast clock, as the next test shows.
      terminal.readCard = async () => ({ card: { ...linCard, validTo: 'long-term' } });
      terminal.deliver = async () => ({ outcome: 'retry', cause: 'unreachable' });
      terminal.switchOn();
      await terminal.touch(start, choose('S19'), matterS19, next, next);
      await terminal.pass(10_000);
      expect(terminal.screen).toMatchObject({ kind: 'result', outcome: 'queued', caseNumber });
      expect(terminal.printed).toHaveLength(1);
      await terminal.touch({ type: 'leave' });
      await terminal.pass(60_000); // tried in vain, and put off by the wrong clock
      await terminal.switchOff();
      vi.setSystemTime(new Date('2026-11-21T08:10:00Z'));
      terminal.deliver = async () => ({ outcome: 'delivered', result: {} });
      const attempts = terminal.delivered.length;
      terminal.switchOn();
      await terminal.pass(61 * 60_000); // the longest that anything is put off
      expect(terminal.delivered.slice(attempts).map(({ body }) => body['caseNumber'])).toEqual([caseNumber]);
      terminal.deliver = never;
      await terminal.touch(start, choose('S19'), matterS19, next, next);
      await terminal.pass(10_000);
      expect(terminal.screen).toMatchObject({ caseNumber: 'LS03-20261121-0001' });
      expect(terminal.printed).toHaveLength(2);
    },
  );

  test('a card that is valid is called expired by a clock that is ten years fast', async () => {
    vi.setSystemTime(new Date('2036-11-21T08:00:00Z'));
    terminal.readCard = vi.fn(never);
    vi.mocked(terminal.readCard).mockResolvedValueOnce({ card: linCard });
    await terminal.touch(start, choose('S10'));
    expect(terminal.screen).toEqual({ kind: 'identify', reader: 'expired' });
  });
});

describe('at a start', () => {
  let dataDir: string;
  let accepted: string[];

  beforeEach(() => {
    dataDir = join(temporaryFolder(), 'data');
    mkdirSync(dataDir);
    const store = openStoreIn(dataDir);
    accepted = acceptCases(store, 5);
    store.close();
  });

  const database = (): string => join(dataDir, 'jiujin.db');
  const key = (): string => join(dataDir, 'store.key');

  /** What a core does: it serves, or shows what the closed terminal shows (`core-process.test.ts` sees it do so). */
  function begin(): { screen: Pick<Screen, 'kind'>; store?: Store } {
    try {
      return { screen: { kind: 'attract' }, store: openStoreIn(dataDir) };
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      return { screen: outOfService(storageProblem(error.code)) as Screen };
    }
  }

  test.each<[trouble: string, harm: () => void, sees: object, mend: () => void, restored: boolean]>([
    [
      'the disk is full',
      () => failingCalls.always('SQLITE_FULL', (name) => name.includes('journal_mode')),
      outOfService('storage-full'),
      () => failingCalls.disarm(),
      false,
    ],
    [
      'the disk is read-only',
      () => failingCalls.always('SQLITE_READONLY', (name) => name.includes('journal_mode')),
      outOfService('storage-failed'),
      () => failingCalls.disarm(),
      false,
    ],
    [
      'the disk cannot be read',
      () => failingCalls.always('SQLITE_IOERR_READ', (name) => name.includes('integrity_check')),
      outOfService('storage-failed'),
      () => failingCalls.disarm(),
      false,
    ],
    [
      'the key is missing',
      () => renameSync(key(), `${key()}.away`),
      outOfService('storage-failed'),
      () => renameSync(`${key()}.away`, key()),
      false,
    ],
    [
      'the key is another’s',
      () => {
        renameSync(key(), `${key()}.away`);
        writeFileSync(key(), Buffer.alloc(32, 1));
      },
      outOfService('storage-failed'),
      () => renameSync(`${key()}.away`, key()),
      false,
    ],
    [
      'a page is damaged',
      () => {
        const bytes = readFileSync(database());
        bytes.fill(0, 4 * 4_096, 4 * 4_096 + 100);
        writeFileSync(database(), bytes);
      },
      { kind: 'attract' },
      () => undefined,
      true,
    ],
  ])('%s', async (_, harm, sees, mend, restored) => {
    harm();
    const first = begin();
    expect(first.screen).toEqual(sees);
    first.store?.close();
    mend();
    const { store } = begin();
    if (!store) throw new Error('The store still does not open.');
    expect(store.incidents.untold() !== undefined).toBe(restored);
    expect([...(await deliverAll(store)).arrived.keys()].sort()).toEqual([...accepted].sort());
    store.close();
  });

  test('a key that is missing is not made anew while a copy is all that there is', () => {
    mkdirSync(join(dataDir, 'backup'));
    renameSync(database(), join(dataDir, 'backup', 'last.db'));
    renameSync(key(), `${key()}.away`);
    expect(begin().screen).toEqual(outOfService('storage-failed'));
    expect(existsSync(key())).toBe(false);
    renameSync(`${key()}.away`, key());
    const { store } = begin();
    expect(store?.jobs.counts().waiting).toBe(5);
    store?.close();
  });
});
