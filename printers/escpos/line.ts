import type { Bitmap } from '../core/bitmap.ts';
import type { Glyph } from './paper-events.ts';

/** Characters over each other at one place: more than any receipt has, and what a stream of them may hold in memory. */
const PARTS_MAX = 1_000;

/** A strip of picture between the characters (`ESC *`). */
export interface LinePicture {
  readonly leftDots: number;
  readonly heightDots: number;
  readonly scaleX: number;
  readonly scaleY: number;
  readonly image: Bitmap;
}

/** The line that is being built: nothing of it is on the paper before it is fed. */
export class Line {
  /** Where the next character begins. */
  positionDots = 0;
  #glyphs: Glyph[] = [];
  #pictures: LinePicture[] = [];
  #heightDots = 0;

  get empty(): boolean {
    return this.#glyphs.length + this.#pictures.length === 0;
  }

  get full(): boolean {
    return this.#glyphs.length + this.#pictures.length >= PARTS_MAX;
  }

  putGlyph(glyph: Glyph): void {
    this.#glyphs.push(glyph);
    this.#heightDots = Math.max(this.#heightDots, glyph.heightDots);
  }

  putPicture(picture: LinePicture): void {
    this.#pictures.push(picture);
    this.#heightDots = Math.max(this.#heightDots, picture.heightDots);
  }

  /** What is on it, and begins the next one. `heightDots`: of the tallest part. */
  take(): { glyphs: Glyph[]; pictures: LinePicture[]; usedDots: number; heightDots: number } {
    const taken = {
      glyphs: this.#glyphs,
      pictures: this.#pictures,
      usedDots: this.positionDots,
      heightDots: this.#heightDots,
    };
    this.clear();
    return taken;
  }

  clear(): void {
    this.#glyphs = [];
    this.#pictures = [];
    this.#heightDots = 0;
    this.positionDots = 0;
  }
}
