import type { WriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { within } from '../../drivers/core/index.ts';
import { ChromiumShell, type ChromiumShellOptions } from '../../main/shell/chromium.ts';
import { CoreRunner } from '../../main/shell/core-runner.ts';
import { programScript } from '../build/programs.ts';

/** A whole terminal as it stands in a lobby: its core and the Chromium shell, both kept alive as they are there. */
export interface RunningTerminal {
  readonly core: CoreRunner;
  readonly shell: ChromiumShell;
  readonly notes: readonly string[];
  stop(): Promise<void>;
}

export interface TerminalOptions {
  readonly configurationFile: string;
  readonly browser: Pick<ChromiumShellOptions, 'executablePath' | 'headless' | 'args' | 'env' | 'viewport'>;
  /** For the browser's profile. */
  readonly dir: string;
  readonly env?: NodeJS.ProcessEnv;
  /** As `CoreRunner` takes it. */
  readonly errorOutput?: WriteStream;
  readonly onNote?: (note: string) => void;
}

/** A browser's first start on a slow disk takes ten seconds; the core restarts a few times within this. */
const OPEN_MS = 60_000;

/** Resolves when the page is open. Rejects when that takes longer than a minute; nothing is left running then. */
export async function startTerminal(options: TerminalOptions): Promise<RunningTerminal> {
  const { configurationFile, browser, dir, env, errorOutput, onNote } = options;
  const notes: string[] = [];
  const note = (text: string): void => {
    notes.push(text);
    onNote?.(text);
  };
  const script = await programScript('core-process');
  const profileDir = join(dir, 'browser');
  await mkdir(profileDir, { recursive: true });
  const { promise: opened, resolve: onOpened } = Promise.withResolvers<void>();
  const shell = new ChromiumShell({ ...browser, profileDir, onAddressWanted: () => core.askAddress(), onNote: note });
  const core: CoreRunner = new CoreRunner({
    command: [process.execPath, script, configurationFile],
    ...(env && { env }),
    ...(errorOutput && { errorOutput }),
    onAddress: (address) => {
      shell.show(address).then(onOpened, (error: Error) => note(`The page did not open: ${error.message}`));
    },
    onNote: note,
  });
  const stop = async (): Promise<void> => {
    await shell.close();
    await core.stop();
  };
  core.start();
  try {
    await within(OPEN_MS, 'opening the page', [], opened);
  } catch (error) {
    await stop();
    throw error;
  }
  return { core, shell, notes, stop };
}
