import { createHash } from 'node:crypto';
import { glob, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCES = ['renderer/**/*', 'main/contracts/**/*', 'package-lock.json'];

/** Builds the page into `dist/renderer`, unless what is there was built from the same sources. */
export async function buildPage(log: (line: string) => void = () => undefined): Promise<void> {
  const stamp = join(ROOT, 'dist', 'renderer.sha256');
  const wanted = await fingerprint();
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return;
  log('Building the page …');
  process.env['NODE_ENV'] = 'production'; // a test runner's "test" would bundle React's development build
  await build({ root: join(ROOT, 'renderer'), logLevel: 'warn' });
  await writeFile(stamp, wanted);
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256');
  for (const pattern of SOURCES) {
    const files = await Array.fromAsync(glob(pattern, { cwd: ROOT, withFileTypes: true }));
    const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
    for (const path of paths.sort()) hash.update(path.slice(ROOT.length)).update(await readFile(path));
  }
  return hash.digest('hex');
}
