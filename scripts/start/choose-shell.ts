import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findChromium } from '../../main/shell/chromium.ts';

/** How the page is shown, and why so. */
export type ShellChoice = { readonly reason: string } & (
  | { readonly shell: 'electron' | 'chromium'; readonly executable: string }
  | { readonly shell: 'none' }
);

export interface ShellQuestions {
  readonly hasDisplay: boolean;
  /** Electron's binary, fetched where it can be; the reason where not. */
  readonly electron: () => Promise<{ readonly executable: string } | { readonly missing: string }>;
  readonly chromium: () => string | undefined;
  /** `--shell NAME`: this one or none. */
  readonly wanted: 'electron' | 'chromium' | 'none' | undefined;
}

/** Electron if its binary is there, else a browser of Chromium's family, else only the address. */
export async function chooseShell(ask: ShellQuestions): Promise<ShellChoice> {
  if (ask.wanted === 'none') return { shell: 'none', reason: 'no shell was wanted' };
  if (!ask.hasDisplay) return { shell: 'none', reason: 'there is no display to open a window on' };
  const reasons: string[] = [];
  if (ask.wanted !== 'chromium') {
    const electron = await ask.electron();
    if ('executable' in electron)
      return { shell: 'electron', executable: electron.executable, reason: 'its binary is there' };
    reasons.push(electron.missing);
  }
  if (ask.wanted !== 'electron') {
    const executable = ask.chromium();
    if (executable) return { shell: 'chromium', executable, reason: reasons.join('; ') || 'it was wanted' };
    reasons.push('there is no Chromium, Chrome or Edge on this machine');
  }
  return { shell: 'none', reason: reasons.join('; ') };
}

const FETCH_MS = 180_000;

/** Electron's package carries no binary: it fetches one on first use, which fails behind many firewalls. */
export async function findElectron(
  log: (line: string) => void,
  folder = dirname(createRequire(import.meta.url).resolve('electron/package.json')),
): Promise<{ executable: string } | { missing: string }> {
  const installed = (): string | undefined => {
    const name = join(folder, 'path.txt');
    const path = existsSync(name) ? join(folder, 'dist', readFileSync(name, 'utf8')) : '';
    return path && existsSync(path) ? path : undefined;
  };
  const there = installed();
  if (there) return { executable: there };
  log('Fetching Electron, once …');
  try {
    await promisify(execFile)(process.execPath, [join(folder, 'install.js')], { timeout: FETCH_MS });
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    const cause = /^\w*Error: .*/m.exec(stderr)?.[0] ?? message.split('\n')[0];
    return { missing: `Electron's binary cannot be fetched (${cause?.slice(0, 120)})` };
  }
  const fetched = installed();
  return fetched ? { executable: fetched } : { missing: "Electron's binary is not there after fetching it" };
}

export function hasDisplay(environment: NodeJS.ProcessEnv = process.env): boolean {
  if (process.platform !== 'linux') return true;
  return Boolean(environment['DISPLAY'] || environment['WAYLAND_DISPLAY']);
}

export const questions = (wanted: ShellQuestions['wanted'], log: (line: string) => void): ShellQuestions => ({
  hasDisplay: hasDisplay(),
  electron: () => findElectron(log),
  chromium: () => findChromium(),
  wanted,
});
