import type { Bitmap } from '../core/bitmap.ts';
import { encodeGraphic, type GraphicEncoding } from './graphics.ts';

/** What a label is made of, one entry per command. Names: ZPL II programming guide. Lengths are dots of the print head. */
export type Command =
  | { readonly type: 'start' }
  | { readonly type: 'print-width'; readonly dots: number }
  | { readonly type: 'label-length'; readonly dots: number }
  | { readonly type: 'label-home'; readonly x: number; readonly y: number }
  | { readonly type: 'print-mode'; readonly mode: PrintMode }
  /** `no`: a label that paper, ribbon or an open head broke off is not printed once more when that has been put right. */
  | { readonly type: 'reprint-after-error'; readonly value: 'yes' | 'no' }
  | { readonly type: 'copies'; readonly count: number }
  | {
      readonly type: 'graphic';
      readonly x: number;
      readonly y: number;
      readonly image: Bitmap;
      readonly encoding: GraphicEncoding;
    }
  /** Font 0. No printer has Chinese characters in it. */
  | {
      readonly type: 'text';
      readonly x: number;
      readonly y: number;
      readonly heightDots: number;
      readonly text: string;
    }
  /** Nothing is printed before this. */
  | { readonly type: 'end' };

export const printModes = { 'tear-off': 'T', 'peel-off': 'P', cutter: 'C' } as const;
export type PrintMode = keyof typeof printModes;

/** Answered at once wherever they stand between two commands; inside a graphic's data a tilde ends the graphic. */
export const hostStatusRequest = request('~HS');
export const identificationRequest = request('~HI');
export const errorStatusRequest = request('~HQES');
/** The half-received label, then everything that waits or is being repeated; the label at the head is finished. */
export const cancelEverything = request('~JX~JA');

function request(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Bytes on the wire. Throws RangeError for a value outside the command's range: our mistake. */
export function encode(command: Command): Uint8Array {
  return new TextEncoder().encode(textOf(command));
}

function textOf(command: Command): string {
  switch (command.type) {
    case 'start':
      return '^XA';
    case 'print-width':
      return `^PW${within(command.dots, 2, 32_000)}`;
    case 'label-length':
      return `^LL${within(command.dots, 1, 32_000)}`;
    case 'label-home':
      return `^LH${within(command.x, 0, 32_000)},${within(command.y, 0, 32_000)}`;
    case 'print-mode':
      return `^MM${printModes[command.mode]}`;
    case 'reprint-after-error':
      return `^JZ${command.value === 'yes' ? 'Y' : 'N'}`;
    case 'copies':
      return `^PQ${within(command.count, 1, 99_999_999)}`;
    case 'graphic':
      return `${origin(command)}${encodeGraphic(command.image, command.encoding)}^FS`;
    case 'text': {
      const height = within(command.heightDots, 10, 32_000);
      return `^CI28${origin(command)}^A0N,${height},${height}^FH^FD${escapeField(command.text)}^FS`;
    }
    case 'end':
      return '^XZ';
  }
}

function origin({ x, y }: { readonly x: number; readonly y: number }): string {
  return `^FO${within(x, 0, 32_000)},${within(y, 0, 32_000)}`;
}

function within(value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`ZPL parameter ${value} is not a whole number from ${least} to ${most}`);
  }
  return value;
}

/** Field data behind `^FH`: the UTF-8 bytes of whatever could be taken for a command or lost on the way as `_HH`. */
export function escapeField(text: string): string {
  return text.replace(/[^ -~]|[\^~_]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `_${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

/** The same back, as a printer reads it: bytes as Latin-1. `indicator` not before two hex digits stands for itself. */
export function unescapeField(data: string, indicator: string): string {
  return data.replace(/(.)([0-9A-Fa-f]{2})/gs, (found, first: string, digits: string) =>
    first === indicator ? String.fromCharCode(Number.parseInt(digits, 16)) : found,
  );
}
