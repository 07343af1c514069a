import { createHash, randomUUID } from 'node:crypto';
import { glob, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DIST = join(ROOT, 'dist');
const PAGE = join(DIST, 'renderer');
const SOURCES = ['renderer/**/*', 'main/contracts/**/*', 'package-lock.json'];
/** Inside the built page, so that the page and the word on its sources are put in place in one step. */
const STAMP = 'built-from.sha256';

/**
 * Builds the page into `dist/renderer`, unless what is there was built from the same sources, and returns that folder.
 * Several processes may do so at once: each builds into a folder of its own, and whole pages take each other's place.
 */
export async function buildPage(log: (line: string) => void = () => undefined): Promise<string> {
  const wanted = await fingerprint();
  if (await isBuiltFrom(wanted)) return PAGE;
  log('Building the page …');
  const fresh = join(DIST, `renderer-${randomUUID()}`);
  try {
    await buildInto(fresh);
    await writeFile(join(fresh, STAMP), wanted);
    await putInPlace(fresh, wanted);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return PAGE;
}

async function isBuiltFrom(wanted: string): Promise<boolean> {
  return (await readFile(join(PAGE, STAMP), 'utf8').catch(() => '')) === wanted;
}

async function buildInto(outDir: string): Promise<void> {
  const { build } = await import('vite'); // 150 ms to load, and as a rule the page is built
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production'; // a test runner's "test" would bundle React's development build
  try {
    await build({ root: join(ROOT, 'renderer'), logLevel: 'warn', build: { outDir, emptyOutDir: true } });
  } finally {
    if (before === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = before;
  }
}

/** A folder that holds files cannot be renamed over, so the old page steps aside first. */
async function putInPlace(fresh: string, wanted: string): Promise<void> {
  if (await isBuiltFrom(wanted)) return;
  const aside = `${fresh}-before`;
  await rename(PAGE, aside).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  try {
    await rename(fresh, PAGE);
  } catch (error) {
    // Another process was quicker; where it built the same page there is nothing left to do.
    if (!(await isBuiltFrom(wanted))) throw error;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
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
