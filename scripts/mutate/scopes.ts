import { matchesGlob } from 'node:path';

/** A part of the product whose tests are tried by breaking its code, statement by statement. */
export interface Scope {
  readonly name: string;
  /** Globs of the code that is broken. */
  readonly code: readonly string[];
  /** Globs of the test files that may notice. Those that start processes cannot: a mutant lives in the test's own process. */
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
  { name: 'outbox', code: ['main/outbox/*.ts'], tests: ['tests/main/{outbox,sync}/*.test.ts'] },
  {
    name: 'storage',
    code: ['main/storage/**/*.ts'],
    tests: ['tests/main/{audit,drafts,outbox,printing,storage,sync}/*.test.ts'],
  },
  { name: 'escpos', code: ['printers/escpos/*.ts'], tests: ['tests/printers/{escpos,page,receipt}*.test.ts'] },
  {
    name: 'spool',
    code: ['printers/spool/*.ts'],
    tests: ['tests/main/printing/*.test.ts', 'tests/printers/spool-*.test.ts'],
  },
  { name: 'flows', code: ['main/flows/*.ts'], tests: ['tests/main/{flows,session}/*.test.ts'] },
];

/** What a word of the command line means: a scope, or one file of one. `undefined` where it is neither. */
export function readTarget(word: string): Scope | undefined {
  const named = scopes.find(({ name }) => name === word);
  if (named) return named;
  const home = scopes.find(({ code }) => code.some((pattern) => matchesGlob(word, pattern)));
  return home && { ...home, code: [word] };
}
