import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPage } from '../../scripts/build/page.ts';
import { type ViewName, views } from '../renderer/fixtures.ts';
import { launchBrowser } from '../support/browser.ts';
import { landscape, OpenPage, portrait } from './open-page.ts';

/** `SCREENSHOTS=folder` leaves a picture of every screen there. */
const screenshots = process.env['SCREENSHOTS'];

const looks = [
  { look: 'portrait-standard-zh', viewport: portrait, mode: 'standard', language: 'zh-CN' },
  { look: 'portrait-elderly-zh', viewport: portrait, mode: 'elderly', language: 'zh-CN' },
  { look: 'landscape-standard-zh', viewport: landscape, mode: 'standard', language: 'zh-CN' },
  { look: 'landscape-elderly-zh', viewport: landscape, mode: 'elderly', language: 'zh-CN' },
  { look: 'portrait-low-reach-zh', viewport: portrait, mode: 'low-reach', language: 'zh-CN' },
  { look: 'portrait-standard-en', viewport: portrait, mode: 'standard', language: 'en' },
  { look: 'portrait-elderly-en', viewport: portrait, mode: 'elderly', language: 'en' },
  { look: 'landscape-standard-en', viewport: landscape, mode: 'standard', language: 'en' },
  { look: 'landscape-elderly-en', viewport: landscape, mode: 'elderly', language: 'en' },
] as const;

const viewNames = Object.keys(views) as ViewName[]; // the keys of a literal are its names

/** Some forty views each, on a machine that has two cores for all of them. */
const LIMIT_MS = 180_000;

let dist: string;
let browser: Browser;

beforeAll(async () => {
  [browser, dist] = await Promise.all([launchBrowser(), buildPage()]);
  if (screenshots) await mkdir(screenshots, { recursive: true });
}, 60_000);

afterAll(async () => {
  await browser.close();
});

// Side by side, since most of the time goes by in waiting for the next picture.
test.concurrent.each(looks)(
  '$look: every screen fits, can be read and hit with a finger',
  { timeout: LIMIT_MS },
  async (each) => {
    const { look, viewport, mode, language } = each;
    const open = await OpenPage.open(browser, dist, viewport, views.attract);
    const troubles: Record<string, unknown> = {};
    for (const name of viewNames) {
      await open.show({ ...views[name], mode, language });
      if (screenshots) await open.page.screenshot({ path: join(screenshots, `${look}-${name}.png`) });
      const found = await open.measure();
      if (Object.keys(found).length > 0) troubles[name] = found;
    }
    expect(troubles).toEqual({});
    expect(open.complaints).toEqual([]);
    await open.close();
  },
);

// What axe sees does not depend on the language; the standard and the elderly tokens differ, and so do the two layouts.
test.concurrent.each(looks.slice(0, 4))(
  '$look: axe finds nothing on any screen',
  { timeout: LIMIT_MS },
  async (each) => {
    const { viewport, mode, language } = each;
    const open = await OpenPage.open(browser, dist, viewport, views.attract);
    const violations: Record<string, string[]> = {};
    for (const name of viewNames) {
      await open.show({ ...views[name], mode, language });
      const found = await open.violations();
      if (found.length > 0) violations[name] = found;
    }
    expect(violations).toEqual({});
    await open.close();
  },
);

test.concurrent('low reach keeps every button in the lower 55 % of the glass', { timeout: LIMIT_MS }, async () => {
  const open = await OpenPage.open(browser, dist, portrait, views.attract);
  const high: Record<string, number> = {};
  for (const name of viewNames) {
    await open.show({ ...views[name], mode: 'low-reach' });
    const top = await open.highestTarget();
    if (top < 0.45) high[name] = top;
  }
  expect(high).toEqual({});
  await open.close();
});

test('the page is at most 600 KB to load, compressed, its fonts aside', async () => {
  const names = await readdir(dist, { recursive: true });
  const code = names.filter((name) => /\.(html|js|css)$/.test(name));
  const sizes = await Promise.all(code.map(async (name) => gzipSync(await readFile(join(dist, name))).length));
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
  expect(totalBytes).toBeGreaterThan(100_000);
  expect(totalBytes).toBeLessThan(600_000);
});
