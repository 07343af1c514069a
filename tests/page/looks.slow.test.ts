import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPage } from '../../scripts/build/page.ts';
import { type ViewName, views } from '../renderer/fixtures.ts';
import { launchBrowser } from '../support/browser.ts';
import { oneIn } from '../support/long-form.ts';
import { landscape, OpenPage, portrait } from './open-page.ts';

/** `SCREENSHOTS=folder` leaves a picture of every screen there. */
const screenshots = process.env['SCREENSHOTS'];

/** Four apart, the other glass, language and mode: of each screen one in four shows both of each. */
const looks = [
  { look: 'portrait-standard-zh', viewport: portrait, mode: 'standard', language: 'zh-CN' },
  { look: 'portrait-elderly-zh', viewport: portrait, mode: 'elderly', language: 'zh-CN' },
  { look: 'landscape-standard-zh', viewport: landscape, mode: 'standard', language: 'zh-CN' },
  { look: 'landscape-elderly-zh', viewport: landscape, mode: 'elderly', language: 'zh-CN' },
  { look: 'landscape-elderly-en', viewport: landscape, mode: 'elderly', language: 'en' },
  { look: 'landscape-standard-en', viewport: landscape, mode: 'standard', language: 'en' },
  { look: 'portrait-elderly-en', viewport: portrait, mode: 'elderly', language: 'en' },
  { look: 'portrait-standard-en', viewport: portrait, mode: 'standard', language: 'en' },
  { look: 'portrait-low-reach-zh', viewport: portrait, mode: 'low-reach', language: 'zh-CN' },
] as const;

const viewNames = Object.keys(views) as ViewName[]; // the keys of a literal are its names

/** What axe sees does not depend on the language; the standard and the elderly tokens differ, and so do the two layouts. */
const AXED = looks.slice(0, 4);
/** Low reach keeps every button below this share of the glass, from its top. */
const LOW_REACH = 0.45;
/** Each screen is seen in one look out of so many. */
const every = screenshots ? 1 : oneIn(4);
/** So many looks together show every screen once. */
const axed: readonly (typeof looks)[number][] = AXED.slice(0, every === 1 ? AXED.length : every);

let dist: string;
let browser: Browser;

beforeAll(async () => {
  [browser, dist] = await Promise.all([launchBrowser({ cameraHz: 5 }), buildPage()]);
  if (screenshots) await mkdir(screenshots, { recursive: true });
}, 60_000);

afterAll(async () => {
  await browser.close();
});

// Side by side, since most of the time goes by in waiting for the next picture; one page for each, as opening one is work.
test.concurrent.each([
  ['portrait', portrait],
  ['landscape', landscape],
])('%s: every screen fits, can be read, hit with a finger and told by a screen reader', async (_, glass) => {
  const open = await OpenPage.open(browser, dist, glass, views.attract);
  const troubles: Record<string, unknown> = {};
  for (const [nth, each] of looks.entries()) {
    const { look, viewport, mode, language } = each;
    if (viewport !== glass) continue;
    for (const name of viewNames.filter((_, index) => index % every === nth % every)) {
      await open.show({ ...views[name], mode, language });
      if (screenshots) await open.page.screenshot({ path: join(screenshots, `${look}-${name}.png`) });
      const found: Record<string, unknown> = await open.measure();
      if (mode === 'low-reach') {
        const top = await open.highestTarget();
        if (top < LOW_REACH) found['high'] = top;
      }
      if (axed.includes(each)) {
        const violations = await open.violations();
        if (violations.length > 0) found['axe'] = violations;
      }
      if (Object.keys(found).length > 0) troubles[`${look}-${name}`] = found;
    }
  }
  expect(troubles).toEqual({});
  expect(open.complaints).toEqual([]);
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
