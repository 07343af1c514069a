import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../main/cli/kioskctl.ts', import.meta.url));

/** The technician's command as a process of its own. */
export function kioskctl(
  parameters: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [script, ...parameters],
      { timeout: 20_000, env: { ...process.env, LANG: 'C', ...env } },
      (_error, stdout, stderr) => resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

/** The same while it runs, line by line; whoever starts it ends it. */
export function watching(...parameters: string[]): {
  child: ChildProcessByStdio<null, Readable, Readable>;
  lines: AsyncIterator<string>;
} {
  const child = spawn(process.execPath, [script, ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] });
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}
