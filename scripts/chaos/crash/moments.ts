import { setTimeout } from 'node:timers/promises';
import { Chance } from '../chance.ts';
import type { Life } from './life.ts';
import type { Word } from './words.ts';

/** When a terminal is killed. */
export type Moment =
  | { readonly by: 'time'; readonly afterMs: number }
  /** After it has said `word` for the `times`th time, and so many ms more. */
  | { readonly by: 'word'; readonly word: Word; readonly times: number; readonly afterMs: number };

const LIFE_MS = 400;
const WORDS: readonly [Word, ...Word[]] = [
  'opened',
  'begun',
  'begun',
  'begun',
  'accepted',
  'rated',
  'answered',
  'ended',
];
const MOST_TIMES = 8;
/** A whole visit takes 1 to 2 ms where the disk is not busy; more of the kills fall into its beginning, which is the accept. */
const PATH_MS = 3;
/** A word that does not come (no answer on a bad line) is not waited for longer. */
const PATIENCE_MS = 800;

/**
 * Half by the clock, more of them early, as the store is opened then; half by what the terminal does, as it does nothing most of
 * its time.
 */
export function drawMoment(seed: number, kill: number): Moment {
  const chance = new Chance(seed, `kill ${kill}`);
  if (chance.oneOf([true, false])) return { by: 'time', afterMs: chance.next() ** 1.5 * LIFE_MS };
  const word = chance.oneOf(WORDS);
  const times = word === 'opened' ? 1 : 1 + chance.upTo(MOST_TIMES - 1);
  return { by: 'word', word, times, afterMs: chance.next() ** 2 * PATH_MS };
}

/** Kills at that moment. Resolves when the kill is on its way. */
export async function killAt(life: Life, moment: Moment): Promise<void> {
  if (moment.by === 'time') {
    await setTimeout(moment.afterMs);
    life.kill();
    return;
  }
  const { promise: come, resolve } = Promise.withResolvers<void>();
  let left = moment.times;
  life.onSaying(({ word }) => {
    if (word !== moment.word) return;
    left -= 1;
    if (left !== 0) return;
    spin(moment.afterMs);
    life.kill();
    resolve();
  });
  const patience = new AbortController();
  const late = setTimeout(PATIENCE_MS, undefined, { signal: patience.signal }).then(
    () => life.kill(),
    () => undefined,
  );
  await Promise.race([come, late, life.ended]);
  patience.abort();
}

/** Timers are whole milliseconds; the steps of an accept are shorter. */
function spin(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}
