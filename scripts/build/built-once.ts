import { createHash, randomUUID } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Inside what is built, so that it and the word on its sources are put in place in one step. */
const STAMP = 'built-from.sha256';

export interface Buildable {
  /** Of the release. */
  readonly root: string;
  /** Of the folder in its `dist` that holds what is built. */
  readonly name: string;
  /** Patterns, from `root`, of all that it is made of: other bytes in one of these files, or one file more, and it is built again. */
  readonly sources: readonly string[];
  readonly buildInto: (outDir: string) => Promise<void>;
}

/**
 * Builds unless what is there was built from the same sources, and returns the folder. Several processes may do so at once: each
 * builds into a folder of its own, and whole ones take each other's place.
 */
export async function builtOnce({ root, name, sources, buildInto }: Buildable, onBuild: () => void): Promise<string> {
  const folder = join(root, 'dist', name);
  const wanted = fingerprint(root, sources);
  if (await isBuiltFrom(folder, wanted)) return folder;
  onBuild();
  const fresh = `${folder}-${randomUUID()}`;
  try {
    await buildInto(fresh);
    await writeFile(join(fresh, STAMP), wanted);
    await putInPlace(fresh, folder, wanted);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return folder;
}

async function isBuiltFrom(folder: string, wanted: string): Promise<boolean> {
  return (await readFile(join(folder, STAMP), 'utf8').catch(() => '')) === wanted;
}

/** A folder that holds files cannot be renamed over, so what was there steps aside first. */
async function putInPlace(fresh: string, folder: string, wanted: string): Promise<void> {
  if (await isBuiltFrom(folder, wanted)) return;
  const aside = `${fresh}-before`;
  await rename(folder, aside).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  try {
    await rename(fresh, folder);
  } catch (error) {
    // Another process was quicker; where it built the same there is nothing left to do.
    if (!(await isBuiltFrom(folder, wanted))) throw error;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/** In one go, as it is asked before each start: 20 ms for six hundred files, and three times that with a promise for each. */
function fingerprint(root: string, sources: readonly string[]): string {
  const hash = createHash('sha256');
  const files = globSync(sources, { cwd: root, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort();
  for (const path of paths) hash.update(path.slice(root.length)).update(readFileSync(path));
  return hash.digest('hex');
}
