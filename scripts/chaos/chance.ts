import { createHash } from 'node:crypto';

/**
 * Numbers that follow from a seed and a name alone: the n-th connection meets the same in every run with that seed, however
 * fast the machine is and whatever else is drawn beside it.
 */
export class Chance {
  readonly #key: string;
  #drawn = 0;

  constructor(seed: number, name: string) {
    this.#key = `${seed} ${name}`;
  }

  /** At least 0, less than 1. */
  next(): number {
    this.#drawn += 1;
    return createHash('sha256').update(`${this.#key} ${this.#drawn}`).digest().readUInt32BE() / 2 ** 32;
  }

  /** A whole number, at least 0 and at most `most`. */
  upTo(most: number): number {
    return Math.floor(this.next() * (most + 1));
  }

  oneOf<const T>(choices: readonly [T, ...T[]]): T {
    return choices[this.upTo(choices.length - 1)] ?? choices[0];
  }

  /** One of the names by its share of all draws; `undefined` for what the shares leave over. */
  byShare<Name extends string>(shares: readonly (readonly [name: Name, share: number])[]): Name | undefined {
    let left = this.next();
    for (const [name, share] of shares) {
      if (left < share) return name;
      left -= share;
    }
    return undefined;
  }
}

/** A seed to be printed, so that the run can be made again. */
export function newSeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}
