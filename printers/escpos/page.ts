import type { PaperEvent } from './paper-events.ts';
import { PaperRoll } from './paper-roll.ts';
import { wordAt } from './parser.ts';

/** Epson's printable area without `ESC W`: about 208 mm long. */
const PAGE_DOTS_MAX = 1_662;
/** As many as a receipt has. */
const EVENTS_MAX = 20_000;
const NARROWEST_DOTS = 24;
/** Going back up and printing over it again and again must not fill the memory: so often is all of a page printed over. */
const PRINTED_DOTS_MAX = 4 * PAGE_DOTS_MAX;

/**
 * Page mode (`ESC L`): what is printed goes to places on a page in memory, and onto the paper in one go (`FF`). Its areas
 * (`ESC W`) are rolls of their own; they are turned by no direction but the first (`ESC T 0`).
 */
export class Page {
  readonly #widthDots: number;
  readonly #events: PaperEvent[] = [];
  #leftDots = 0;
  #topDots = 0;
  /** Of the areas that were set; without any, as far as something was printed. */
  #heightDots = 0;
  #freeDots = PRINTED_DOTS_MAX;
  #roll: PaperRoll;

  constructor(widthDots: number) {
    this.#widthDots = widthDots;
    this.#roll = new PaperRoll({ widthDots, paperDotsMax: PAGE_DOTS_MAX, totalDotsMax: this.#freeDots });
  }

  /** Where printing goes now. */
  get roll(): PaperRoll {
    return this.#roll;
  }

  /** `ESC W`: left, top, width and height, a word each. What lies outside the paper is cut off. */
  setArea(p: Uint8Array): void {
    this.#take();
    this.#leftDots = Math.min(wordAt(p, 0), this.#widthDots - NARROWEST_DOTS);
    this.#topDots = Math.min(wordAt(p, 2), PAGE_DOTS_MAX);
    const widthDots = Math.min(Math.max(wordAt(p, 4), NARROWEST_DOTS), this.#widthDots - this.#leftDots);
    const heightDots = Math.min(wordAt(p, 6), PAGE_DOTS_MAX - this.#topDots);
    this.#heightDots = Math.max(this.#heightDots, this.#topDots + heightDots);
    this.#roll = new PaperRoll({ widthDots, paperDotsMax: heightDots, totalDotsMax: this.#freeDots });
  }

  /** Everything on the page, from its upper edge down. */
  finish(): { events: readonly PaperEvent[]; heightDots: number } {
    this.#take();
    return { events: this.#events, heightDots: this.#heightDots };
  }

  #take(): void {
    const { uncut, lowestDots, totalDots } = this.#roll;
    this.#freeDots -= totalDots;
    for (const event of uncut?.events ?? []) {
      if (this.#events.length < EVENTS_MAX) this.#events.push(moved(event, this.#leftDots, this.#topDots));
    }
    this.#heightDots = Math.max(this.#heightDots, this.#topDots + lowestDots);
  }
}

/** The same thing elsewhere. */
export function moved(event: PaperEvent, rightDots: number, downDots: number): PaperEvent {
  const atDots = event.atDots + downDots;
  switch (event.type) {
    case 'text': {
      const glyphs = event.glyphs.map((glyph) => ({ ...glyph, leftDots: glyph.leftDots + rightDots }));
      return { ...event, atDots, glyphs };
    }
    case 'image':
    case 'qr':
    case 'barcode':
      return { ...event, atDots, leftDots: event.leftDots + rightDots };
    default:
      return { ...event, atDots };
  }
}
