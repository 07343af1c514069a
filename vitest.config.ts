import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/**/*.test.ts', 'tests/**/*.test.tsx'],
          exclude: ['tests/scenarios/**'],
          testTimeout: 20_000,
          // Left to itself vitest leaves one core idle, and on two that is half of them.
          maxWorkers: 3,
        },
      },
      {
        // Whole terminals with a browser: one at a time, as each takes both cores of a small machine.
        test: {
          name: 'scenarios',
          include: ['tests/scenarios/**/*.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
