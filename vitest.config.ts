import { defineConfig } from 'vitest/config';

const alone = ['demo', 'devices', 'kills', 'memory', 'start'].map((name) => `tests/scenarios/${name}.test.ts`);

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/**/*.test.ts', 'tests/**/*.test.tsx'],
          exclude: ['tests/scenarios/**'],
          testTimeout: 60_000,
          // They wait as well as work: on two cores a third worker has something to do.
          maxWorkers: 3,
        },
      },
      {
        // Whole terminals with a browser. They wait more than they work, so more than one fits on a core.
        test: {
          name: 'scenarios',
          include: ['tests/scenarios/**/*.test.ts'],
          exclude: alone,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        // Those that hold the terminal to seconds or megabytes: nothing else may run beside them.
        test: {
          name: 'alone',
          include: alone,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
