import type { DeviceStatus, Driver } from '../core/index.ts';

/** Two-dimensional codes first; the names are XFS4IoT's and AIM's in our case. */
export const barcodeSymbologies = [
  'qr-code',
  'han-xin',
  'data-matrix',
  'pdf417',
  'micro-pdf417',
  'aztec',
  'maxicode',
  'code-128',
  'gs1-128',
  'gs1-databar',
  'gs1-databar-expanded',
  'code-39',
  'code-32',
  'code-93',
  'code-11',
  'codabar',
  'codablock-a',
  'codablock-f',
  'interleaved-2-of-5',
  'msi',
  'ean-13',
  'ean-8',
  'upc-a',
  'upc-e',
  'china-post',
  'australian-post',
  'british-post',
  'info-mail',
] as const;
export type BarcodeSymbology = (typeof barcodeSymbologies)[number];

/** A version 40 QR code holds 2,953 bytes and structured codes hold more; beyond this it is nothing that a service asks for. */
export const MAX_PAYLOAD_BYTES = 4_096;

/** Personal data, whatever it says: never log, never put into an error text. */
export interface BarcodeScan {
  /**
   * UTF-8 where the bytes are, else GB 18030, in which an impossible sequence reads as U+FFFD. Without control characters
   * (U+0000 to U+001F, U+007F to U+009F), so it can be shown and typed into a field as it stands. That includes the separator
   * of GS1 codes, U+001D: whoever takes such a code apart does so from `bytes`.
   */
  readonly text: string;
  /** What the code holds, 1 to 4,096 bytes, exactly as the scanner sent them; line ends inside included. */
  readonly bytes: Uint8Array;
  /** AIM identifier such as `]Q1`, where the scanner sends one. */
  readonly aim?: string;
  /** Where the identifier or the maker's own byte names one that we know. */
  readonly symbology?: BarcodeSymbology;
}

/** XFS4IoT: whether the scanner reads now. `unknown` where it cannot be asked, and always while it is away. */
export type ScannerState = 'on' | 'off' | 'inoperative' | 'unknown';

export type BarcodeScannerStatus = DeviceStatus & { readonly scanner: ScannerState };

export interface BarcodeScanner extends Driver<BarcodeScannerStatus> {
  /**
   * Turns the scanner on where it can be commanded, and resolves with the first code that is presented after the call. Of
   * calls at once, each waits for the one before. Codes presented while nobody waits are forgotten, also those of which the
   * first byte came before the call.
   *
   * Of calls for one and the same `visitor` (by default: with the same signal), a later one does not take the code that the
   * last one took for two seconds, as scanners report a code again and again while it is held before them. Another visitor
   * is never made to wait, whatever the code.
   *
   * Rejects with the signal's reason; `not-connected` when the scanner goes away; `invalid-media` for a code of more than
   * 4,096 bytes; `unsupported` where it refuses to be turned on, and `timeout` where it does not say.
   */
  scan(signal: AbortSignal, visitor?: unknown): Promise<BarcodeScan>;
}
