import iconv from 'iconv-lite';
import { Paper, type PaperOptions } from '../../printers/escpos/paper.ts';
import type { Glyph, PaperEvent, PrintedReceipt } from '../../printers/escpos/paper-events.ts';

/** Hex, Latin text in quotes, or Chinese in 「」, one after another. */
export function stream(...parts: string[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) => {
      if (part.startsWith('"')) return Buffer.from(part.slice(1, -1), 'latin1');
      if (part.startsWith('「')) return iconv.encode(part.slice(1, -1), 'gb18030');
      return Buffer.from(part.replaceAll(' ', ''), 'hex');
    }),
  );
}

/** What is on the paper of an 80 mm printer, cut or not. */
export function printed(bytes: Uint8Array, options: Partial<PaperOptions> = {}): PrintedReceipt[] {
  const paper = new Paper({ widthDots: 576, totalDotsMax: 24_000, ...options });
  paper.print(bytes, true);
  return paper.uncut ? [...paper.receipts, paper.uncut] : [...paper.receipts];
}

export const events = (...parts: string[]): PaperEvent[] =>
  printed(stream(...parts)).flatMap((receipt) => receipt.events);

export const texts = (list: readonly PaperEvent[]): string[] =>
  list.flatMap((event) => (event.type === 'text' ? [event.text] : []));

export const glyphs = (list: readonly PaperEvent[]): Glyph[] =>
  list.flatMap((event) => (event.type === 'text' ? event.glyphs : []));

export const unknown = (list: readonly PaperEvent[]): PaperEvent[] => list.filter(({ type }) => type === 'unknown');

/** Two bytes, the lower first. */
export const word = (n: number): string => Buffer.of(n & 0xff, n >> 8).toString('hex');
