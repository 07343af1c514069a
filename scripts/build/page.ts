import { join } from 'node:path';
import { type Buildable, builtOnce, ROOT } from './built-once.ts';
import { bundle } from './bundle.ts';

const page: Buildable = {
  root: ROOT,
  name: 'renderer',
  sources: ['renderer/**/*', 'main/contracts/**/*', 'package-lock.json'],
  buildInto: (outDir) => bundle({ root: join(ROOT, 'renderer'), build: { outDir, emptyOutDir: true } }),
};

/** Builds the page into `dist/renderer`, unless what is there was built from the same sources, and returns that folder. */
export async function buildPage(log: (line: string) => void = () => undefined): Promise<string> {
  return await builtOnce(page, () => log('Building the page …'));
}
