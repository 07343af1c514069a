import { afterAll, afterEach, vi } from 'vitest';
import { endTest } from './test-end.ts';

afterEach(endTest);

/** Files run one after another in one process: whatever a file replaced of it, the next one finds as it was. */
afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});
