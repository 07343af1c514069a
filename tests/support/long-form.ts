import process from 'node:process';

/** With JIUJIN_LONG=1 tests that go through every place where something can fail leave none out. */
export const isLong = process.env['JIUJIN_LONG'] === '1';

/** One place in so many is tried; tests that share their places begin at different ones. */
export const oneIn = (many: number): number => (isLong ? 1 : many);

/** Of tests that differ in one word, the first so many. */
export const firstOf = <T>(all: readonly T[], many: number): readonly T[] => (isLong ? all : all.slice(0, many));

/**
 * For properties that open a store for each history: to look for the smallest failing one takes longer than a test may, and then
 * nothing is told of any. The first is told, with its seed and path; the long form looks for the smallest.
 */
export const endsAtFirstFailure = { endOnFailure: !isLong };
