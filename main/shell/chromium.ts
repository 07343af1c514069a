import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

export interface ChromiumShellOptions {
  readonly executablePath: string;
  /** A folder of its own: cookies and caches of the one page. */
  readonly profileDir: string;
  readonly headless: boolean;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly viewport?: { readonly width: number; readonly height: number };
  /** The window needs an address that works: its page died, or it is a new window. */
  readonly onAddressWanted: () => void;
  readonly onNote: (note: string) => void;
}

const KIOSK = [
  '--kiosk',
  '--noerrdialogs',
  '--disable-infobars',
  '--disable-session-crashed-bubble',
  '--disable-features=Translate,MediaRouter,OptimizationHints',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--no-default-browser-check',
  '--overscroll-history-navigation=0',
  '--disable-pinch',
  '--enable-speech-dispatcher', // Linux: without it Chromium has no voice, whatever is installed
  '--use-fake-ui-for-media-stream', // the camera's permission is the terminal's, not a resident's to answer
] as const;

/** Playwright would tell the page of a system that wishes nothing, whatever this one is set to or Chromium was started with. */
const AS_THE_SYSTEM_WISHES = { reducedMotion: null, forcedColors: null, contrast: null, colorScheme: null } as const;

/** The core that the address belongs to may be dying just now; its successor is there after about this long. */
const ASK_AGAIN_MS = 1_000;

/** A page that hangs raises no event: it is asked for a sign of life, and is given up after as long as the core would be. */
const LOOK_EVERY_MS = 2_000;
const SIGN_OF_LIFE_MS = 10_000;

/** Chromium in kiosk mode, with one page that is there again after its process died. */
export class ChromiumShell {
  readonly #options: ChromiumShellOptions;
  #context: Promise<BrowserContext> | undefined;
  #page: Page | undefined;
  #closing = false;
  #shows = 0;

  constructor(options: ChromiumShellOptions) {
    this.#options = options;
  }

  /** The living page, for whoever drives it: tests and the demo. */
  get page(): Page {
    if (!this.#page) throw new Error('The shell has no page yet.');
    return this.#page;
  }

  /** Goes to `address`, in a window that is opened where there is none. Rejects where it did not; another is asked for then. */
  async show(address: string): Promise<void> {
    if (this.#closing) return;
    this.#shows += 1;
    const mine = this.#shows;
    try {
      this.#context ??= this.#launch();
      const context = await this.#context;
      const page = this.#page ?? this.#watch(context.pages()[0] ?? (await context.newPage()));
      const answer = await page.goto(address);
      // The address of a core that died meanwhile is nothing to its successor, which refuses it and shows that to the resident.
      if (!answer?.ok()) throw new Error(`the address was refused: HTTP ${answer?.status()}`);
    } catch (error) {
      setTimeout(() => {
        if (!this.#closing && mine === this.#shows) this.#options.onAddressWanted();
      }, ASK_AGAIN_MS).unref();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closing = true;
    const context = await this.#context?.catch(() => undefined); // one that never opened needs no closing
    await context?.close();
  }

  async #launch(): Promise<BrowserContext> {
    const forget = (): void => {
      this.#context = undefined;
      this.#page = undefined;
    };
    const context = await this.#open().catch((error: unknown) => {
      forget();
      throw error;
    });
    context.once('close', () => {
      forget();
      if (this.#closing) return;
      this.#options.onNote('The browser ended; it starts again.');
      this.#options.onAddressWanted();
    });
    return context;
  }

  #open(): Promise<BrowserContext> {
    const { executablePath, profileDir, headless, args = [], env, viewport } = this.#options;
    return chromium.launchPersistentContext(profileDir, {
      executablePath,
      headless,
      chromiumSandbox: process.getuid?.() !== 0, // Chromium refuses its sandbox to root; a terminal's user is not root
      args: [...KIOSK, ...args],
      ...(env && { env: { ...env } }),
      ignoreDefaultArgs: ['--enable-automation'],
      viewport: viewport ?? null,
      ...AS_THE_SYSTEM_WISHES,
      serviceWorkers: 'block',
      // Playwright would end this process on Ctrl-C by itself, before its owner has stopped the core and cleared up.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
  }

  #watch(page: Page): Page {
    this.#page = page;
    page.once('crash', () => this.#giveUp(page, 'The page died; it is opened again.'));
    void this.#lookAfter(page);
    return page;
  }

  async #lookAfter(page: Page): Promise<void> {
    while (page === this.#page && !this.#closing) {
      // A page that is just being loaded anew, or is gone, fails at once: that is no silence.
      const answer = page.evaluate(() => true).catch(() => true);
      const silence = new AbortController();
      const given = await Promise.race([
        answer,
        sleep(SIGN_OF_LIFE_MS, false, { ref: false, signal: silence.signal }).catch(() => false),
      ]);
      silence.abort();
      if (!given && !this.#closing) this.#giveUp(page, 'The page hangs; it is opened again.');
      await sleep(LOOK_EVERY_MS, undefined, { ref: false });
    }
  }

  #giveUp(page: Page, note: string): void {
    if (page !== this.#page) return;
    this.#options.onNote(note);
    this.#replace(page).catch((error: Error) => this.#options.onNote(`The page before: ${error.message}`));
  }

  /** The new page comes first: a browser that closes its last page ends. */
  async #replace(dead: Page): Promise<void> {
    this.#page = undefined;
    const fresh = await dead.context().newPage();
    this.#watch(fresh);
    this.#options.onAddressWanted();
    await dead.close();
  }
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge', 'chrome'];
const WINDOWS = ['Google/Chrome/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe'];

/** The browser of this machine, if it has one of Chromium's family. */
export function findChromium(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const folders = (environment['PATH'] ?? '').split(process.platform === 'win32' ? ';' : ':').filter(Boolean);
  const programs = [environment['ProgramFiles'], environment['ProgramFiles(x86)']].filter(
    (folder) => folder !== undefined,
  );
  const candidates = [
    ...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))),
    ...programs.flatMap((folder) => WINDOWS.map((name) => join(folder, name))),
  ];
  return candidates.find((path) => existsSync(path));
}
