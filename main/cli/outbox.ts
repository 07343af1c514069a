import process from 'node:process';
import { type Command, Option } from 'commander';
import type { ListedDeliveryMessage, QueueReportMessage } from '../control/outbox-protocol.ts';
import { controlContract } from '../control/protocol.ts';
import { closeReasons, type Listing } from '../storage/delivery-list.ts';
import { exportCase } from './outbox-export.ts';
import { printable } from './printable.ts';
import { adviceOn } from './refusal-advice.ts';
import { terminalHelp, terminalOption, withTerminal } from './terminal.ts';

interface Options {
  readonly json?: boolean;
  readonly terminal?: string;
}

const LIST_MAX = 1_000;
const MINUTE_MS = 60_000;
const forever = new AbortController().signal;
const ignore = (): void => undefined;

/** `outbox`, and `outbox list|requeue|export|close|wake`: what of the accepted cases has not reached the platform. */
export function outboxCommand(program: Command): void {
  const common = (command: Command): Command =>
    command.option(terminalOption, terminalHelp).option('--json', 'one JSON object on standard output');

  const outbox = common(program.command('outbox'))
    .description('how the queue of deliveries is: waiting, dead letters, overdue cases')
    .action(async ({ json, terminal }: Options) => {
      const report = await withTerminal(controlContract, terminal, ignore, (core) =>
        core.call('outbox', null, forever),
      );
      print(json ? JSON.stringify(report) : summaryOf(report));
    });

  common(outbox.command('list'))
    .description('what is not delivered, the oldest first')
    .option('--dead', 'dead letters alone: what the platform refused, and what does not open')
    .addOption(new Option('--closed', 'what was closed in the last ninety days').conflicts('dead'))
    .action(async (_own: Options, command: Command) => {
      const { json, terminal, ...only } = command.optsWithGlobals<Options & { dead?: true; closed?: true }>();
      const which = only.dead ? 'dead' : only.closed ? 'closed' : 'open';
      const answer = await withTerminal(controlContract, terminal, ignore, (core) =>
        core.call('outboxList', { which, limit: LIST_MAX }, forever),
      );
      print(json ? JSON.stringify(answer) : listOf(answer, which));
    });

  common(outbox.command('requeue'))
    .description('sends dead letters again, once what stood in their way has been dealt with')
    .argument('<what>', 'a case number, or the number of one delivery as `outbox list` gives it')
    .action(async (what: string, _own: Options, command: Command) => {
      const { json, terminal } = command.optsWithGlobals<Options>();
      const answer = await withTerminal(controlContract, terminal, ignore, (core) =>
        core.call('outboxRequeue', { what }, forever),
      );
      const { requeued, unreadable } = answer;
      const left = unreadable > 0 ? `; ${unreadable} cannot be read any more: make it anew with the resident` : '';
      print(json ? JSON.stringify(answer) : `${counted(requeued, 'delivery goes', 'deliveries go')} again${left}`);
      if (requeued === 0) process.exitCode = 1;
    });

  common(outbox.command('export'))
    .description('writes a whole case with its papers for a clerk: PERSONAL DATA, not sealed, for this user alone')
    .argument('<case>', 'its number')
    .requiredOption('--to <file>', 'a ZIP that is not there yet')
    .action(async (caseNumber: string, _own: Options, command: Command) => {
      const { json, terminal, to } = command.optsWithGlobals<Options & { to: string }>();
      const answer = await exportCase({ terminal, caseNumber, to });
      const papers = counted(answer.materials, 'paper', 'papers');
      const damaged = answer.damaged > 0 ? `; ${counted(answer.damaged, 'paper', 'papers')} could not be read` : '';
      const warning = 'It holds personal data in the clear: hand it over and delete it.';
      print(json ? JSON.stringify(answer) : `${printable(to)}: the case and ${papers}${damaged}. ${warning}`);
      if (answer.damaged > 0) process.exitCode = 1;
    });

  common(outbox.command('close'))
    .description('ends dead letters that the counter has dealt with: what they carried, and held back, is DELETED here')
    .argument('<what>', 'a case number, or the number of one delivery as `outbox list` gives it')
    .addOption(new Option('--reason <why>', 'for the record').choices(closeReasons).makeOptionMandatory())
    .action(async (what: string, _own: Options, command: Command) => {
      const { json, terminal, reason } = command.optsWithGlobals<Options & { reason: (typeof closeReasons)[number] }>();
      const answer = await withTerminal(controlContract, terminal, ignore, (core) =>
        core.call('outboxClose', { what, reason }, forever),
      );
      const closed = counted(answer.closed, 'delivery is', 'deliveries are');
      print(json ? JSON.stringify(answer) : `${closed} closed as ${reason}; the content is deleted here`);
    });

  common(outbox.command('wake'))
    .description('as when the line comes back: tries what waits for it; what the platform put off keeps waiting')
    .action(async (_own: Options, command: Command) => {
      const { json, terminal } = command.optsWithGlobals<Options>();
      await withTerminal(controlContract, terminal, ignore, (core) => core.call('outboxWake', null, forever));
      print(
        json
          ? JSON.stringify({ woken: true })
          : 'what waits for the line is tried again, oldest first: the first within five minutes, the last within ten',
      );
    });
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function summaryOf(report: QueueReportMessage): string {
  const { at, waiting, sending, rejected, delivered, closed, oldestWaitingAt, overdue, nextDeliverBy, alarm } = report;
  const since = (then: string): string => spanOf(Date.parse(at) - Date.parse(then));
  const lines = [
    `${waiting} waiting, ${sending} under way, ${counted(rejected, 'dead letter', 'dead letters')}, ${delivered} delivered${
      closed > 0 ? `, ${closed} closed` : ''
    }`,
  ];
  if (oldestWaitingAt) lines.push(`the oldest has waited for ${since(oldestWaitingAt)}`);
  if (nextDeliverBy) {
    lines.push(
      `the next is to have arrived in ${spanOf(Date.parse(nextDeliverBy) - Date.parse(at))} (${nextDeliverBy})`,
    );
  }
  if (overdue > 0) {
    const what =
      overdue === 1 ? '1 case is OVERDUE: its resident was' : `${overdue} cases are OVERDUE: their residents were`;
    lines.push(`${what} told that it would have arrived by now. Still tried; see \`outbox list\``);
  }
  if (rejected > 0)
    lines.push('dead letters go no further by themselves: `outbox list --dead`, then requeue, or export and close');
  if (alarm === 'unauthorised') lines.push('the platform refuses this terminal’s credential: have it renewed');
  if (alarm === 'storage-failing') lines.push('the queue cannot be read or written: look at the disk');
  return lines.join('\n');
}

const EMPTY: Readonly<Record<Listing, string>> = {
  open: 'everything is delivered',
  dead: 'there are no dead letters',
  closed: 'nothing was closed',
};

function listOf(
  { at, deliveries }: { readonly at: string; readonly deliveries: readonly ListedDeliveryMessage[] },
  which: Listing,
): string {
  if (deliveries.length === 0) return EMPTY[which];
  const more = deliveries.length === LIST_MAX ? [`… the first ${LIST_MAX}; there may be more`] : [];
  return [...deliveries.map((delivery) => lineOf(delivery, Date.parse(at))), ...adviceOn(deliveries), ...more].join(
    '\n',
  );
}

/** `now`: ms since 1970, as the terminal has it, which gave the instants. */
function lineOf(delivery: ListedDeliveryMessage, now: number): string {
  const { jobId, caseNumber, serviceId, kind, state, attempts, createdAt, nextTryAt, reason, deliverBy } = delivery;
  const { sizeBytes, uploadedBytes = 0 } = delivery;
  const nextInMs = nextTryAt === undefined ? undefined : Date.parse(nextTryAt) - now;
  const isPromised = deliverBy !== undefined && kind !== 'rating' && state !== 'closed';
  const leftMs = isPromised ? Date.parse(deliverBy) - now : undefined;
  const cells = [
    `#${jobId}`.padEnd(8),
    printable(caseNumber).padEnd(20),
    printable(serviceId).padEnd(5),
    kind.padEnd(8),
    (state === 'rejected' ? 'DEAD' : state).padEnd(8),
    counted(attempts, 'try', 'tries'),
    `${spanOf(now - Date.parse(createdAt))} old`,
    nextInMs === undefined ? '' : nextInMs <= 0 ? 'due now' : `next try in ${spanOf(nextInMs)}`,
    sizeBytes === undefined
      ? ''
      : `${Math.floor((100 * uploadedBytes) / sizeBytes)} % of ${Math.ceil(sizeBytes / 1_024)} KB`,
    reason === undefined ? '' : `reason: ${printable(reason)}`,
    leftMs === undefined ? '' : leftMs > 0 ? `${spanOf(leftMs)} left` : `OVERDUE by ${spanOf(-leftMs)}`,
  ];
  return cells.filter(Boolean).join('  ').trimEnd();
}

/** `2 d 3 h`, `4 h 10 min`, `12 min`, `40 s`. */
function spanOf(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / MINUTE_MS);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days > 0) return `${days} d ${hours % 24} h`;
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min` : `${Math.floor(Math.max(0, ms) / 1_000)} s`;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
