import { matchesGlob } from 'node:path';

/** A part of the product whose tests are tried by breaking its code, statement by statement. */
export interface Scope {
  readonly name: string;
  /** Globs of the code that is broken. */
  readonly code: readonly string[];
  /**
   * Globs of the test files that may notice. Those that start processes cannot: a mutant lives in the test's own process. Left
   * out are those that work for seconds, as each would for every mutant that it reaches.
   */
  readonly tests: readonly string[];
}

export const scopes: readonly Scope[] = [
  {
    name: 'codecs',
    code: ['drivers/**/codec.ts', 'drivers/framing/*.ts'],
    // Drivers wait for seconds before they believe that a frame is not there: only the tests of the codecs themselves.
    tests: [
      'tests/drivers/**/{card-extras,codec,decoders,engines,register-map,small-parts,text}.test.ts',
      'tests/drivers/ups/megatec/driver.test.ts',
      'tests/drivers/framing/*.test.ts',
    ],
  },
  { name: 'outbox', code: ['main/outbox/*.ts'], tests: ['tests/main/outbox/!(*schedules|failing-*).test.ts'] },
  {
    name: 'storage',
    code: ['main/storage/**/*.ts'],
    tests: [
      'tests/main/outbox/!(*schedules|failing-*).test.ts',
      'tests/main/printing/*.test.ts',
      'tests/main/storage/!(every-damage|intake-damage|*-histories|intake-full-disk|*failing|real-*).test.ts',
    ],
  },
  {
    name: 'escpos',
    code: ['printers/escpos/*.ts'],
    tests: ['tests/printers/{escpos-!(*conformance|real-lines),receipt-command}.test.ts'],
  },
  {
    name: 'spool',
    code: ['printers/spool/*.ts'],
    tests: ['tests/main/printing/*.test.ts', 'tests/printers/spool-*.test.ts'],
  },
  { name: 'flows', code: ['main/flows/*.ts'], tests: ['tests/main/flows/*.test.ts'] },
];

/** Words in the names of tests that work for seconds: each would run again for every mutant that it reaches. */
export const longWork = [
  'a copy that shows damage of the store itself',
  'a million characters',
  'a million random bytes',
  'a power cut at any moment of a restoration',
  'any bytes whatever',
  'an overdue case is counted, told once',
  'are drawn at two pixels a dot',
  'are printed without an error and drawn',
  'never holds a sequence that a printer would take',
  'no byte below the space is ever sent',
  'printing over a page again and again',
  'prints a receipt with everything on it',
  'the longest QR data',
  'the memory of commands does not grow',
  'three metres of the blackest receipt',
  'two hundred pages',
  'QR codes that fit no line',
  'whatever fingers and world do',
  'whenever the restoration is cut short',
];

/** In the source of a test file: the calls of tests with one of `words` in their name, where call and name stand in one line. */
export const callsOf = (words: readonly string[]): RegExp =>
  new RegExp(`\\btest(?=${MODIFIERS}\\(\\s*['"\`][^\\n]*(?:${words.map(RegExp.escape).join('|')}))`, 'g');

/** `.each(…)`, `.each<…>(…)`, `.skipIf(…)`. */
const MODIFIERS = String.raw`(?:\.\w+(?:<[^\n(]*>)?\([^\n]*\))?`;

/** What a word of the command line means: a scope, or one file of one. `undefined` where it is neither. */
export function readTarget(word: string): Scope | undefined {
  const named = scopes.find(({ name }) => name === word);
  if (named) return named;
  const home = scopes.find(({ code }) => code.some((pattern) => matchesGlob(word, pattern)));
  return home && { ...home, code: [word] };
}
