import process from 'node:process';
import { type Command, InvalidArgumentError } from 'commander';
import { machineTime, sleep } from '../../drivers/core/index.ts';
import { type Alarm, controlContract, type DeviceReport, type PlatformReport } from '../control/protocol.ts';
import { printable } from './printable.ts';
import { languageOfPerson, terminalHelp, terminalOption, withTerminal } from './terminal.ts';

interface Options {
  readonly json?: boolean;
  readonly terminal?: string;
}

interface DeviceOptions extends Options {
  /** Seconds. */
  readonly for?: number;
}

/** As long as a timer can be set for: until Ctrl-C. */
const LONGEST_SECONDS = 24 * 86_400;
const forever = new AbortController().signal;
const ignore = (): void => undefined;

/** `devices`, and `device ID reset|test|watch|history`: what a technician asks of the running terminal. */
export function devicesCommand(program: Command): void {
  program
    .command('devices')
    .description('how each device of the running terminal is, and what to do about those that are not well')
    .option(terminalOption, terminalHelp)
    .option('--json', 'one JSON object on standard output')
    .action(async ({ json, terminal }: Options) => {
      const answer = await withTerminal(controlContract, terminal, ignore, (core) =>
        core.call('devices', null, forever),
      );
      const { alarms, devices, platform } = answer;
      print(
        json
          ? JSON.stringify(answer)
          : [...alarms.map(alarmLines), tableOf(devices), platformLine(platform)].join('\n'),
      );
    });

  program
    .command('device')
    .description('one device of the running terminal')
    .argument('<id>', 'as `devices` lists it')
    .argument('<what>', 'reset: as strongly as software can · test: try it out · watch: tell each change · history')
    .option(terminalOption, terminalHelp)
    .option('--for <seconds>', 'with watch: how long; until Ctrl-C where left out', seconds)
    .option('--json', 'one JSON object on standard output; with watch, one a line')
    .action(async (id: string, what: string, options: DeviceOptions, command: Command) => {
      const work = Object.hasOwn(works, what) ? works[what] : undefined;
      if (!work) command.error(`error: unknown request '${what}'; there are ${Object.keys(works).join(', ')}`);
      else await work(id, options);
    });
}

const works: Readonly<Record<string, (id: string, options: DeviceOptions) => Promise<void>>> = {
  async reset(deviceId, { json, terminal }) {
    const report = await withTerminal(controlContract, terminal, ignore, (core) =>
      core.call('reset', { deviceId }, forever),
    );
    print(json ? JSON.stringify(report) : `${deviceId} was reset: ${report.state}`);
  },

  async test(deviceId, { json, terminal }) {
    const report = await withTerminal(controlContract, terminal, ignore, (core) =>
      core.call('test', { deviceId }, forever),
    );
    const facts = Object.entries(report.facts).map(([name, value]) => `  ${name.padEnd(16)} ${printable(value)}`);
    print(
      json ? JSON.stringify(report) : [`${report.passed ? 'passed' : 'FAILED'}: ${report.did}`, ...facts].join('\n'),
    );
    if (!report.passed) process.exitCode = 1;
  },

  async history(deviceId, { json, terminal }) {
    const { events } = await withTerminal(controlContract, terminal, ignore, (core) =>
      core.call('history', { deviceId, limit: 100 }, forever),
    );
    const lines = events.map(({ at, state, fault = '', rung = '', detail = '' }) =>
      [at, state.padEnd(8), fault.padEnd(16), rung.padEnd(12), printable(detail)].join('  ').trimEnd(),
    );
    print(json ? JSON.stringify({ events }) : lines.join('\n') || 'nothing is remembered of it');
  },

  async watch(deviceId, { json, terminal, for: forSeconds = LONGEST_SECONDS }) {
    const onEvent = (_event: string, report: DeviceReport): void =>
      print(json ? JSON.stringify(report) : lineOf(report, machineTime().slice(11, 19)));
    await withTerminal(controlContract, terminal, onEvent, async (core, gone) => {
      await core.call('watch', { deviceId }, forever);
      await sleep(forSeconds * 1_000, gone);
    });
  },
};

function seconds(given: string): number {
  const number = Number(given);
  if (number > 0 && number <= LONGEST_SECONDS) return number;
  throw new InvalidArgumentError(`It is more than 0 and at most ${LONGEST_SECONDS} seconds.`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** The platform as one more thing that the terminal hangs on. */
function platformLine({ state, cause, advice }: PlatformReport): string {
  const language = languageOfPerson();
  const head = `${'platform'.padEnd(20)}  ${cause ? `${state}: ${cause}` : state}`;
  return advice ? [head, `    ${advice.what[language]}`, `    → ${advice.next[language]}`].join('\n') : head;
}

function alarmLines({ what, next }: Alarm): string {
  const language = languageOfPerson();
  return `! ${what[language]}\n    → ${next[language]}`;
}

function tableOf(devices: readonly DeviceReport[]): string {
  return devices.map((device) => lineOf(device, device.id)).join('\n');
}

/** One line, and for a device that is not well a second one with what to do. */
function lineOf(device: DeviceReport, head: string): string {
  const { class: deviceClass, model, state, fault, paper, since, repair, faultsToday, detail, advice } = device;
  const language = languageOfPerson();
  const cells = [
    head.padEnd(20),
    `${deviceClass} ${model}`.padEnd(30),
    (fault ?? state).padEnd(16),
    paper ? `paper ${paper}` : '',
    since ? `since ${since.slice(0, 19)}Z` : '',
    repair ? `${repair.rung}, ${repair.attempts} tries` : '',
    faultsToday > 0 ? `${faultsToday} ${faultsToday === 1 ? 'fault' : 'faults'} in 24 h` : '',
  ];
  const lines = [cells.filter(Boolean).join('  ').trimEnd()];
  if (advice)
    lines.push(
      `    ${advice.what[language]}${detail ? ` (${printable(detail)})` : ''}`,
      `    → ${advice.next[language]}`,
    );
  return lines.join('\n');
}
