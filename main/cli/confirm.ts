import process from 'node:process';
import { createInterface } from 'node:readline/promises';
import { CliError } from './cli-error.ts';

/**
 * Lets a person say yes to `what`, a sentence. `agreed`: said so on the command line already. Where nobody can be asked it
 * fails, and says what would have been done.
 */
export async function confirm(what: string, agreed: boolean): Promise<void> {
  if (agreed) return;
  if (!process.stdin.isTTY || !process.stderr.isTTY) throw new CliError('not-confirmed', `${what}; say so with --yes`);
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asking.question(`${what}. Is that so? [y/N] `).catch(() => ''); // Ctrl+C, Ctrl+D
    if (!/^(y|yes|是)$/i.test(answer.trim())) throw new CliError('not-confirmed', 'nothing was changed');
  } finally {
    asking.close();
  }
}
