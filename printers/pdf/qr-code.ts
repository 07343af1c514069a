import { DeviceError } from '../../drivers/core/index.ts';
import { type QrMatrix, qrMatrix } from '../document/qr-matrix.ts';
import { colour, type Item, mm } from './sheet.ts';

/** Telephones focus from 8 cm on: half a millimetre a module is comfortable there, and below 0.4 older cameras give up. */
const LEAST_MODULE = mm(0.4);

/** Level M survives a fold or a stamp. Fails `invalid-data` for a text that no QR code holds. */
export function qrSymbol(text: string): QrMatrix {
  const symbol = qrMatrix(text, 'M');
  if (!symbol) throw new DeviceError('invalid-data', 'the verification code does not fit a QR code');
  return symbol;
}

/** The smallest side at which a telephone reads it. */
export function leastQrSize({ modules }: QrMatrix): number {
  return modules * LEAST_MODULE;
}

/** The symbol on `size` × `size`. Each run of dark modules in a row is one box: crisp at any resolution. */
export function qrItem({ modules, dark: pixels }: QrMatrix, left: number, top: number, size: number): Item {
  const module = size / modules;
  const boxes: [number, number, number, number][] = [];
  for (let row = 0; row < modules; row += 1) {
    const dark = pixels.slice(row * modules, (row + 1) * modules);
    for (let column = 0; column < dark.length; column += 1) {
      if (!dark[column]) continue;
      const start = column;
      while (dark[column + 1]) column += 1;
      const x = left + start * module;
      boxes.push([x, top + row * module, (column + 1 - start) * module, module]);
    }
  }
  return { type: 'boxes', boxes, colour: colour.text };
}
