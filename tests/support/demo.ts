import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './temporary-folder.ts';

/** What the README promises. */
export const WITHIN_MS = 90_000;
const script = fileURLToPath(new URL('../../scripts/demo/main.ts', import.meta.url));

/** `npm run demo`, its exit code, what it said, and the folder of its pictures. */
export async function demo(parameters: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const out = join(temporaryFolder(), 'pictures');
  const startedAt = performance.now();
  const child = spawn(process.execPath, [script, '--out', out, ...parameters], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const [code] = await once(child, 'close');
  return { code, said, out, tookMs: performance.now() - startedAt };
}

export const isNumbered = (name: string): boolean => /^\d\d-[a-z-]+\.png$/.test(name);
