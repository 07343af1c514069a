import { Command, CommanderError } from 'commander';
import { expect } from 'vitest';
import { CliError } from '../../../main/cli/cli-error.ts';
import { licenceCommand } from '../../../main/cli/licence.ts';

/** What `kioskctl licence` says to these words. */
export async function licence(...words: readonly string[]): Promise<string> {
  let output = '';
  const program = new Command().exitOverride().configureOutput({
    writeOut: (text) => {
      output += text;
    },
    writeErr: () => undefined,
  });
  licenceCommand(program);
  await program.parseAsync(['licence', ...words], { from: 'user' });
  return output;
}

/** The code and the one line with which it refuses these words. */
export async function refusal(...words: readonly string[]): Promise<{ code: string; message: string }> {
  const error = await licence(...words).then(
    (output) => new Error(`it took them: ${output}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof CliError || error instanceof CommanderError)) throw error;
  expect(error.message).not.toContain('\n');
  return { code: error instanceof CliError ? error.code : 'usage', message: error.message };
}
