import process from 'node:process';
import type { Command } from 'commander';
import { simulationContract } from '../control/simulation-protocol.ts';
import { CliError } from './cli-error.ts';
import { terminalHelp, terminalOption, withSimulators } from './terminal.ts';

interface Options {
  readonly json?: boolean;
  readonly terminal?: string;
}

const forever = new AbortController().signal;

/** `simulate [DEVICE ACT [VALUE]]`: what a hand does in a lobby, to the simulated devices beside a running terminal. */
export function simulateCommand(program: Command): void {
  program
    .command('simulate')
    .description('lay cards down, open covers, empty paper, pull cables: at simulated devices, while the terminal runs')
    .argument('[device]', 'left out: what can be done to which')
    .argument('[act]')
    .argument('[value]')
    .option(terminalOption, terminalHelp)
    .option('--json', 'one JSON object on standard output')
    .action(
      async (device: string | undefined, act: string | undefined, value: string | undefined, options: Options) => {
        const { json, terminal } = options;
        await withSimulators(simulationContract, terminal, async (simulators) => {
          if (device === undefined) {
            const { acts } = await simulators.call('acts', null, forever);
            const lines = acts.map((each) => {
              const words = [each.device, each.act, each.values?.join('|')].filter(Boolean).join(' ');
              return `${words.padEnd(48)} ${each.what}`;
            });
            return print(json ? JSON.stringify({ acts }) : lines.join('\n'));
          }
          if (act === undefined)
            throw new CliError('usage', `what is to be done to ${device}? kioskctl simulate lists it`);
          const wanted = { device, act, ...(value !== undefined && { value }) };
          const { done } = await simulators.call('perform', wanted, forever);
          return print(json ? JSON.stringify({ done }) : done);
        });
      },
    );
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
