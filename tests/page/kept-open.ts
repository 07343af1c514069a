import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import type { Intent } from '../../main/contracts/messages.ts';
import type { View } from '../../main/contracts/view.ts';
import { buildPage } from '../../scripts/build/page.ts';
import { views } from '../renderer/fixtures.ts';
import { launchBrowser } from '../support/browser.ts';
import { OpenPage, portrait } from './open-page.ts';

/** One page for all tests of a file, one resident after the other; its browser and folder, for those that want a page of their own. */
export interface KeptOpen {
  readonly page: OpenPage['page'];
  readonly host: OpenPage['host'];
  readonly browser: Browser;
  readonly dist: string;
  show(view: View): Promise<void>;
  spoken(): Promise<string[]>;
  violations(): Promise<string[]>;
  /** Another page, and another core behind it, in place of the one before. */
  anew(view: View): Promise<void>;
  /** The next resident, on the same page. */
  at(view: View): Promise<void>;
  /** Intents that a finger meant; that someone is there, and that a camera is, goes without saying. */
  meant(): Intent[];
  expectMeant(...intents: Intent[]): Promise<void>;
}

/** Opened before the first test of the file that calls it, and closed after the last. */
export function keptOpen(): KeptOpen {
  let dist: string;
  let browser: Browser;
  let open: OpenPage;
  beforeAll(async () => {
    [browser, dist] = await Promise.all([launchBrowser(), buildPage()]);
    open = await OpenPage.open(browser, dist, portrait, views.ending);
  }, 60_000);
  afterAll(async () => {
    await open.close();
    await browser.close();
  });
  const meant = (): Intent[] => open.host.intents.filter(({ type }) => type !== 'stay' && type !== 'camera');
  return {
    get page() {
      return open.page;
    },
    get host() {
      return open.host;
    },
    get browser() {
      return browser;
    },
    get dist() {
      return dist;
    },
    show: (view) => open.show(view),
    spoken: () => open.spoken(),
    violations: () => open.violations(),
    async anew(view) {
      await open.close();
      open = await OpenPage.open(browser, dist, portrait, view);
    },
    async at(view) {
      await open.show(views.ending);
      open.host.forget();
      await open.show(view);
    },
    meant,
    async expectMeant(...intents) {
      await vi.waitFor(() => expect(meant()).toEqual(intents));
    },
  };
}
