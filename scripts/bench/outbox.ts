import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { better, defineQueue } from 'plainjob';
import { type NewCase, Outbox } from '../../main/outbox/outbox.ts';
import { aesGcmCipher, keyBytes } from '../../main/storage/cipher.ts';
import { settings } from '../../main/storage/engine.ts';
import { openStore } from '../../main/storage/open.ts';
import { benchDrain } from './drain.ts';
import { type BenchResult, rates } from './result.ts';

const ROUNDS = 200;
/** Until the engine has compiled what runs in all the others. */
const WARM_UP_ROUNDS = 40;
/** As many as the intake holds before it files them. */
const PER_ROUND = 30;
/** A case of a long form. */
const PAYLOAD_BYTES = 2_048;
/** "≥ 0.7 although an accept writes case, job and audit rows", of inserts of the same bytes into one table. */
const GOAL_OF_BARE = 0.7;
/** "Not behind". */
const GOAL_OF_PLAINJOB = 1;

interface Contender {
  /** Makes ready what its caller has in hand by then; not measured. What it returns stores the payload: durable when that returns. */
  prepare(payload: string): () => void;
  /** What is done after a round, and is not measured. */
  readonly afterwards?: () => void;
  close(): void;
}

/**
 * Durable accepts per second, as many one after the other as a terminal never has, beside bare inserts of as many bytes and
 * `plainjob`'s `add`, each with the terminal's settings of SQLite in a file of its own. They take turns, as these machines are
 * noisy. `accept` is what a resident waits for; the outbox writes the rows of case, job and record of acts while "accepted" is
 * being read, and `accept-filed` is both together. Then how fast a long queue drains.
 */
export async function benchOutbox(): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'jiujin-bench-'));
  const contenders = [
    outboxOn(join(folder, 'accept', 'store.db'), 'accept'),
    bareOn(join(folder, 'bare.db')),
    plainjobOn(join(folder, 'plainjob.db')),
  ];
  const filing = outboxOn(join(folder, 'filed', 'store.db'), 'accept-and-file');
  try {
    const [accept, bare, plainjob] = inTurns(contenders);
    const results = [
      rates('accept', accept!),
      rates('bare-insert', bare!),
      rates('plainjob-add', plainjob!),
      rates('accept-filed', inTurns([filing])[0]!),
    ] as const;
    return [
      ...results,
      compared('accept-of-bare', results[0], results[1], GOAL_OF_BARE),
      compared('accept-of-plainjob', results[0], results[2], GOAL_OF_PLAINJOB),
      ...(await benchDrain()),
    ];
  } finally {
    for (const contender of [...contenders, filing]) contender.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of each contender, what it did per second in each round. */
function inTurns(contenders: readonly Contender[]): number[][] {
  const rounds = Array.from({ length: WARM_UP_ROUNDS + ROUNDS }, () => contenders.map(time)).slice(WARM_UP_ROUNDS);
  return contenders.map((_, index) => rounds.map((round) => round[index]!));
}

function compared(id: string, ours: BenchResult, peer: BenchResult, goal: number): BenchResult {
  const ratio = Math.round((ours.median / peer.median) * 100) / 100;
  return { id, unit: '×', median: ratio, peer: { id: peer.id, median: peer.median }, ratio, goal, met: ratio >= goal };
}

/** Per second. */
function time({ prepare, afterwards }: Contender): number {
  const adds = Array.from({ length: PER_ROUND }, () => prepare(randomBytes(PAYLOAD_BYTES / 2).toString('hex')));
  const startedMs = performance.now();
  for (const add of adds) add();
  const tookMs = performance.now() - startedMs;
  afterwards?.();
  return (PER_ROUND * 1_000) / tookMs;
}

/** Whoever looks finds the rows of case, job and record of acts: the first look writes them, as the outbox does at once. */
function outboxOn(file: string, measured: 'accept' | 'accept-and-file'): Contender {
  const store = openStore(file, { cipher: aesGcmCipher(randomBytes(keyBytes)) });
  const outbox = new Outbox({ store, deliver: async () => ({ outcome: 'retry', cause: 'unreachable' }) });
  let last = 0;
  let lastId = '';
  const newCase = (payload: string): NewCase => {
    last += 1;
    lastId = randomUUID();
    const caseNumber = `LS03-20261121-${last}`;
    return { caseId: lastId, caseNumber, serviceId: 'S10', visitId: randomUUID(), body: { payload } };
  };
  const see = (caseId: string): void => {
    if (!outbox.has(caseId)) throw new Error('a case that was accepted is not there');
  };
  const acceptAndSee = (given: NewCase): void => {
    outbox.accept(given);
    see(given.caseId);
  };
  const add = measured === 'accept' ? (given: NewCase): void => outbox.accept(given) : acceptAndSee;
  return {
    prepare: (payload) => {
      const given = newCase(payload);
      return () => add(given);
    },
    ...(measured === 'accept' && { afterwards: () => see(lastId) }),
    close: () => store.close(),
  };
}

function openWithSettings(file: string): Database.Database {
  const database = new Database(file);
  set(database);
  return database;
}

function set(database: Database.Database): void {
  for (const [pragma, value, expected] of settings) {
    database.pragma(`${pragma} = ${value}`);
    const actual = database.pragma(pragma, { simple: true });
    if (actual !== expected) throw new Error(`${pragma} is ${actual}: the comparison would not be fair`);
  }
}

/** As many bytes as a sealed payload has, in one row of one table. */
function bareOn(file: string): Contender {
  const database = openWithSettings(file);
  database.exec('CREATE TABLE items (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT');
  const insert = database.prepare('INSERT INTO items (bytes) VALUES (?)');
  const seal = aesGcmCipher(randomBytes(keyBytes));
  const overhead = seal.seal(new Uint8Array(), '').length;
  return {
    prepare: (payload) => {
      const bytes = Buffer.alloc(payload.length + overhead, payload);
      return () => void insert.run(bytes);
    },
    close: () => database.close(),
  };
}

function plainjobOn(file: string): Contender {
  const database = openWithSettings(file);
  const ignore = (): void => undefined;
  const logger = { error: ignore, warn: ignore, info: ignore, debug: ignore };
  const queue = defineQueue({ connection: better(database), logger });
  set(database); // it prefers settings that may forget the last jobs on a power cut
  return {
    prepare: (payload) => () => void queue.add('case', { payload }),
    close: () => {
      queue.close();
      if (database.open) database.close();
    },
  };
}
