import process from 'node:process';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { BalanceMessage, BlankEventMessage, CassetteMessage } from '../control/blanks-protocol.ts';
import { controlContract } from '../control/protocol.ts';
import type { RpcClient } from '../processes/rpc.ts';
import { type BlankReason, blankReasons } from '../storage/blank-ledger.ts';
import { type Settlement, settlements } from '../storage/blanks.ts';
import { confirm } from './confirm.ts';
import { printable } from './printable.ts';
import { terminalHelp, terminalOption, withTerminal } from './terminal.ts';

interface Options {
  readonly json?: boolean;
  readonly terminal?: string;
}
interface Loading extends Options {
  readonly printer: string;
  readonly tray: string;
  readonly from: string;
  readonly to: string;
  readonly yes?: boolean;
}
interface Reasoned extends Options {
  readonly reason: BlankReason;
}

const forever = new AbortController().signal;
const ignore = (): void => undefined;
const HELP = `
Every number is accounted for: printed, spoiled, void with a reason, returned, or still in the tray.

  a new pack               blanks load food-licence --printer laser --tray tray-2 --from A001 --to A100
  loaded wrongly           blanks unload 3, and load again: what was not used may come back
  a sheet was taken out    look at the number on top: blanks correct 3 --next A057 --reason taken-out
  that was a slip          blanks correct 3 --next A042 --reason mistake finds again what is void
  a sheet must not be used blanks void A060 --reason damaged
  nobody knows of A042     look into output and tray: blanks settle A042 --as printed --reason seen`;
const CASSETTE = 'its number in `blanks list`';

/** `blanks list|load|unload|correct|void|settle|balance|history`: numbered blanks, for clerks and technicians. */
export function blanksCommand(program: Command): void {
  const blanks = program
    .command('blanks')
    .description('numbered blanks: which lie in which tray, and what became of each other one')
    .addHelpText('after', HELP);
  const add = (name: string, description: string): Command =>
    blanks
      .command(name)
      .description(description)
      .option(terminalOption, terminalHelp)
      .option('--json', 'one JSON object on standard output');
  addCassettes(add);
  addNumbers(add);
  addLooks(add);
}

type Add = (name: string, description: string) => Command;

function addCassettes(add: Add): void {
  add('list', 'the packs in the machine, with the number on top and what is left').action(async (options: Options) => {
    const answer = await ask(options, (core) => core.call('blanks', null, forever));
    tell(options, answer, listOf(answer.cassettes));
  });

  add('load', 'a pack was put into a tray; one that is used up gives its place up')
    .argument('<series>', 'what it is for: food-licence')
    .requiredOption('--printer <id>', 'as `devices` calls it')
    .requiredOption('--tray <tray>', 'as the printer calls it: tray-2')
    .requiredOption('--from <number>', 'on the sheet on top')
    .requiredOption('--to <number>', 'on the last sheet')
    .option('--yes', 'do not ask')
    .action(async (series: string, options: Loading) => {
      const { printer: printerId, tray, from: first, to: last, yes = false } = options;
      const loading = { series, printerId, tray, first, last };
      const answer = await ask(options, async (core) => {
        const { sheets } = await core.call('blanksCheck', loading, forever);
        await confirm(`${counted(sheets)} of ${series}, ${first} to ${last}, lie in ${tray} of ${printerId}`, yes);
        return await core.call('blanksLoad', loading, forever);
      });
      tell(options, answer, `loaded: ${lineOf(answer)}`);
    });

  add('unload', 'a pack was taken out: what is left of it is returned, and may be loaded again')
    .argument('<cassette>', CASSETTE, cassetteNumber)
    .action(async (cassetteId: number, options: Options) => {
      const answer = await ask(options, (core) => core.call('blanksUnload', { cassetteId }, forever));
      tell(options, answer, `cassette ${cassetteId} is out; ${counted(answer.returned)} returned`);
    });

  addReason(
    add('correct', 'says which number is on top: what is skipped becomes void; going back finds what is void')
      .argument('<cassette>', CASSETTE, cassetteNumber)
      .requiredOption('--next <number>', 'on the sheet on top; of an empty tray the one after the last'),
  ).action(async (cassetteId: number, { next, reason, ...options }: Reasoned & { readonly next: string }) => {
    const answer = await ask(options, (core) => core.call('blanksCorrect', { cassetteId, next, reason }, forever));
    tell(options, answer, lineOf(answer));
  });
}

function addNumbers(add: Add): void {
  addReason(
    add('void', 'a sheet is not in the tray after all, or must not be used: take it out').argument('<number>'),
  ).action(async (number: string, { reason, ...options }: Reasoned) => {
    const answer = await ask(options, (core) => core.call('blanksVoid', { number, reason }, forever));
    tell(options, answer, `${printable(number)} is void; ${lineOf(answer)}`);
  });

  addReason(
    add('settle', 'says what became of a number that the terminal does not know; its tray then goes on')
      .argument('<number>')
      .addOption(new Option('--as <what>', 'what the sheet is now').choices(settlements).makeOptionMandatory()),
  ).action(async (number: string, { as, reason, ...options }: Reasoned & { readonly as: Settlement }) => {
    await ask(options, (core) => core.call('blanksSettle', { number, as, reason }, forever));
    tell(options, { number, as }, `${printable(number)} is settled: ${as}`);
  });
}

function addLooks(add: Add): void {
  add('balance', 'of each series: opening + loaded + found - printed - spoiled - void - returned = closing')
    .option('--day <YYYY-MM-DD>', 'in the terminal’s time zone; today where left out')
    .action(async ({ day, ...options }: Options & { readonly day?: string }) => {
      const answer = await ask(options, (core) =>
        core.call('blanksBalance', { ...(day !== undefined && { day }) }, forever),
      );
      tell(options, answer, balanceOf(answer.day, answer.balances));
      if (answer.balances.some(disagrees)) process.exitCode = 1;
    });

  add('history', 'all that happened to a number, the oldest first')
    .argument('<number>')
    .action(async (number: string, options: Options) => {
      const answer = await ask(options, (core) => core.call('blanksHistory', { number }, forever));
      tell(options, answer, answer.events.map(eventLine).join('\n'));
    });
}

function addReason(command: Command): Command {
  return command.addOption(new Option('--reason <why>', 'for the record').choices(blankReasons).makeOptionMandatory());
}

async function ask<T>(
  { terminal }: Options,
  work: (core: RpcClient<typeof controlContract>) => Promise<T>,
): Promise<T> {
  return await withTerminal(controlContract, terminal, ignore, work);
}

function tell({ json }: Options, answer: unknown, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(answer) : text}\n`);
}

function cassetteNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('it is a whole number, as `blanks list` gives it');
}

function listOf(cassettes: readonly CassetteMessage[]): string {
  return cassettes.length === 0 ? 'no blanks are loaded' : cassettes.map(lineOf).join('\n');
}

function lineOf(cassette: CassetteMessage): string {
  const { cassetteId, series, printerId, tray, first, last, state, left, next, held } = cassette;
  const open = held?.state === 'uncertain' ? `what became of ${held.number}? settle it` : 'which is on top? correct it';
  const cells = [
    `#${cassetteId}`.padEnd(5),
    series.padEnd(20),
    `${printerId}/${tray}`.padEnd(18),
    `${first} to ${last}`,
    `${left} left`,
    next === undefined ? '' : `next ${next}`,
    held?.state === 'reserved' ? `${held.number} is being printed` : '',
    state === 'uncertain' ? `UNCERTAIN: ${open}` : '',
  ];
  return printable(cells.filter(Boolean).join('  '));
}

function balanceOf(day: string, balances: readonly BalanceMessage[]): string {
  if (balances.length === 0) return `${day}: no blanks were ever loaded`;
  return [day, ...balances.flatMap(balanceLines)].join('\n');
}

function balanceLines(balance: BalanceMessage): string[] {
  const {
    series,
    opening,
    loaded,
    found,
    printed,
    spoiled,
    returned,
    closing,
    uncertain,
    counted: inMachine,
  } = balance;
  const back = found > 0 ? ` + found ${found}` : '';
  const sums = `opening ${opening} + loaded ${loaded}${back} - printed ${printed} - spoiled ${spoiled}`;
  return [
    `${printable(series)}: ${sums} - void ${balance.void} - returned ${returned} = closing ${closing}`,
    ...(uncertain.length > 0 ? [`  of these uncertain: ${printable(uncertain.join(', '))}`] : []),
    ...(disagrees(balance) ? [`  DOES NOT AGREE: ${inMachine} in the machine by their rows`] : []),
  ];
}

function disagrees({ counted: inMachine, closing }: BalanceMessage): boolean {
  return inMachine !== undefined && inMachine !== closing;
}

function eventLine({ at, kind, series, cassetteId, reason, jobId }: BlankEventMessage): string {
  const cells = [at, kind.padEnd(9), series, `cassette ${cassetteId}`, reason ?? '', jobId ? `job ${jobId}` : ''];
  return printable(cells.filter(Boolean).join('  '));
}

function counted(sheets: number): string {
  return `${sheets} ${sheets === 1 ? 'blank' : 'blanks'}`;
}
