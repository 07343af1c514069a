import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fingerprint, ROOT } from './built-once.ts';
import { bundle } from './bundle.ts';

const DIST = join(ROOT, 'dist');
const PAGE = join(DIST, 'renderer');
const SOURCES = ['renderer/**/*', 'main/contracts/**/*', 'package-lock.json'];
/** Inside the built page, so that the page and the word on its sources are put in place in one step. */
const STAMP = 'built-from.sha256';

/**
 * Builds the page into `dist/renderer`, where a core looks for it, unless what is there was built from the same sources, and returns
 * that folder. Several processes may do so at once: each builds into a folder of its own, and whole pages take each other's place.
 */
export async function buildPage(log: (line: string) => void = () => undefined): Promise<string> {
  const wanted = fingerprint(ROOT, SOURCES);
  if (await isBuiltFrom(wanted)) return PAGE;
  log('Building the page …');
  const fresh = join(DIST, `renderer-${randomUUID()}`);
  try {
    await bundle({ root: join(ROOT, 'renderer'), build: { outDir: fresh, emptyOutDir: true } });
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
