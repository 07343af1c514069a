import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach } from 'vitest';
import { readConfiguration } from '../../main/config/config.ts';
import { storageSettings } from '../../main/storage/settings.ts';
import { bundledChromium } from '../../scripts/browser/bundled-chromium.ts';
import { Resident } from '../../scripts/demo/resident.ts';
import { peopleDir, prepare } from '../../scripts/prepare/main.ts';
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

/**
 * Whatever moves, and each pixel, costs the processor: the camera's picture as much as the check of the face. How the page looks and
 * moves is for its own tests, and for whoever wants pictures. Without a card to look after, the browser needs no process for it.
 */
const withoutGraphicsCard = [
  '--force-prefers-reduced-motion',
  '--in-process-gpu',
  ...(process.env['SCREENSHOTS'] ? [] : ['--force-device-scale-factor=0.5']),
];

/** A search through what the terminal leaves reads the reserve as well: 64 MB of noise where nobody asks for less. */
const RESERVE_BYTES = 1024 ** 2;

let prepared: Promise<void> | undefined;

/** Five tests share two cores. */
const PATIENCE_MS = 45_000;

export interface LobbyOptions {
  /** What stands before the camera in place of lin: JPEGs joined end to end. */
  readonly video?: string;
  /** Another lobby of the same city: its platform is this one's, and this is machine 4. */
  readonly besides?: Lobby;
}

export async function openLobby({ video, besides }: LobbyOptions = {}): Promise<Lobby> {
  prepared ??= prepare().catch((error: unknown) => {
    prepared = undefined;
    throw error;
  });
  await prepared;
  const dir = await mkdtemp(join(tmpdir(), 'jiujin-lobby-'));
  const terminalDir = join(dir, 'terminal');
  const temporary = join(terminalDir, 'tmp');
  await mkdir(temporary, { recursive: true });
  const world = await startWorld({ dir, terminalDir, peopleDir });
  await adapt(world.configurationFile, besides?.world.configurationFile);
  const chromium = await bundledChromium({ fakeCamera: video ?? join(peopleDir, 'lin.mjpeg') });
  const errorOutput = await open(join(terminalDir, ERROR_OUTPUT), 'a');
  const terminal = await startTerminal({
    configurationFile: world.configurationFile,
    dir: terminalDir,
    browser: {
      ...chromium,
      args: [...chromium.args, ...withoutGraphicsCard],
      env: { ...chromium.env, TMPDIR: temporary },
      headless: true,
      viewport: { width: 1080, height: 1920 },
    },
    env: { ...process.env, TMPDIR: temporary },
    errorOutput: errorOutput.createWriteStream(),
  });
  return {
    world,
    terminal,
    resident: new Resident(() => terminal.shell.page, PATIENCE_MS),
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

/** Where the tests of a file are: one after another in the same lobby. */
export interface SharedLobby {
  readonly lobby: Lobby;
  /** For a test that looks at what is left then; the one after it gets another lobby. */
  switchOff(): Promise<void>;
}

/**
 * One lobby for the tests of a file, since a lobby costs most while it opens. Each test begins and ends at the attract screen, with
 * no card on the reader; what it submitted and printed stays. After one that failed the next one gets another lobby.
 */
export function lobbyOfFile(options: LobbyOptions = {}): SharedLobby {
  let lobby: Lobby | undefined;
  let isOff = false;
  const close = async (): Promise<void> => {
    const closing = lobby;
    lobby = undefined;
    await closing?.close();
  };
  beforeEach(async () => {
    isOff = false;
    lobby ??= await openLobby(options);
  });
  afterEach(async ({ task }) => {
    if (isOff || task.result?.state === 'fail') return await close();
    lobby?.world.reader.removeCard();
    try {
      await lobby?.resident.sees('attract');
    } catch (error) {
      await close();
      throw error;
    }
  });
  afterAll(close);
  return {
    get lobby() {
      if (!lobby) throw new Error('A lobby is open during a test.');
      return lobby;
    },
    async switchOff() {
      isOff = true;
      await lobby?.terminal.stop();
    },
  };
}

async function adapt(configurationFile: string, ofAnother?: string): Promise<void> {
  const own = readConfiguration(configurationFile);
  const city = ofAnother !== undefined && {
    terminal: { ...own.terminal, id: 'longsha-24h-04', code: 'LS04' },
    platform: readConfiguration(ofAnother).platform,
  };
  const storage = storageSettings.parse({ ...own.storage, reserveBytes: RESERVE_BYTES });
  await writeFile(configurationFile, JSON.stringify({ ...own, ...city, storage }), { mode: 0o600 });
}
