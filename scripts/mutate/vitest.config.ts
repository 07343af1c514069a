import { defineConfig } from 'vitest/config';

/** The tests of one scope, without those that read a million random bytes: each would run again for every mutant. */
export default defineConfig({
  test: {
    include: JSON.parse(process.env['MUTATE_TESTS'] ?? '[]') as string[],
    testNamePattern: '^(?!.*million random bytes)',
    testTimeout: 20_000,
  },
});
