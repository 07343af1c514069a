import { setTimeout } from 'node:timers/promises';
import { Chance } from '../chance.ts';
import type { Life } from './life.ts';
import type { Word } from './words.ts';

/** When a terminal is killed. */
export type Moment =
  /** After it was told to begin, or after its store was open. */
  | { readonly by: 'time'; readonly from: 'start' | 'opened'; readonly afterMs: number }
  /** After it has said `word` for the `times`th time, and so many ms more. */
  | { readonly by: 'word'; readonly word: Word; readonly times: number; readonly afterMs: number };

const LIFE_MS = 400;
/** In turn, so that a short run meets each of them. */
const WORDS: readonly Word[] = [
  'begun',
  'resting',
  'answered',
  'begun',
  'accepted',
  'opened',
  'begun',
  'rated',
  'resting',
  'ended',
];
const MOST_TIMES = 4;
/** A whole visit takes 1 to 2 ms where the disk is not busy; more of the kills fall into its beginning, which is the accept. */
const PATH_MS = 3;
/** A word that does not come (no answer on a bad line) is not waited for longer. */
const PATIENCE_MS = 2_000;

/**
 * Half by the clock, more of them early, as the store is opened then, and half of these from when it is open, as that takes long on
 * a busy machine; half by what the terminal does, as it does nothing most of its time.
 */
export function drawMoment(seed: number, kill: number): Moment {
  const chance = new Chance(seed, `kill ${kill}`);
  const turn = Math.floor(kill / 2);
  if (kill % 2 === 0) {
    const from = turn % 2 === 0 ? 'start' : 'opened';
    return { by: 'time', from, afterMs: chance.next() ** 1.5 * LIFE_MS };
  }
  const word = WORDS[turn % WORDS.length] ?? 'begun';
  const times = word === 'opened' ? 1 : 1 + chance.upTo(MOST_TIMES - 1);
  return { by: 'word', word, times, afterMs: chance.next() ** 2 * PATH_MS };
}

/** Kills at that moment. Resolves when the kill is on its way. */
export async function killAt(life: Life, moment: Moment): Promise<void> {
  if (moment.by === 'time') {
    if (moment.from === 'opened') await heard(life, 'opened', 1, () => undefined);
    await setTimeout(moment.afterMs);
  } else {
    await heard(life, moment.word, moment.times, () => {
      spin(moment.afterMs);
      life.kill();
    });
  }
  life.kill();
}

/** Until it has said `word` for the `times`th time, when `then` is done at once; or has ended; or for as long as patience lasts. */
async function heard(life: Life, word: Word, times: number, then: () => void): Promise<void> {
  const { promise: come, resolve } = Promise.withResolvers<void>();
  let left = times;
  life.onSaying((saying) => {
    if (saying.word !== word) return;
    left -= 1;
    if (left !== 0) return;
    then();
    resolve();
  });
  const patience = new AbortController();
  const late = setTimeout(PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => undefined);
  await Promise.race([come, late, life.ended]);
  patience.abort();
}

/** Timers are whole milliseconds; the steps of an accept are shorter. */
function spin(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}
