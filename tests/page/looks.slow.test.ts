import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildPage } from '../../scripts/build/page.ts';
import { launchBrowser } from '../support/browser.ts';
import { oneIn } from '../support/long-form.ts';
import { lookAtScreens, screenshots } from './looks.ts';

let dist: string;
let browser: Browser;

beforeAll(async () => {
  [browser, dist] = await Promise.all([launchBrowser({ cameraHz: 5 }), buildPage()]);
}, 60_000);
afterAll(() => browser.close());

// Side by side, since most of the time goes by in waiting for the next picture; one page for each, as opening one is work.
test.concurrent.each(['portrait', 'landscape'] as const)(
  '%s: every screen fits, can be read, hit with a finger and told by a screen reader',
  async (glass) => {
    const { troubles, complaints, seen } = await lookAtScreens({ browser, dist }, glass, screenshots ? 1 : oneIn(4));
    expect(troubles).toEqual({});
    expect(complaints).toEqual([]);
    expect(seen).toBeGreaterThan(40);
  },
);
