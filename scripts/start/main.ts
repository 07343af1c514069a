import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CoreRunner } from '../../main/shell/core-runner.ts';
import { buildElectronShell } from '../build/electron-shell.ts';
import { programScript } from '../build/programs.ts';
import { readCommandLine } from '../command-line.ts';
import { peopleDir, prepare } from '../prepare/main.ts';
import { serveDesk } from '../simulators/desk.ts';
import { startTerminal } from '../simulators/terminal.ts';
import { startWorld, type World } from '../simulators/world.ts';
import { chooseShell, questions, type ShellChoice } from './choose-shell.ts';

const USAGE = `npm start [-- --shell electron|chromium|none] [--data FOLDER]

Runs the terminal with simulated devices and the stand-in platform. Shown by Electron if its binary is there, else by
Chromium, Chrome or Edge; where no window can be opened, the page's address is printed.

  --shell NAME    this shell or none
  --data FOLDER   where terminal and platform keep their data (.data/dev)`;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { values } = readCommandLine(USAGE, {
  options: {
    shell: { type: 'string' },
    data: { type: 'string', default: join(ROOT, '.data', 'dev') },
    help: { type: 'boolean', default: false },
  },
});
const wanted = (['electron', 'chromium', 'none'] as const).find((name) => name === values.shell);
if (values.help || (values.shell !== undefined && !wanted)) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 2);
}

const dir = resolve(values.data);
const world = await begin().catch((error: unknown) => {
  console.error(`The terminal cannot start: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
});
const desk = await serveDesk(world);
const choice = await chooseShell(questions(wanted, console.log));

console.log(`\nJiujin is starting. Its data and logs: ${dir}`);
console.log(`Shell: ${choice.shell} (${choice.reason}).`);
console.log(`Simulated card, printers and platform: ${desk.url}`);
console.log(`What a platform must speak: ${world.platform.url}/docs\n`);

const terminal = await show(choice, world.configurationFile);
let ending = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (!ending) void end();
    ending = true;
  });
}

async function begin(): Promise<World> {
  await prepare(console.log);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  return await startWorld({ dir, peopleDir });
}

async function end(): Promise<void> {
  await terminal.stop();
  await desk.close();
  await world.close();
  process.exit(0);
}

async function show(shown: ShellChoice, configurationFile: string): Promise<{ stop(): Promise<void> }> {
  switch (shown.shell) {
    case 'electron':
      return await showInElectron(shown.executable, configurationFile);
    case 'chromium':
      return await startTerminal({
        configurationFile,
        dir,
        browser: { executablePath: shown.executable, headless: false, args: cameraArguments() },
        onNote: console.log,
      });
    case 'none':
      return await showAddress(configurationFile);
  }
}

/** The camera of the simulated resident, so that a machine without a camera can walk every service. */
function cameraArguments(): string[] {
  const video = join(peopleDir, 'lin.mjpeg');
  return ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${video}`];
}

async function showInElectron(executable: string, configurationFile: string): Promise<{ stop(): Promise<void> }> {
  const [script, coreScript] = [await buildElectronShell(), await programScript('core-process')];
  const parameters = [...cameraArguments(), script, '--', process.execPath, coreScript, configurationFile];
  const electron = spawn(executable, parameters, { stdio: 'inherit' });
  electron.once('exit', () => process.emit('SIGTERM'));
  return {
    stop: async () => {
      if (electron.exitCode === null) electron.kill('SIGTERM');
    },
  };
}

/** Without a window the address is for a person with a browser on this machine; a key asks for another one. */
async function showAddress(configurationFile: string): Promise<{ stop(): Promise<void> }> {
  const script = await programScript('core-process');
  const core: CoreRunner = new CoreRunner({
    command: [process.execPath, script, configurationFile],
    onAddress: (address) => {
      console.log(`Open this address in a browser on this machine; it works once:\n\n  ${address}\n`);
      console.log('Enter: another address. Ctrl-C: stop.');
    },
    onNote: console.log,
  });
  core.start();
  process.stdin.on('data', () => core.askAddress());
  return {
    stop: async () => {
      process.stdin.pause();
      await core.stop();
    },
  };
}
