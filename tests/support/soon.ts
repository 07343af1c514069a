import { vi } from 'vitest';

/** Looks again and again until that no longer throws, for 20 s: a page beside three other files takes its time. */
export async function soon(look: () => unknown, { intervalMs = 20 } = {}): Promise<void> {
  await vi.waitFor(look, { timeout: 20_000, interval: intervalMs });
}
