import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, vi } from 'vitest';
import { endTest } from './test-end.ts';

afterEach(endTest);

/** Files run one after another in one process: whatever a file replaced of it, the next one finds as it was. */
afterAll(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  // Of an answer that came last, the HTTP client sets a timer for its connection a turn later: not one of the next file's clock.
  await nextTurn();
});
