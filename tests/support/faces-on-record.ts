import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { kioskctlHere } from './kioskctl.ts';
import type { Lobby } from './lobby.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What the terminal's audit has of the face checks, in their order. */
export async function facesOnRecord({ world }: Lobby): Promise<unknown[]> {
  const to = join(temporaryFolder(), 'record.jsonl');
  const exported = await kioskctlHere(['audit', 'export', '--to', to, '--terminal', world.configurationFile]);
  expect(exported).toMatchObject({ exitCode: 0 });
  const [, ...lines] = (await readFile(to, 'utf8')).trimEnd().split('\n');
  const entries = lines.map((line) => JSON.parse(JSON.parse(line).entry));
  return entries.filter(({ kind }) => kind === 'face-checked').map(({ detail }) => detail);
}
