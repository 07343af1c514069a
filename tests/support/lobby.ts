import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfiguration } from '../../main/config/config.ts';
import { bundledChromium } from '../../scripts/browser/bundled-chromium.ts';
import { Resident } from '../../scripts/demo/resident.ts';
import { type PersonId, peopleDir, prepare } from '../../scripts/prepare/main.ts';
import { type RunningTerminal, startTerminal } from '../../scripts/simulators/terminal.ts';
import { startWorld, type World } from '../../scripts/simulators/world.ts';

/** A terminal in a lobby of its own: simulated devices, stand-in platform, a headless browser, and a resident before it. */
export interface Lobby {
  readonly world: World;
  readonly terminal: RunningTerminal;
  readonly resident: Resident;
  /** Everything that terminal and browser write: data, logs, profile, temporary files, the core's standard error. */
  readonly terminalDir: string;
  close(): Promise<void>;
}

/** In the terminal's folder: what the core and its children wrote to standard error, which is shown when the lobby closes. */
export const ERROR_OUTPUT = 'standard-error.txt';

export interface LobbyOptions {
  /** Who stands before the camera. */
  readonly camera?: PersonId;
  /** Another video before it: JPEGs joined end to end. */
  readonly video?: string;
  /** Another lobby of the same city: its platform is this one's, and this is machine 4. */
  readonly besides?: Lobby;
  readonly viewport?: { readonly width: number; readonly height: number };
}

export async function openLobby({ camera = 'lin', video, viewport, besides }: LobbyOptions = {}): Promise<Lobby> {
  await prepare();
  const dir = await mkdtemp(join(tmpdir(), 'jiujin-lobby-'));
  const terminalDir = join(dir, 'terminal');
  const temporary = join(terminalDir, 'tmp');
  await mkdir(temporary, { recursive: true });
  const world = await startWorld({ dir, terminalDir, peopleDir });
  if (besides) await joinCity(world.configurationFile, besides.world.configurationFile);
  const chromium = await bundledChromium({ fakeCamera: video ?? join(peopleDir, `${camera}.mjpeg`) });
  const errorOutput = await open(join(terminalDir, ERROR_OUTPUT), 'a');
  const terminal = await startTerminal({
    configurationFile: world.configurationFile,
    dir: terminalDir,
    browser: {
      ...chromium,
      env: { ...chromium.env, TMPDIR: temporary },
      headless: true,
      viewport: viewport ?? { width: 1080, height: 1920 },
    },
    env: { ...process.env, TMPDIR: temporary },
    errorOutput: errorOutput.createWriteStream(),
  });
  return {
    world,
    terminal,
    resident: new Resident(() => terminal.shell.page),
    terminalDir,
    async close() {
      await terminal.stop();
      await errorOutput.close();
      process.stderr.write(await readFile(join(terminalDir, ERROR_OUTPUT), 'utf8'));
      await world.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function joinCity(configurationFile: string, ofAnother: string): Promise<void> {
  const [own, other] = [readConfiguration(configurationFile), readConfiguration(ofAnother)];
  const terminal = { ...own.terminal, id: 'longsha-24h-04', code: 'LS04' };
  await writeFile(configurationFile, JSON.stringify({ ...own, terminal, platform: other.platform }), { mode: 0o600 });
}
