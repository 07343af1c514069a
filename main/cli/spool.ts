import process from 'node:process';
import { type Command, Option } from 'commander';
import { controlContract } from '../control/protocol.ts';
import type { SpoolJobMessage } from '../control/spool-protocol.ts';
import { printable } from './printable.ts';
import { terminalHelp, terminalOption, withTerminal } from './terminal.ts';

interface Options {
  readonly json?: boolean;
  readonly terminal?: string;
}

const LIST_MAX = 50;
const forever = new AbortController().signal;
const ignore = (): void => undefined;
const settlements = ['printed', 'not-printed'] as const;

/** `spool list|settle`: what became of the papers that went to a printer. */
export function spoolCommand(program: Command): void {
  const spool = program.command('spool').description('papers that went to a printer, and what became of them');
  const common = (command: Command): Command =>
    command.option(terminalOption, terminalHelp).option('--json', 'one JSON object on standard output');

  common(spool.command('list'))
    .description(`the last ${LIST_MAX}, the newest first`)
    .option('--unknown', 'those alone that are at a printer, or of which nobody knows, the oldest first')
    .action(async ({ json, terminal, unknown }: Options & { readonly unknown?: true }) => {
      const which = unknown ? 'unsettled' : 'recent';
      const answer = await withTerminal(controlContract, terminal, ignore, (core) =>
        core.call('spool', { which, limit: LIST_MAX }, forever),
      );
      print(json ? JSON.stringify(answer) : answer.jobs.map(lineOf).join('\n') || 'there are none');
    });

  common(spool.command('settle'))
    .description(
      'says whether an unknown paper came out; one whose number is not known is settled with `blanks settle`',
    )
    .argument('<job>', 'as `spool list` gives it')
    .addOption(new Option('--as <what>', 'what a person has seen').choices(settlements).makeOptionMandatory())
    .action(async (jobId: string, { json, terminal, as }: Options & { readonly as: (typeof settlements)[number] }) => {
      const answer = await withTerminal(controlContract, terminal, ignore, (core) =>
        core.call('spoolSettle', { jobId, as }, forever),
      );
      print(json ? JSON.stringify(answer) : lineOf(answer));
    });
}

function lineOf({ jobId, document, state, printerId, blankNumber, code, detail, acceptedAt }: SpoolJobMessage): string {
  const cells = [
    acceptedAt,
    jobId,
    document,
    state === 'unknown' ? 'UNKNOWN' : state,
    printerId ?? '',
    blankNumber === undefined ? '' : `blank ${blankNumber}`,
    code === undefined ? '' : `${code}: ${detail ?? ''}`,
  ];
  return printable(cells.filter(Boolean).join('  '));
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
