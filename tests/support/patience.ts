import { beforeEach } from 'vitest';

/**
 * A signal that gives up what a test waits for after 45 s of that test: what came before it in its file took as long as the machine was
 * busy. Called once, where the tests of a file begin.
 */
export function patienceOfEachTest(): () => AbortSignal {
  let patience: AbortSignal | undefined;
  beforeEach(() => {
    patience = AbortSignal.timeout(45_000);
  });
  return () => {
    if (!patience) throw new Error('Patience is for tests: what comes before the first has a time of its own.');
    return patience;
  };
}
