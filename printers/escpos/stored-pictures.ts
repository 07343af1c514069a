import type { Bitmap } from '../core/bitmap.ts';
import { fromColumns } from './bitmap.ts';
import { wordAt } from './parser.ts';

export interface StoredPicture {
  readonly image: Bitmap;
  readonly scaleX: number;
  readonly scaleY: number;
}

/** A stream that defines ever new ones must not fill the memory. */
const PICTURES_MAX = 16;

/** Pictures that a stream leaves in the printer and asks for later: logos in its memory, graphics by their key codes. */
export class StoredPictures {
  #logos: readonly Bitmap[] = [];
  #downloaded: Bitmap | undefined;
  #buffered: StoredPicture | undefined;
  readonly #graphics = new Map<string, Bitmap>();

  /** `FS q n` and n pictures of `xL xH yL yH` in eights of dots, then columns, top dot first. */
  defineLogos(p: Uint8Array): void {
    const logos: Bitmap[] = [];
    let at = 1;
    for (let logo = 0; logo < Math.min(p[0] ?? 0, PICTURES_MAX); logo += 1) {
      const [columns, columnBytes] = [wordAt(p, at) * 8, wordAt(p, at + 2)];
      at += 4;
      logos.push(fromColumns(p.subarray(at, at + columns * columnBytes), columnBytes * 8));
      at += columns * columnBytes;
    }
    this.#logos = logos;
  }

  /** `FS p n m`. `undefined`: this stream has not defined it. */
  logo(n: number, mode: number): StoredPicture | undefined {
    const image = this.#logos[n - 1];
    return image && { image, ...scaleOf(mode) };
  }

  /** `GS * x y` in eights of dots, then columns. */
  download(p: Uint8Array): void {
    const [eights = 0, columnBytes = 0] = p;
    this.#downloaded = fromColumns(p.subarray(2, 2 + eights * 8 * columnBytes), columnBytes * 8);
  }

  /** `GS / m`. */
  downloaded(mode: number): StoredPicture | undefined {
    return this.#downloaded && { image: this.#downloaded, ...scaleOf(mode) };
  }

  /**
   * `GS ( L` and `GS 8 L` with `m` 30h: function `fn` with parameters `p`. `print`: this picture is asked for now. The numbers
   * of functions are Epson's: 112 and 113 store rows or columns for 2 and 50; 67 and 83 rows, 68 and 84 columns, by key codes
   * for 69 and 85.
   */
  apply(
    fn: number,
    p: Uint8Array,
  ): { does: 'stored' | 'unknown' | 'nothing' } | { does: 'print'; picture: StoredPicture } {
    switch (fn) {
      case 112:
      case 113: {
        const image = picture(fn === 113, wordAt(p, 4), wordAt(p, 6), p.subarray(8));
        if (!image) return { does: 'unknown' };
        this.#buffered = { image, scaleX: p[1] === 2 ? 2 : 1, scaleY: p[2] === 2 ? 2 : 1 };
        return { does: 'stored' };
      }
      case 2:
      case 50: {
        const buffered = this.#buffered;
        this.#buffered = undefined;
        return buffered ? { does: 'print', picture: buffered } : { does: 'nothing' };
      }
      case 67:
      case 68:
      case 83:
      case 84: {
        const image = picture(fn === 68 || fn === 84, wordAt(p, 4), wordAt(p, 6), p.subarray(9));
        if (!image || this.#graphics.size >= PICTURES_MAX) return { does: 'unknown' };
        this.#graphics.set(keyOf(fn < 80, p[1], p[2]), image);
        return { does: 'stored' };
      }
      case 69:
      case 85: {
        const image = this.#graphics.get(keyOf(fn < 80, p[0], p[1]));
        if (!image) return { does: 'unknown' };
        return { does: 'print', picture: { image, scaleX: p[2] === 2 ? 2 : 1, scaleY: p[3] === 2 ? 2 : 1 } };
      }
      default:
        return { does: 'unknown' };
    }
  }
}

function keyOf(inMemory: boolean, first = 0, second = 0): string {
  return `${inMemory ? 'memory' : 'download'} ${first} ${second}`;
}

/** The first colour of it. `undefined` where there is less data than announced. */
function picture(byColumns: boolean, widthDots: number, heightDots: number, data: Uint8Array): Bitmap | undefined {
  const lineBytes = Math.ceil((byColumns ? heightDots : widthDots) / 8);
  const sizeBytes = lineBytes * (byColumns ? widthDots : heightDots);
  if (sizeBytes === 0 || data.length < sizeBytes) return undefined;
  if (byColumns) return fromColumns(data.subarray(0, sizeBytes), lineBytes * 8);
  return { rowBytes: lineBytes, rows: heightDots, bits: data.slice(0, sizeBytes) };
}

/** Bit 0 doubles the width, bit 1 the height; the digits mean the same. */
function scaleOf(mode: number): { scaleX: number; scaleY: number } {
  return { scaleX: (mode & 1) + 1, scaleY: ((mode >> 1) & 1) + 1 };
}
