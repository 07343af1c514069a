import iconv from 'iconv-lite';
import type { BarcodeSymbology } from './contract.ts';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Scanners send a symbol's bytes unchanged, and Chinese codes are UTF-8 or GB 18030. */
export function textOf(bytes: Uint8Array): string {
  return decoded(bytes).replaceAll(/\p{Cc}/gu, '');
}

function decoded(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return iconv.decode(Buffer.from(bytes), 'gb18030');
  }
}

/** ISO/IEC 15424: `]`, a letter for the symbology, a modifier. */
export const AIM_BYTES = 3;

/** The identifier at the front of `bytes`, or `undefined`. */
export function aimOf(bytes: Uint8Array): string | undefined {
  const front = Buffer.from(bytes.subarray(0, AIM_BYTES)).toString('latin1');
  return /^\][A-Za-z][0-9A-Za-z]$/.test(front) ? front : undefined;
}

/** Takes the identifier off a payload that a scanner was set to put one before. */
export function splitAim(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly aim?: string } {
  const aim = aimOf(bytes);
  return aim === undefined ? { bytes } : { bytes: bytes.subarray(AIM_BYTES), aim };
}

/** ISO/IEC 15424 code characters; where the modifier matters it is part of the key. */
const byAim: ReadonlyMap<string, BarcodeSymbology> = new Map([
  ['A', 'code-39'],
  ['C', 'code-128'],
  ['C1', 'gs1-128'],
  ['E', 'ean-13'],
  ['E4', 'ean-8'],
  ['F', 'codabar'],
  ['G', 'code-93'],
  ['I', 'interleaved-2-of-5'],
  ['L', 'pdf417'],
  ['Q', 'qr-code'],
  ['d', 'data-matrix'],
  ['e', 'gs1-databar'],
  ['z', 'aztec'],
]);

export function symbologyOfAim(aim: string): BarcodeSymbology | undefined {
  return byAim.get(aim.slice(1)) ?? byAim.get(aim.slice(1, 2));
}
