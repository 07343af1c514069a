import type { Bitmap } from '../core/bitmap.ts';
import type { QrLevel } from '../document/qr-matrix.ts';
import type { Code128Part } from './code128.ts';
import { assertPrintable } from './text.ts';

/**
 * What a receipt is made of, one entry per ESC/POS command. A test reads intent here and bytes after `encode`.
 * Command names and numbers: the de-facto standard as printed in SNBC's BTP-R880NP and BTP-M300 and HPRT's TP809 manuals.
 */
export type Command =
  | { readonly type: 'initialise' }
  /** On: a byte above 80h begins a two-byte Chinese character. Off: it is a character of the code page. */
  | { readonly type: 'chinese'; readonly on: boolean }
  /** `GS P`: feeds, line spacings and margins count in such parts of an inch. */
  | { readonly type: 'motion-units'; readonly dpi: number }
  /** `ESC t`: what a byte above 80h is while Chinese mode is off. */
  | { readonly type: 'code-page'; readonly page: number }
  /** Every character must be in the printer's font (`missingCharacters` is empty). */
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'line-feed' }
  /** Valid at the start of a line only. */
  | { readonly type: 'align'; readonly to: 'left' | 'center' | 'right' }
  /** Multiples of the font's cell, 1 to 8; scales Chinese characters too on thermal printers. */
  | { readonly type: 'size'; readonly width: number; readonly height: number }
  /** Chinese characters only. */
  | { readonly type: 'chinese-mode'; readonly doubleWidth: boolean; readonly doubleHeight: boolean }
  | { readonly type: 'bold'; readonly on: boolean }
  /** Thickness; `ESC -` leaves Chinese characters alone and `FS -` the others, so both are sent. */
  | { readonly type: 'underline'; readonly dots: 0 | 1 | 2 }
  | { readonly type: 'line-spacing'; readonly dots: number }
  | { readonly type: 'feed-dots'; readonly dots: number }
  | { readonly type: 'feed-lines'; readonly lines: number }
  | { readonly type: 'qr'; readonly data: string; readonly moduleDots: number; readonly level: QrLevel }
  /** Printable ASCII in set B, an even number of digits in set C; at most 255 bytes as they are sent. */
  | {
      readonly type: 'code128';
      readonly parts: readonly Code128Part[];
      readonly heightDots: number;
      readonly moduleDots: number;
      readonly text: 'none' | 'above' | 'below' | 'both';
    }
  | { readonly type: 'raster'; readonly image: Bitmap }
  /** Where the paper is. */
  | { readonly type: 'cut'; readonly kind: 'full' | 'partial' }
  /** Feeds to the cutter and `dots` more, then cuts. */
  | { readonly type: 'feed-and-cut'; readonly kind: 'full' | 'partial'; readonly dots: number }
  | { readonly type: 'beep'; readonly times: number; readonly eachMs: number }
  | { readonly type: 'drawer'; readonly pin: 2 | 5; readonly onMs: number; readonly offMs: number }
  /** Answered once everything before it has been dealt with: the only proof of printing there is. */
  | { readonly type: 'report-when-done' }
  | { readonly type: 'automatic-status'; readonly items: number };

const ESC = 0x1b;
const FS = 0x1c;
const GS = 0x1d;
const DLE = 0x10;
const EOT = 0x04;
const ENQ = 0x05;
const DC4 = 0x14;

/** `n` of `GS a`: online/offline, errors, paper. Drawer and panel are not fitted or not of interest. */
export const statusItems = { onlineErrorsPaper: 0x0e, everything: 0xff } as const;

/** The printer's answer is a single byte which does not say which `n` it answers: one request at a time. */
export function realTimeStatusRequest(n: 1 | 2 | 3 | 4): Uint8Array {
  return Uint8Array.of(DLE, EOT, n);
}

/** `DLE ENQ 2`, in real time: throw away what has been received and not printed, and recover from a cutter jam (SNBC). */
export function clearAndResume(): Uint8Array {
  return Uint8Array.of(DLE, ENQ, 0x02);
}

/** Bytes on the wire. Throws RangeError for a value outside the command's range or text outside the font: our mistake. */
export function encode(command: Command): Uint8Array {
  switch (command.type) {
    case 'initialise':
      return Uint8Array.of(ESC, 0x40);
    case 'chinese':
      return Uint8Array.of(FS, command.on ? 0x26 : 0x2e);
    case 'motion-units':
      return Uint8Array.of(GS, 0x50, within(command.dpi, 1, 255), command.dpi);
    case 'code-page':
      return Uint8Array.of(ESC, 0x74, within(command.page, 0, 255));
    case 'text':
      return assertPrintable(command.text);
    case 'line-feed':
      return Uint8Array.of(0x0a);
    case 'align':
      return Uint8Array.of(ESC, 0x61, { left: 0, center: 1, right: 2 }[command.to]);
    case 'size':
      return Uint8Array.of(GS, 0x21, ((within(command.width, 1, 8) - 1) << 4) | (within(command.height, 1, 8) - 1));
    case 'chinese-mode':
      return Uint8Array.of(FS, 0x21, (command.doubleWidth ? 0x04 : 0) | (command.doubleHeight ? 0x08 : 0));
    case 'bold':
      return Uint8Array.of(ESC, 0x45, command.on ? 1 : 0);
    case 'underline':
      return Uint8Array.of(ESC, 0x2d, command.dots, FS, 0x2d, command.dots);
    case 'line-spacing':
      return Uint8Array.of(ESC, 0x33, within(command.dots, 0, 255));
    case 'feed-dots':
      return Uint8Array.of(ESC, 0x4a, within(command.dots, 0, 255));
    case 'feed-lines':
      return Uint8Array.of(ESC, 0x64, within(command.lines, 0, 255));
    case 'qr':
      return encodeQr(command.data, within(command.moduleDots, 1, 16), command.level);
    case 'code128':
      return encodeCode128(command.parts, command.heightDots, command.moduleDots, command.text);
    case 'raster':
      return encodeRaster(command.image);
    case 'cut':
      return Uint8Array.of(GS, 0x56, command.kind === 'full' ? 0 : 1);
    case 'feed-and-cut':
      return Uint8Array.of(GS, 0x56, command.kind === 'full' ? 0x41 : 0x42, within(command.dots, 0, 255));
    case 'beep':
      return Uint8Array.of(ESC, 0x42, within(command.times, 1, 9), within(command.eachMs / 50, 1, 9));
    case 'drawer':
      return Uint8Array.of(
        ESC,
        0x70,
        command.pin === 2 ? 0 : 1,
        within(command.onMs / 2, 0, 255),
        within(command.offMs / 2, 0, 255),
      );
    case 'report-when-done':
      return Uint8Array.of(GS, 0x72, 0x01);
    case 'automatic-status':
      return Uint8Array.of(GS, 0x61, within(command.items, 0, 255));
  }
}

function within(value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`ESC/POS parameter ${value} is not a whole number from ${least} to ${most}`);
  }
  return value;
}

/** The largest QR symbol holds 2,953 bytes (version 40, level L, byte mode). */
const QR_BYTES_MAX = 2_953;

function encodeQr(data: string, moduleDots: number, level: QrLevel): Uint8Array {
  const bytes = new TextEncoder().encode(data);
  within(bytes.length, 1, QR_BYTES_MAX);
  const stored = storeQr(bytes);
  if (hidesRealTimeCommand(stored)) throw new RangeError('QR data would be taken for a real-time command');
  return Uint8Array.of(
    ...qrFunction(0x41, 0x32, 0x00), // model 2
    ...qrFunction(0x43, moduleDots),
    ...qrFunction(0x45, { L: 0x30, M: 0x31, Q: 0x32, H: 0x33 }[level]),
    ...stored,
    ...qrFunction(0x51, 0x30),
  );
}

/** The only part of a QR code's commands that can hide a real-time command: by its data, or its length (1,037 and 1,293 bytes). */
export function storeQr(bytes: Uint8Array): Uint8Array {
  const length = bytes.length + 3;
  return Uint8Array.of(GS, 0x28, 0x6b, length & 0xff, length >> 8, 0x31, 0x50, 0x30, ...bytes);
}

/** `GS ( k` with symbol family 31h, QR. */
function qrFunction(fn: number, ...parameters: number[]): number[] {
  return [GS, 0x28, 0x6b, parameters.length + 2, 0, 0x31, fn, ...parameters];
}

function encodeCode128(
  parts: readonly Code128Part[],
  heightDots: number,
  moduleDots: number,
  text: 'none' | 'above' | 'below' | 'both',
): Uint8Array {
  const content = code128Content(parts);
  if (hidesRealTimeCommand(content)) throw new RangeError('Barcode data would be taken for a real-time command');
  return Uint8Array.of(
    ...[GS, 0x68, within(heightDots, 1, 255)],
    ...[GS, 0x77, within(moduleDots, 2, 6)],
    ...[GS, 0x48, { none: 0, above: 1, below: 2, both: 3 }[text]],
    ...[GS, 0x6b, 73, within(content.length, 1, 255)],
    ...content,
  );
}

/** As `GS k 73` takes it: `{B` and characters, `{C` and a byte from 0 to 99 for each two digits; a brace is sent twice. */
export function code128Content(parts: readonly Code128Part[]): Uint8Array {
  const bytes = parts.flatMap(({ set, text }) => {
    if (!(set === 'B' ? /^[ -~]+$/ : /^([0-9]{2})+$/).test(text)) {
      throw new RangeError(`CODE128 set ${set} does not hold this data`);
    }
    const characters =
      set === 'B'
        ? [...new TextEncoder().encode(text.replaceAll('{', '{{'))]
        : Array.from(text.match(/../g) ?? [], Number);
    return [0x7b, set.charCodeAt(0), ...characters];
  });
  return Uint8Array.from(bytes);
}

function encodeRaster({ rowBytes, rows, bits }: Bitmap): Uint8Array {
  within(rowBytes, 1, 0xffff);
  within(rows, 1, 0xffff);
  if (bits.length !== rowBytes * rows)
    throw new RangeError(`A raster of ${rowBytes} × ${rows} bytes has ${bits.length}`);
  const bytes = new Uint8Array(8 + bits.length);
  bytes.set([GS, 0x76, 0x30, 0, rowBytes & 0xff, rowBytes >> 8, rows & 0xff, rows >> 8]);
  bytes.set(bits, 8);
  // A printer looks for real-time commands in image data as well (Epson's ESC/POS command reference, DLE EOT): a picture could
  // ask for its status, or clear the printer with DLE ENQ 2. One more dot beside the one that is set there is seen by nobody.
  for (let at = 8; at < bytes.length; at += 1) if (startsRealTimeCommand(bytes, at)) bytes[at] = 0x18;
  return bytes;
}

function startsRealTimeCommand(bytes: Uint8Array, at: number): boolean {
  const next = bytes[at + 1];
  return bytes[at] === DLE && (next === EOT || next === ENQ || next === DC4);
}

/** Whether data that cannot be altered contains a sequence which printers execute wherever it stands. */
export function hidesRealTimeCommand(bytes: Uint8Array): boolean {
  return bytes.some((_, at) => startsRealTimeCommand(bytes, at));
}
