import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPage } from '../../scripts/build/page.ts';
import { launchBrowser } from '../support/browser.ts';
import { lookAtScreens } from './looks.ts';

let dist: string;
let browser: Browser;

beforeAll(async () => {
  [browser, dist] = await Promise.all([launchBrowser({ cameraHz: 5 }), buildPage()]);
}, 60_000);
afterAll(() => browser.close());

// Side by side, since most of the time goes by in waiting for the next picture; one page for each, as opening one is work.
test.concurrent.each(['portrait', 'landscape'] as const)(
  '%s: a few of the screens fit, can be read, hit with a finger and told by a screen reader',
  async (glass) => {
    const { troubles, complaints, seen } = await lookAtScreens({ browser, dist }, glass, 16);
    expect(troubles).toEqual({});
    expect(complaints).toEqual([]);
    expect(seen).toBeGreaterThan(3);
  },
);

test('the page is at most 600 KB to load, compressed, its fonts aside', async () => {
  const names = await readdir(dist, { recursive: true });
  const code = names.filter((name) => /\.(html|js|css)$/.test(name));
  const sizes = await Promise.all(code.map(async (name) => gzipSync(await readFile(join(dist, name))).length));
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
  expect(totalBytes).toBeGreaterThan(100_000);
  expect(totalBytes).toBeLessThan(600_000);
});
