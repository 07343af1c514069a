import { fileURLToPath } from 'node:url';
import { spawn } from '@lydell/node-pty';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import {
  type ControlledTerminal,
  controlledDevices,
  startControlledTerminal,
} from '../../support/controlled-terminal.ts';

const script = fileURLToPath(new URL('../../../main/cli/kioskctl.ts', import.meta.url));
const devices = controlledDevices(['licences', 'licence-printer']);
afterAll(() => devices.stop());
let terminal: ControlledTerminal;
beforeEach(async () => {
  terminal = await startControlledTerminal(devices);
});
afterEach(() => terminal.stop());

/** A clerk at a keyboard, who answers the question in one way; tells all that stood on the screen. */
function load(answer: string): Promise<{ exitCode: number; screen: string }> {
  const pack = ['--printer', 'licences', '--tray', 'tray-2', '--from', 'A001', '--to', 'A010'];
  const words = ['blanks', 'load', 'food-licence', ...pack, '--terminal', terminal.configurationFile];
  const clerk = spawn(process.execPath, [script, ...words], { cols: 200, env: { ...process.env, LANG: 'C' } });
  let screen = '';
  let answered = false;
  clerk.onData((text) => {
    screen += text;
    if (answered || !screen.includes('[y/N]')) return;
    answered = true;
    clerk.write(answer);
  });
  return new Promise((resolve) => clerk.onExit(({ exitCode }) => resolve({ exitCode, screen })));
}

test('a clerk at a keyboard is asked before a pack is loaded, with what was understood of it', async () => {
  const { exitCode, screen } = await load('y\r');
  expect(screen).toContain('10 blanks of food-licence, A001 to A010, lie in tray-2 of licences. Is that so? [y/N]');
  expect([exitCode, terminal.store.blanks.list()]).toMatchObject([0, [{ next: 'A001', left: 10 }]]);
});

test.each([
  ['n', 'n\r'],
  ['nothing', '\r'],
  ['Ctrl+D', '\u0004'],
  ['Ctrl+C', '\u0003'],
])('a clerk who answers %s has loaded nothing', async (_, answer) => {
  const { exitCode, screen } = await load(answer);
  expect(exitCode).toBe(2);
  expect(screen).toContain('kioskctl: nothing was changed');
  expect(terminal.store.blanks.list()).toEqual([]);
});
