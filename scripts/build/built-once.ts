import { createHash, randomUUID } from 'node:crypto';
import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { flushFile, flushFolder } from '../../main/storage/durable-file.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Whoever still runs what was built longer ago than this has been told to start anew. */
const KEPT_MS = 7 * 24 * 3_600_000;

export interface Buildable {
  /** Of the release. */
  readonly root: string;
  /** What the folders in its `dist` that hold it begin with. */
  readonly name: string;
  /** Patterns, from `root`, of all that it is made of: other bytes in one of these files, or one file more, and it is built again. */
  readonly sources: readonly string[];
  readonly buildInto: (outDir: string) => Promise<void>;
}

/**
 * Builds into a folder that is named after the sources, unless it is there, and returns it. It has its name once it is whole and
 * on the disk, and is never changed: who runs what was built before goes on with that. Several processes may build at once.
 */
export async function builtOnce({ root, name, sources, buildInto }: Buildable, onBuild: () => void): Promise<string> {
  const dist = join(root, 'dist');
  const folder = join(dist, `${name}-${fingerprint(root, sources).slice(0, 16)}`);
  if (existsSync(folder)) return folder;
  onBuild();
  await mkdir(dist, { recursive: true });
  await removeOld(dist, name);
  const fresh = `${folder}-${randomUUID()}`;
  try {
    await buildInto(fresh);
    for (const file of filesBelow(fresh)) flushFile(file);
    flushFolder(fresh);
    await rename(fresh, folder);
    flushFolder(dist);
  } catch (error) {
    if (!existsSync(folder)) throw error; // else another process was quicker, with the same
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return folder;
}

/** Also what a build that was killed has left. */
async function removeOld(dist: string, name: string): Promise<void> {
  for (const one of readdirSync(dist).filter((each) => each.startsWith(`${name}-`))) {
    const { mtimeMs } = statSync(join(dist, one), { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
    if (Date.now() - mtimeMs > KEPT_MS) await rm(join(dist, one), { recursive: true, force: true });
  }
}

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}

/** In one go, as it is asked before each start: 20 ms for six hundred files, and three times that with a promise for each. */
export function fingerprint(root: string, sources: readonly string[]): string {
  const hash = createHash('sha256');
  const files = globSync(sources, { cwd: root, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort();
  for (const path of paths) hash.update(path.slice(root.length)).update(readFileSync(path));
  return hash.digest('hex');
}
