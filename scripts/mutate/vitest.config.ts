import { defineConfig } from 'vitest/config';
import { callsOf, longWork } from './scopes.ts';

/** Stryker takes any filter by name away, so their calls are altered. */
const LEFT_OUT = callsOf(longWork);

/** The tests of one scope. */
export default defineConfig({
  plugins: [
    {
      name: 'leave-out',
      transform: (code, id) => (id.includes('/tests/') ? code.replace(LEFT_OUT, 'test.skip') : undefined),
    },
  ],
  test: {
    include: JSON.parse(process.env['MUTATE_TESTS'] ?? '[]') as string[],
    setupFiles: ['scripts/mutate/few-runs.ts', 'tests/support/put-back.ts'],
    testTimeout: 60_000,
  },
});
