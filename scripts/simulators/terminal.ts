import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChromiumShell, type ChromiumShellOptions } from '../../main/shell/chromium.ts';
import { CoreRunner } from '../../main/shell/core-runner.ts';

/** A whole terminal as it stands in a lobby: its core and the Chromium shell, both kept alive as they are there. */
export interface RunningTerminal {
  readonly core: CoreRunner;
  readonly shell: ChromiumShell;
  readonly notes: readonly string[];
  stop(): Promise<void>;
}

export const coreScript = fileURLToPath(new URL('../../main/core-process.ts', import.meta.url));

export interface TerminalOptions {
  readonly configurationFile: string;
  readonly browser: Pick<ChromiumShellOptions, 'executablePath' | 'headless' | 'args' | 'env' | 'viewport'>;
  /** For the browser's profile. */
  readonly dir: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly onNote?: (note: string) => void;
}

/** Resolves when the page is open. Rejects when that takes longer than a minute. */
export async function startTerminal(options: TerminalOptions): Promise<RunningTerminal> {
  const { configurationFile, browser, dir, env, onNote } = options;
  const notes: string[] = [];
  const note = (text: string): void => {
    notes.push(text);
    onNote?.(text);
  };
  const profileDir = join(dir, 'browser');
  await mkdir(profileDir, { recursive: true });
  let opened: () => void = () => undefined;
  const open = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const shell = new ChromiumShell({ ...browser, profileDir, onAddressWanted: () => core.askAddress(), onNote: note });
  const core: CoreRunner = new CoreRunner({
    command: [process.execPath, coreScript, configurationFile],
    ...(env && { env }),
    onAddress: (address) => {
      shell.show(address).then(opened, (error: Error) => note(`The page did not open: ${error.message}`));
    },
    onNote: note,
  });
  core.start();
  const late = setTimeout(() => opened(), 60_000);
  await open;
  clearTimeout(late);
  return {
    core,
    shell,
    notes,
    async stop() {
      await shell.close();
      await core.stop();
    },
  };
}
