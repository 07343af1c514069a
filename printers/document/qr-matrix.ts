import bwipjs from 'bwip-js/node';
import { z } from 'zod';

/** Error correction: a symbol is read with about 7, 15, 25 or 30 % of it lost (ISO/IEC 18004). */
export type QrLevel = 'L' | 'M' | 'Q' | 'H';

/** A QR symbol without the four modules of white that belong around it, row by row, true is dark. */
export interface QrMatrix {
  readonly modules: number;
  readonly dark: readonly boolean[];
}

/** bwip-js describes its result only as a union of loose shapes. */
const matrixResult = z.tuple([z.object({ pixs: z.array(z.number()), pixx: z.number().int() })]);

/** A text is encoded as UTF-8, as scanners expect. `undefined` where no symbol is large enough. */
export function qrMatrix(data: string | Uint8Array, level: QrLevel): QrMatrix | undefined {
  try {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''); // with binarytext each code unit is one byte
    const options = { bcid: 'qrcode', text, eclevel: level, binarytext: true };
    const [{ pixs, pixx }] = matrixResult.parse(bwipjs.raw(options));
    return { modules: pixx, dark: pixs.map((value) => value === 1) };
  } catch (error) {
    if (isBwippError(error)) return undefined;
    throw error;
  }
}

/** BWIPP reports what it cannot encode as `bwipp.<reason>`; anything else is a fault of ours. */
export function isBwippError(error: unknown): boolean {
  return /bwipp\.|bwip-js/.test(String(error));
}
