import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chooseShell, findElectron, hasDisplay, type ShellQuestions } from '../../scripts/start/choose-shell.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const noElectron = "Electron's binary cannot be fetched (RequestError: no route)";
const noChromium = 'there is no Chromium, Chrome or Edge on this machine';

/** A machine with a display and nothing else, on which nothing in particular is wanted. */
function machine(
  has: Partial<{ display: boolean; electron: string; chromium: string }>,
): Omit<ShellQuestions, 'wanted'> {
  return {
    hasDisplay: has.display ?? true,
    electron: async () => (has.electron ? { executable: has.electron } : { missing: noElectron }),
    chromium: () => has.chromium,
  };
}

const both = { electron: '/e', chromium: '/c' };
const none = (reason: string) => ({ shell: 'none', reason });

test.each<[string, Parameters<typeof machine>[0], ShellQuestions['wanted'], object]>([
  ['all there', both, undefined, { shell: 'electron', executable: '/e', reason: 'its binary is there' }],
  ['Electron wanted', both, 'electron', { shell: 'electron', executable: '/e', reason: 'its binary is there' }],
  ['Chromium wanted', both, 'chromium', { shell: 'chromium', executable: '/c', reason: 'it was wanted' }],
  ['no Electron', { chromium: '/c' }, undefined, { shell: 'chromium', executable: '/c', reason: noElectron }],
  ['neither', {}, undefined, none(`${noElectron}; ${noChromium}`)],
  ['Electron wanted and not there', { chromium: '/c' }, 'electron', none(noElectron)],
  ['Chromium wanted and not there', { electron: '/e' }, 'chromium', none(noChromium)],
  ['no display', { ...both, display: false }, 'electron', none('there is no display to open a window on')],
  ['none wanted', { ...both, display: false }, 'none', none('no shell was wanted')],
])('the shell and the reason that is given for it: %s', async (_, has, wanted, choice) => {
  expect(await chooseShell({ ...machine(has), wanted })).toEqual(choice);
});

test('a machine on which no window can be opened fetches no binary', async () => {
  const electron = async (): Promise<never> => {
    throw new Error('fetched');
  };
  const ask = { ...machine({ display: false }), electron, wanted: undefined };
  expect(await chooseShell(ask)).toMatchObject({ shell: 'none' });
});

/** Electron's package as npm leaves it, with an installer that does this. */
function electronPackage(installer: string): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'install.js'), installer);
  return folder;
}

const fetching = "const { writeFileSync, mkdirSync } = require('node:fs'); process.chdir(__dirname);";
const puts = `${fetching} mkdirSync('dist'); writeFileSync('dist/electron', ''); writeFileSync('path.txt', 'electron');`;

test("Electron's binary is fetched once, and that is said", async () => {
  const lines: string[] = [];
  const folder = electronPackage(puts);
  const found = { executable: join(folder, 'dist', 'electron') };
  expect(await findElectron((line) => lines.push(line), folder)).toEqual(found);
  writeFileSync(join(folder, 'install.js'), 'throw new Error("a second time")');
  expect(await findElectron((line) => lines.push(line), folder)).toEqual(found);
  expect(lines).toEqual(['Fetching Electron, once …']);
});

test.each([
  ['fails', 'throw new TypeError("getaddrinfo ENOTFOUND github.com")', 'TypeError: getaddrinfo ENOTFOUND github.com'],
  ['ends without a word', 'process.exit(3)', 'Command failed'],
])('an installer that %s gives the reason in one line', async (_, installer, cause) => {
  const found = await findElectron(() => undefined, electronPackage(installer));
  const missing = 'missing' in found ? found.missing : '';
  expect(missing).toContain(`Electron's binary cannot be fetched (${cause}`);
  expect(missing).not.toContain('\n');
  expect(missing.length).toBeLessThan(200);
});

test('an installer that says it is done, and a package whose binary somebody deleted', async () => {
  const missing = { missing: "Electron's binary is not there after fetching it" };
  expect(await findElectron(() => undefined, electronPackage(''))).toEqual(missing);
  const folder = electronPackage('');
  writeFileSync(join(folder, 'path.txt'), 'electron');
  mkdirSync(join(folder, 'dist'));
  expect(await findElectron(() => undefined, folder)).toEqual(missing);
});

test.skipIf(process.platform !== 'linux')('a display is one of X11 or Wayland', () => {
  expect(
    [{}, { DISPLAY: '' }, { DISPLAY: ':0' }, { WAYLAND_DISPLAY: 'wayland-0' }].map((each) => hasDisplay(each)),
  ).toEqual([false, false, true, true]);
});
