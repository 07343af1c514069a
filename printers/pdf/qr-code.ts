import bwip from 'bwip-js';
import { DeviceError } from '../../drivers/core/index.ts';
import { colour, type Item, mm } from './sheet.ts';

/** Telephones focus from 8 cm on: half a millimetre a module is comfortable there, and below 0.4 older cameras give up. */
const LEAST_MODULE = mm(0.4);

/** A QR code's modules, row by row, 1 for dark; without the four modules of white that belong around it. */
export interface QrSymbol {
  readonly modules: number;
  readonly dark: readonly number[];
}

/**
 * Level M, which survives a fold or a stamp; UTF-8, as telephones expect. Fails `invalid-data` for a text that no QR code
 * holds.
 */
export function qrSymbol(text: string): QrSymbol {
  const bytes = Buffer.from(text, 'utf8').toString('latin1'); // with binarytext each code unit is one byte
  const [symbol] = bwip.raw('qrcode', bytes, 'eclevel=M binarytext');
  if (!symbol || !('pixs' in symbol))
    throw new DeviceError('invalid-data', 'the verification code does not fit a QR code');
  return { modules: symbol.pixx, dark: symbol.pixs };
}

/** The smallest side at which a telephone reads it. */
export function leastQrSize({ modules }: QrSymbol): number {
  return modules * LEAST_MODULE;
}

/** The symbol on `size` × `size`. Each run of dark modules in a row is one box: crisp at any resolution. */
export function qrItem({ modules, dark: pixels }: QrSymbol, left: number, top: number, size: number): Item {
  const module = size / modules;
  const boxes: [number, number, number, number][] = [];
  for (let row = 0; row < modules; row += 1) {
    const dark = pixels.slice(row * modules, (row + 1) * modules);
    for (let column = 0; column < dark.length; column += 1) {
      if (dark[column] !== 1) continue;
      const start = column;
      while (dark[column + 1] === 1) column += 1;
      const x = left + start * module;
      boxes.push([x, top + row * module, (column + 1 - start) * module, module]);
    }
  }
  return { type: 'boxes', boxes, colour: colour.text };
}
