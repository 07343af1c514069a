#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { auditCommand } from './audit.ts';
import { blanksCommand } from './blanks.ts';
import { CliError } from './cli-error.ts';
import { devicesCommand } from './devices.ts';
import { faceCommand } from './face.ts';
import { idCardCommand } from './id-card.ts';
import { keyCommand } from './key.ts';
import { licenceCommand } from './licence.ts';
import { outboxCommand } from './outbox.ts';
import { printable } from './printable.ts';
import { receiptCommand } from './receipt.ts';
import { simulateCommand } from './simulate.ts';
import { spoolCommand } from './spool.ts';

/**
 * The technician's tool. Every command takes `--json`; a failure is one line, or one JSON object on standard output. Exit
 * code 2 where the person at the keyboard can do something about it, 1 for a fault of ours.
 */
const program = new Command('kioskctl')
  .description('Technician’s tool of a Jiujin terminal.')
  .configureOutput({ outputError: (text, write) => write(`kioskctl: ${oneLine(text)}; --help shows what there is\n`) })
  .exitOverride();
idCardCommand(program);
faceCommand(program);
receiptCommand(program);
licenceCommand(program);
devicesCommand(program);
outboxCommand(program);
blanksCommand(program);
spoolCommand(program);
simulateCommand(program);
auditCommand(program);
keyCommand(program);

process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code !== 'EPIPE') process.stderr.write(`kioskctl: the output cannot be written: ${code ?? message}\n`);
  process.exit(2); // with EPIPE whoever read has gone, and knows
});
process.stderr.on('error', () => process.exit(2)); // nobody is left to be told

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error, process.argv.includes('--json'));
}

function report(error: unknown, asJson: boolean): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0; // help was asked for
  const isUsage = error instanceof CommanderError;
  const { code, message } = isUsage
    ? { code: 'usage', message: withoutBreak(error.message) }
    : error instanceof CliError
      ? error
      : { code: 'internal-error', message: `unexpected: ${(error as Error).message}` };
  if (isUsage && !asJson) return 2; // commander has said what is wrong
  if (asJson) process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  else process.stderr.write(`kioskctl: ${printable(message)}\n`);
  return isUsage ? 2 : error instanceof CliError ? error.exitCode : 1;
}

function oneLine(text: string): string {
  return printable(withoutBreak(text.trimEnd().replace(/^error: /, '')));
}

/** Commander puts what may have been meant on a line of its own. */
function withoutBreak(text: string): string {
  return text.replace('\n(Did you mean', ' (did you mean');
}
