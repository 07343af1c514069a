import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Builds the page as it is shipped and returns the folder that holds it; who calls this removes the folder. */
export async function buildPage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'jiujin-page-'));
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production'; // vitest's "test" would bundle React's development build
  try {
    await build({
      root: fileURLToPath(new URL('../../renderer', import.meta.url)),
      logLevel: 'warn',
      build: { outDir: folder, emptyOutDir: true },
    });
  } finally {
    if (before === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = before;
  }
  return folder;
}
