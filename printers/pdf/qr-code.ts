import bwip from 'bwip-js';
import { DeviceError } from '../../drivers/core/index.ts';
import { colour, type Item } from './sheet.ts';

/**
 * A QR code (level M, which survives a fold or a stamp) whose dark modules fill `size` × `size`; four modules
 * of white around them are the caller's. Each run of dark modules in a row is one box: crisp at any resolution.
 */
export function qrItem(text: string, left: number, top: number, size: number): Item {
  const [symbol] = bwip.raw('qrcode', text, 'eclevel=M');
  if (!symbol || !('pixs' in symbol))
    throw new DeviceError('invalid-data', 'the verification code does not fit a QR code');
  const module = size / symbol.pixx;
  const boxes: [number, number, number, number][] = [];
  for (let row = 0; row < symbol.pixy; row += 1) {
    const dark = symbol.pixs.slice(row * symbol.pixx, (row + 1) * symbol.pixx);
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
