import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Intent } from '../../main/contracts/messages.ts';
import type { View } from '../../main/contracts/view.ts';
import { buildPage } from '../../scripts/build/page.ts';
import { views } from '../renderer/fixtures.ts';
import { launchBrowser } from '../support/browser.ts';
import { soon } from '../support/soon.ts';
import { OpenPage, portrait } from './open-page.ts';

/**
 * One page for all tests of a file, one resident after the other. Time on it goes by as everywhere, and on request faster
 * (`page.clock`).
 */
export interface KeptOpen {
  readonly page: OpenPage['page'];
  readonly host: OpenPage['host'];
  readonly complaints: OpenPage['complaints'];
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

/**
 * Opened before the first test of the file that calls it, and closed after the last. Its fake camera gives few pictures a second
 * where none is looked at closely: each is work.
 */
export function keptOpen({ cameraHz = 5 } = {}): KeptOpen {
  let browser: Browser;
  let open: OpenPage;
  beforeAll(async () => {
    const [launched, dist] = await Promise.all([launchBrowser({ cameraHz }), buildPage()]);
    browser = launched;
    open = await OpenPage.open(browser, dist, portrait, views.ending);
    // Once installed it stays for every page that the same tab loads.
    await open.page.clock.install();
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
    get complaints() {
      return open.complaints;
    },
    show: (view) => open.show(view),
    spoken: () => open.spoken(),
    violations: () => open.violations(),
    anew: (view) => open.reopen(view),
    async at(view) {
      await open.show(views.ending);
      open.host.forget();
      await open.show(view);
    },
    meant,
    async expectMeant(...intents) {
      await soon(() => expect(meant()).toEqual(intents));
    },
  };
}
