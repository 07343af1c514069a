import { readFileSync } from 'node:fs';
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

const RULER = stripTypeScriptTypes(readFileSync(new URL('../renderer/ruler.ts', import.meta.url), 'utf8'));

/** Half a minute. */
const GIVEN_UP_AFTER_FRAMES = 1_800;

/** For half a second a page takes no touch, lest a double tap go through; here that half second is over at once. */
const TAKES_TOUCH = `
  for (const animation of document.getAnimations()) if (animation.animationName === 'settle') animation.finish();
`;

/** The built page in a browser, with a stand-in for the core on the other side of its socket. */
export class OpenPage {
  readonly host: PageHost;
  readonly page: Page;
  /** What the console called an error: broken scripts, and anything that the page's policy refused. */
  readonly complaints: string[] = [];

  private constructor(host: PageHost, page: Page) {
    this.host = host;
    this.page = page;
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
  }

  static async open(browser: Browser, folder: string, viewport: typeof portrait, view: View): Promise<OpenPage> {
    const host = new PageHost(folder, view);
    await host.start();
    // Still pictures: half-way through an animation, contrast and position would be a matter of luck.
    const context = await browser.newContext({ viewport, reducedMotion: 'reduce', permissions: ['camera'] });
    await context.addInitScript(SPEECH);
    const open = new OpenPage(host, await context.newPage());
    await open.#load();
    return open;
  }

  /** As `open`, in the same tab, at a quarter of the work: the next page of a browser that has seen it before. */
  async reopen(view: View): Promise<void> {
    await this.page.goto('about:blank');
    await this.host.renew(view);
    this.complaints.length = 0;
    await this.#load();
  }

  async #load(): Promise<void> {
    await this.page.goto(this.host.address);
    await this.page.locator('[data-screen]').waitFor();
    // By the debugger's protocol, since the page's policy keeps foreign scripts out.
    await this.page.evaluate(RULER);
  }

  async close(): Promise<void> {
    await this.page.context().close();
    await this.host.stop();
  }

  async show(view: View): Promise<void> {
    const views = Number(await this.page.evaluate('document.querySelector(".app").dataset.views'));
    this.host.show(view);
    const { screen } = view;
    const looking = screen.kind === 'verify-face' && screen.phase === 'looking';
    // The kind alone would be satisfied by the view before.
    const shown = `.app[data-views="${views + 1}"] [data-screen="${screen.kind}"] ${looking ? '.face--playing' : ''}`;
    await this.page.evaluate(`new Promise((done, fail) => {
      const look = (left) => {
        if (document.querySelector(${JSON.stringify(shown)})) done();
        else if (left > 0) requestAnimationFrame(() => look(left - 1));
        else fail(new Error('not on screen: ' + ${JSON.stringify(shown)}));
      };
      look(${GIVEN_UP_AFTER_FRAMES});
    }).then(() => ruler.settle()).then(() => {${TAKES_TOUCH}})`);
  }

  /** What a ruler finds wrong on screen, by kind; empty where all is well. */
  async measure(): Promise<Record<string, string[]>> {
    const found = z.record(z.string(), z.array(z.string())).parse(await this.page.evaluate('ruler.rule()'));
    return Object.fromEntries(Object.entries(found).filter(([, offenders]) => offenders.length > 0));
  }

  async violations(): Promise<string[]> {
    // Half a megabyte of script, which most pages are never asked for.
    if (!(await this.page.evaluate('"axe" in window')))
      await this.page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
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
