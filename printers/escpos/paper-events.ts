import type { Bitmap } from '../core/bitmap.ts';
import type { QrMatrix } from '../document/qr-matrix.ts';
import type { Bars } from './symbols.ts';

/** One printed character. Positions are dots from the left edge of the printable area. */
export interface Glyph {
  readonly text: string;
  readonly leftDots: number;
  /** 2 for a character of two bytes. */
  readonly columns: 1 | 2;
  /** Of the whole cell, multiples applied. */
  readonly widthDots: number;
  readonly heightDots: number;
  readonly style: GlyphStyle;
  /** A character that the host has defined itself: `FS 2`, 24 × 24, or `ESC &`, at most 12 wide in whole bytes. */
  readonly bitmap?: Bitmap;
}

export interface GlyphStyle {
  readonly bold: boolean;
  readonly underlineDots: 0 | 1 | 2;
  readonly reverse: boolean;
  readonly italic: boolean;
  readonly upsideDown: boolean;
}

/** What happened to the paper, top to bottom. `atDots` counts from the receipt's upper edge. */
export type PaperEvent =
  | {
      readonly type: 'text';
      readonly atDots: number;
      readonly heightDots: number;
      readonly text: string;
      readonly glyphs: readonly Glyph[];
    }
  | {
      readonly type: 'image';
      readonly atDots: number;
      readonly leftDots: number;
      readonly heightDots: number;
      /** Dots of paper a dot of the image, 1 to 3. */
      readonly scaleX: number;
      readonly scaleY: number;
      readonly image: Bitmap;
    }
  | {
      readonly type: 'qr';
      readonly atDots: number;
      readonly leftDots: number;
      readonly heightDots: number;
      readonly moduleDots: number;
      readonly data: string;
      readonly matrix: QrMatrix;
    }
  | {
      readonly type: 'barcode';
      readonly atDots: number;
      readonly leftDots: number;
      readonly heightDots: number;
      readonly barDots: number;
      readonly moduleDots: number;
      readonly textPlace: 'none' | 'above' | 'below' | 'both';
      readonly bars: Bars;
    }
  | { readonly type: 'feed'; readonly atDots: number; readonly dots: number }
  | { readonly type: 'cut'; readonly atDots: number; readonly kind: 'full' | 'partial' }
  | { readonly type: 'beep' | 'drawer'; readonly atDots: number }
  /** Bytes that this printer does not know or cannot draw; `hex` shows the first eight, `offset` where in all its bytes. */
  | {
      readonly type: 'unknown';
      readonly atDots: number;
      readonly reason: string;
      readonly hex: string;
      readonly offset: number;
    };

/** A piece of paper from one cut to the next. */
export interface PrintedReceipt {
  readonly widthDots: number;
  readonly heightDots: number;
  readonly events: readonly PaperEvent[];
  /** What the printer consumed for it, up to 4 MB. */
  readonly bytes: Uint8Array;
  /** False for what hangs out of the printer, not cut yet. */
  readonly cut: boolean;
  /** Something was left out, as the paper or the list of events had grown to its limit. */
  readonly truncated: boolean;
}
