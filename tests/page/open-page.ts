import { readFile } from 'node:fs/promises';
import { createRequire, stripTypeScriptTypes } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { z } from 'zod';
import type { View } from '../../main/contracts/view.ts';
import { PageHost } from './page-host.ts';

export const portrait = { width: 1080, height: 1920 };
export const landscape = { width: 1920, height: 1080 };

/** A voice for each language that speaks at once and in silence; the bundled browser has none. */
const SPEECH = `
  window.spoken = [];
  const voices = ['zh-CN', 'en-GB'].map((lang) => ({ lang, localService: true }));
  const speech = Object.assign(new EventTarget(), {
    getVoices: () => voices,
    speak: (utterance) => {
      window.spoken.push(utterance.lang + ' ' + utterance.rate + ' ' + utterance.text);
      setTimeout(() => utterance.dispatchEvent(new Event('end')));
    },
    cancel: () => window.spoken.push('silence'),
  });
  Object.defineProperty(window, 'speechSynthesis', { value: speech });
  window.SpeechSynthesisUtterance = class extends EventTarget {
    constructor(text) {
      super();
      this.text = text;
    }
  };
`;

/** The built page in a browser, with a stand-in for the core on the other side of its socket. */
export class OpenPage {
  readonly host: PageHost;
  readonly page: Page;
  /** What the console called an error: broken scripts, and anything that the page's policy refused. */
  readonly complaints: readonly string[];

  private constructor(host: PageHost, page: Page, complaints: readonly string[]) {
    this.host = host;
    this.page = page;
    this.complaints = complaints;
  }

  static async open(browser: Browser, folder: string, viewport: typeof portrait, view: View): Promise<OpenPage> {
    const host = new PageHost(folder, view);
    await host.start();
    // Still pictures: half-way through an animation, contrast and position would be a matter of luck.
    const context = await browser.newContext({ viewport, reducedMotion: 'reduce', permissions: ['camera'] });
    await context.addInitScript(SPEECH);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(host.address);
    await page.locator('[data-screen]').waitFor();
    // By the debugger's protocol, since the page's policy keeps foreign scripts out.
    await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
    await page.evaluate(stripTypeScriptTypes(await readFile(new URL('../renderer/ruler.ts', import.meta.url), 'utf8')));
    return new OpenPage(host, page, complaints);
  }

  async close(): Promise<void> {
    await this.page.context().close();
    await this.host.stop();
  }

  async show(view: View): Promise<void> {
    const views = Number(await this.page.locator('.app').getAttribute('data-views'));
    this.host.show(view);
    const { screen } = view;
    // The kind alone would be satisfied by the view before.
    await this.page.locator(`.app[data-views="${views + 1}"] [data-screen="${screen.kind}"]`).waitFor();
    if (screen.kind === 'verify-face' && screen.phase === 'looking')
      await this.page.locator('.face--playing').waitFor();
    await this.page.evaluate('ruler.settle()');
  }

  /** What a ruler finds wrong on screen, by kind; empty where all is well. */
  async measure(): Promise<Record<string, string[]>> {
    const found = z.record(z.string(), z.array(z.string())).parse(await this.page.evaluate('ruler.rule()'));
    return Object.fromEntries(Object.entries(found).filter(([, offenders]) => offenders.length > 0));
  }

  async violations(): Promise<string[]> {
    return z.array(z.string()).parse(await this.page.evaluate('ruler.violations()'));
  }

  /** What has been spoken since the page was opened: language, pace and words. */
  async spoken(): Promise<string[]> {
    return z.array(z.string()).parse(await this.page.evaluate('window.spoken'));
  }

  async highestTarget(): Promise<number> {
    return z.number().parse(await this.page.evaluate('ruler.highestTarget()'));
  }
}
