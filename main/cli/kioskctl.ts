#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { CliError } from './cli-error.ts';
import { printable } from './printable.ts';

const devices = async () => (await import('./devices.ts')).devicesCommand;
/** By its first word, as the help lists them. Loaded only where it is asked for: all of them take twice as long. */
const commands: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  'id-card': async () => (await import('./id-card.ts')).idCardCommand,
  face: async () => (await import('./face.ts')).faceCommand,
  receipt: async () => (await import('./receipt.ts')).receiptCommand,
  licence: async () => (await import('./licence.ts')).licenceCommand,
  devices,
  device: devices,
  outbox: async () => (await import('./outbox.ts')).outboxCommand,
  blanks: async () => (await import('./blanks.ts')).blanksCommand,
  spool: async () => (await import('./spool.ts')).spoolCommand,
  simulate: async () => (await import('./simulate.ts')).simulateCommand,
  audit: async () => (await import('./audit.ts')).auditCommand,
  key: async () => (await import('./key.ts')).keyCommand,
};

/**
 * The technician's tool. Every command takes `--json`; a failure is one line, or one JSON object on standard output. Exit
 * code 2 where the person at the keyboard can do something about it, 1 for a fault of ours.
 */
const program = new Command('kioskctl')
  .description('Technician’s tool of a Jiujin terminal.')
  .configureOutput({ outputError: (text, write) => write(`kioskctl: ${oneLine(text)}; --help shows what there is\n`) })
  .exitOverride();

process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code !== 'EPIPE') process.stderr.write(`kioskctl: the output cannot be written: ${code ?? message}\n`);
  process.exit(2); // with EPIPE whoever read has gone, and knows
});
process.stderr.on('error', () => process.exit(2)); // nobody is left to be told

try {
  const [, , word = ''] = process.argv;
  const asked = Object.hasOwn(commands, word) ? commands[word] : undefined;
  for (const load of asked ? [asked] : new Set(Object.values(commands))) (await load())(program);
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
