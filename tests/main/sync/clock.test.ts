import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { Clock, healthThatTells } from '../../../main/sync/clock.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;
const YEARS_MS = 10 * 365 * DAY_MS;
const TRUE_MS = Date.UTC(2026, 10, 29, 8);

let store: Store;
/** What time it truly is, how far the machine's clock is off, and how long the machine has run. */
let trueMs: number;
let offMs: number;
let steadyMs: number;
let clock: Clock;
let log: ReturnType<typeof memoryLog>;

function start(): Clock {
  log = memoryLog();
  clock = new Clock({ log, wall: () => trueMs + offMs, steady: () => steadyMs });
  clock.restore(store.syncState);
  return clock;
}

beforeEach(() => {
  store = openStore(join(temporaryFolder(), 'store.db'), { cipher: aesGcmCipher(Buffer.alloc(32, 7)) });
  [trueMs, offMs, steadyMs] = [TRUE_MS, 0, 5_000];
  start();
});
afterEach(() => store.close());

const pass = (ms: number): void => {
  trueMs += ms;
  steadyMs += ms;
};
const told = (atMs = trueMs, elapsedMs = 0): void => clock.observe(new Date(atMs).toISOString(), elapsedMs);
/** As health is asked every five seconds. */
const toldFor = (ms: number, at = () => trueMs): void => {
  for (let passed = 0; passed < ms; passed += 5 * SECOND_MS) {
    told(at());
    pass(5 * SECOND_MS);
  }
};
const errorMs = (): number => clock.now().getTime() - trueMs;

test('a clock that is right is left to itself, and said to be so', () => {
  expect([clock.status.value, errorMs()]).toEqual([{ state: 'unconfirmed' }, 0]);
  offMs = 1_500;
  told();
  expect(clock.status.value).toEqual({ state: 'confirmed', offsetMs: 1_500 });
  expect(errorMs()).toBe(1_500);
  expect(log.entries.map(({ level }) => level)).not.toContain('error');
});

test('half of the time that an answer took is taken off', () => {
  told(trueMs - 2_000, 4_000);
  expect(clock.status.value).toEqual({ state: 'confirmed', offsetMs: 0 });
});

test.each([
  ['ten years fast', YEARS_MS],
  ['three minutes fast', 180_000],
  ['three minutes slow', -180_000],
])('a clock that is %s is noticed at the first word of the platform’s, which is right from then on', (_name, off) => {
  offMs = off;
  told();
  expect(clock.status.value).toEqual({ state: 'wrong', offsetMs: off });
  expect(errorMs()).toBe(0);
  pass(3_600_000); // the line is cut; the machine's own seconds are good
  expect(errorMs()).toBe(0);
  expect(log.entries).toMatchObject([{ level: 'error', fields: { state: 'wrong', offsetMs: off } }]);
  offMs = 0; // and somebody sets it
  expect(errorMs()).toBe(0);
  expect(clock.status.value.state).toBe('confirmed');
});

test('a clock that is ten years slow is noticed at once, and right within a minute', () => {
  offMs = -YEARS_MS;
  start();
  expect(clock.status.value.state).toBe('wrong');
  expect(clock.now().getTime()).toBeGreaterThanOrEqual(Date.UTC(2026, 10, 1)); // no terminal runs this before it was written
  toldFor(60 * SECOND_MS);
  expect(errorMs()).toBe(0);
});

test('no time before what the platform has said is taken for the present, also after a restart without a line', () => {
  toldFor(20 * 60_000);
  offMs = -3 * DAY_MS;
  start();
  expect(clock.status.value.state).toBe('wrong');
  expect(errorMs()).toBeGreaterThan(-21 * 60_000);
  pass(3_600_000);
  expect(errorMs()).toBeGreaterThan(-21 * 60_000);
});

test('a clock that has gone ahead by years without a line is not believed', () => {
  toldFor(20 * 60_000);
  offMs = YEARS_MS;
  start();
  expect(clock.status.value.state).toBe('wrong');
  expect(Math.abs(errorMs())).toBeLessThan(21 * 60_000);
});

test('a terminal that was dark for a month believes its clock, and does not call it confirmed', () => {
  toldFor(20 * 60_000);
  pass(30 * DAY_MS);
  steadyMs = 5_000;
  start();
  expect([clock.status.value, errorMs()]).toEqual([{ state: 'unconfirmed' }, 0]);
});

test('one answer that leaps ahead is not believed, and neither is nonsense', () => {
  told();
  for (const nonsense of [trueMs + YEARS_MS, Date.UTC(2150, 0, 1), trueMs - YEARS_MS]) told(nonsense);
  clock.observe('soon', 10);
  clock.observe('2026-13-01T00:00:00Z', Number.NaN);
  expect(errorMs()).toBe(0);
  toldFor(25 * SECOND_MS, () => trueMs + YEARS_MS);
  expect(errorMs()).toBe(0);
  toldFor(20 * SECOND_MS, () => trueMs + YEARS_MS); // said for half a minute: so be it
  expect(errorMs()).toBeGreaterThan(YEARS_MS - DAY_MS);
});

test('a year in which nobody will run this is not believed, however often it is said', () => {
  toldFor(5 * 60_000, () => Date.UTC(2150, 0, 1) + (trueMs - TRUE_MS));
  expect(errorMs()).toBe(0);
});

test('answers that leap about are never believed', () => {
  told();
  toldFor(10 * 60_000, () => trueMs + 2 * DAY_MS + (trueMs - TRUE_MS) * 1_000);
  expect(errorMs()).toBe(0);
});

test.each([
  ['https://platform.example', true],
  ['http://127.0.0.1:9000', true],
  ['http://platform.example', false],
])('of %s it is %s that only the platform can have answered', async (baseUrl, isBelieved) => {
  offMs = YEARS_MS;
  const health = async () => ({ status: 'ok' as const, serverAt: new Date(trueMs).toISOString() });
  await healthThatTells({ health }, baseUrl, clock)(new AbortController().signal);
  expect(clock.status.value.state === 'wrong').toBe(isBelieved);
});
