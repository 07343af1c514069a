import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ChromiumShell } from '../../../main/shell/chromium.ts';
import { bundledChromium } from '../../../scripts/browser/bundled-chromium.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('an address that the core refuses is not left on the screen: another one is asked for', async () => {
  // Of two addresses the first was given by a core that died before the browser came to it.
  const core = createServer((request, response) => {
    const known = request.url === '/enter?token=second';
    response.writeHead(known ? 200 : 403).end(known ? 'the page' : 'This address has been used.');
  }).listen(0, '127.0.0.1');
  await once(core, 'listening');
  onTestFinished(() => void core.close());
  const origin = `http://127.0.0.1:${(core.address() as AddressInfo).port}`;

  const { promise: shown, resolve: onShown } = Promise.withResolvers<void>();
  const shell: ChromiumShell = new ChromiumShell({
    ...(await bundledChromium()),
    profileDir: temporaryFolder(),
    headless: true,
    onAddressWanted: () => void shell.show(`${origin}/enter?token=second`).then(onShown),
    onNote: () => undefined,
  });
  onTestFinished(() => shell.close());
  await expect(shell.show(`${origin}/enter?token=first`)).rejects.toThrow('HTTP 403');
  await shown;
  expect(await shell.page.innerText('body')).toBe('the page');
}, 60_000);

test('the page is told that the system wishes for less motion and more contrast', async () => {
  const chromium = await bundledChromium();
  const shell = new ChromiumShell({
    ...chromium,
    args: [...chromium.args, '--force-prefers-reduced-motion', '--force-high-contrast'],
    profileDir: temporaryFolder(),
    headless: true,
    onAddressWanted: () => undefined,
    onNote: () => undefined,
  });
  onTestFinished(() => shell.close());
  await shell.show('data:text/html,').catch(() => undefined); // no address of a core, and a page all the same
  const wishes = ['(prefers-reduced-motion: reduce)', '(prefers-contrast: more)', '(forced-colors: active)'];
  const told = await shell.page.evaluate(`${JSON.stringify(wishes)}.filter((wish) => matchMedia(wish).matches)`);
  expect(told).toEqual(wishes);
}, 60_000);
