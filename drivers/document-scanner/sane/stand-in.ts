import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { argv, env, exit, stderr, stdout } from 'node:process';
import { SaneSimulator } from './simulator.ts';

/**
 * A program that stands in for scanimage: `node stand-in.ts -d simulated …`. The folder that SANE_STAND_IN names is the
 * device: `feeder/` holds the sheets, drawn in by the order of their names; `glass` is what lies on the glass;
 * `faults.json` sets the simulator's fields.
 */
const folder = env['SANE_STAND_IN'] ?? '';
const feeder = join(folder, 'feeder');
const glass = join(folder, 'glass');
const faults = join(folder, 'faults.json');

const simulator = new SaneSimulator();
const names = existsSync(feeder) ? readdirSync(feeder).sort() : [];
simulator.sheets = names.map((name) => readFileSync(join(feeder, name)));
if (existsSync(glass)) simulator.glass = readFileSync(glass);
if (existsSync(faults)) Object.assign(simulator, JSON.parse(readFileSync(faults, 'utf8')));

const onLine = (line: string): void => {
  const drawnIn = names.length - simulator.sheets.length;
  for (const name of names.slice(0, drawnIn)) rmSync(join(feeder, name), { force: true });
  stdout.write(`${line}\n`);
};
const program = { command: ['scanimage'], args: argv.slice(2), environment: {}, onLine } as const;
const { exitCode, output, complaint } = await simulator.run(program, new AbortController().signal);
if (complaint) stderr.write(`${complaint}\n`);
if (exitCode === undefined) process.kill(process.pid, 'SIGKILL');
stdout.write(output, () => exit(exitCode));
