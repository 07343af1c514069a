/** A share of trials, drawn again: each with the persons it is about, so that those who share a person stay together. */
export interface Trial {
  /** 1: counts as an error. */
  readonly error: boolean;
  /** Numbers from 0. One of them for a picture, two for a pair, the same twice for a pair of one person. */
  readonly persons: readonly [number] | readonly [number, number];
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export const RESAMPLES = 1_000;

/**
 * 95 % interval of the share of errors: persons, not trials, are drawn with replacement, as all pairs of one person err
 * together; a pair counts as often as both of its persons were drawn. Where every trial has a person of its own this is the
 * usual bootstrap. Undefined without trials. With no error at all it is 0 to 0: the rule of three says more then.
 */
export function bootstrapInterval(trials: readonly Trial[], seed = 1, resamples = RESAMPLES): Interval | undefined {
  if (trials.length === 0) return undefined;
  const first = Uint32Array.from(trials, ({ persons }) => persons[0]);
  const second = Uint32Array.from(trials, ({ persons }) => persons[1] ?? persons[0]);
  const error = Uint8Array.from(trials, (trial) => (trial.error ? 1 : 0));
  const persons = Math.max(...maxima(first), ...maxima(second)) + 1;
  const random = randomNumbers(seed);
  const drawn = new Uint32Array(persons);
  const shares = new Float64Array(resamples);
  for (let i = 0; i < resamples; i += 1) {
    let total = 0;
    while (total === 0) {
      drawn.fill(0);
      for (let n = 0; n < persons; n += 1) {
        const person = Math.floor(random() * persons);
        drawn[person] = drawn[person]! + 1;
      }
      let errors = 0;
      for (let t = 0; t < error.length; t += 1) {
        const [a, b] = [first[t]!, second[t]!];
        const weight = a === b ? drawn[a]! : drawn[a]! * drawn[b]!;
        total += weight;
        if (error[t] === 1) errors += weight;
      }
      shares[i] = total === 0 ? 0 : errors / total;
    }
  }
  shares.sort();
  return { low: shares[Math.floor(resamples * 0.025)]!, high: shares[Math.ceil(resamples * 0.975) - 1]! };
}

/** One number, as a spread of a million arguments overflows the stack. */
function maxima(numbers: Uint32Array): [number] {
  return [numbers.reduce((a, b) => Math.max(a, b), 0)];
}

/** Mulberry32: the same numbers for the same seed, at least 0 and less than 1. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
