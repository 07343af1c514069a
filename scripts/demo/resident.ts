import type { Locator, Page } from 'playwright-core';
import type { View } from '../../main/contracts/view.ts';

type ScreenKind = View['screen']['kind'];

const LOOK_MS = 1_000;

/** A person before the terminal: sees what is on the page and touches what a finger would, by the words written on it. */
export class Resident {
  readonly #page: () => Page;
  readonly #patienceMs: number;

  /** `page` is asked for anew each time: the shell may have opened another in between. */
  constructor(page: () => Page, patienceMs = 20_000) {
    this.#page = page;
    this.#patienceMs = patienceMs;
  }

  get page(): Page {
    return this.#page();
  }

  /** Waits until the page shows a screen. */
  async sees(kind: ScreenKind): Promise<void> {
    try {
      await this.page.locator(`[data-screen="${kind}"]`).waitFor({ timeout: this.#patienceMs });
    } catch (cause) {
      throw new Error(`The page does not come to "${kind}". It shows ${await this.#shown()}.`, { cause });
    }
  }

  /** In words, for whoever looks for the reason. */
  async #shown(): Promise<string> {
    const screen = this.page.locator('[data-screen]').first();
    const [kind, text] = await Promise.all([
      screen.getAttribute('data-screen', { timeout: LOOK_MS }),
      screen.innerText({ timeout: LOOK_MS }),
    ]).catch(() => ['no screen', '']);
    return `${kind}: ${text?.replace(/\s+/g, ' ').slice(0, 200)}`;
  }

  /** Touches a button, radio or link by its words, once it is there and can be touched. */
  async touches(words: string | RegExp): Promise<void> {
    await this.#target(words).first().click({ timeout: this.#patienceMs });
  }

  /** Waits until words stand on the page. */
  async reads(words: string | RegExp): Promise<void> {
    await this.page.getByText(words).first().waitFor({ timeout: this.#patienceMs });
  }

  /** Waits until a field on the page holds `text`, and the core as well. */
  async typed(text: string): Promise<void> {
    await this.page.locator(`input[value="${text}"][aria-busy="false"]`).waitFor({ timeout: this.#patienceMs });
  }

  async types(digits: string): Promise<void> {
    for (const digit of digits) await this.page.getByRole('button', { name: digit, exact: true }).click();
  }

  /** Tries again what a person would try again while a terminal recovers, until it works. */
  async patiently(attempt: (impatient: Resident) => Promise<void>): Promise<void> {
    const impatient = new Resident(this.#page, 250);
    const endsAt = performance.now() + this.#patienceMs;
    for (;;) {
      try {
        await attempt(impatient);
        return;
      } catch (error) {
        if (performance.now() > endsAt) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** From the attract screen to the list of services. */
  async starts(): Promise<void> {
    await this.sees('attract');
    await this.touches('点这里，开始办事');
    await this.sees('services');
  }

  /** Walks away from what is filled in, and says so when asked. */
  async givesUp(): Promise<void> {
    await this.touches('退出');
    const dialog = this.page.getByRole('alertdialog');
    await dialog.getByRole('button', { name: '不办了，退出' }).click({ timeout: this.#patienceMs });
  }

  /** Chooses a service, once it can be chosen. */
  async chooses(words: string | RegExp): Promise<void> {
    const card = this.page.locator('.service:not(.service--no)', { hasText: words });
    await card.click({ timeout: this.#patienceMs });
  }

  #target(words: string | RegExp): Locator {
    const button = this.page.getByRole('button', { name: words });
    return button.or(this.page.getByRole('radio', { name: words })).or(this.page.locator('label', { hasText: words }));
  }
}
