import type { InlineConfig } from 'vite';
import { Turnstile } from '../../drivers/core/index.ts';

/** Builds take turns: a process has one environment, which each of them finds and leaves as it was. */
const turn = new Turnstile();

/** Runs the bundler, whatever kind of process asks for it. */
export async function bundle(config: InlineConfig): Promise<void> {
  const { build } = await import('vite'); // 150 ms to load, and as a rule what is wanted is built
  await turn.run(async () => {
    const before = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production'; // a test runner's "test" would bundle React's development build
    try {
      await build({ logLevel: 'warn', ...config });
    } finally {
      if (before === undefined) delete process.env['NODE_ENV'];
      else process.env['NODE_ENV'] = before;
    }
  });
}
