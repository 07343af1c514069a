import type { Bitmap } from '../core/bitmap.ts';
import { type Command, encode, type PrintMode } from './commands.ts';
import type { GraphicEncoding } from './graphics.ts';

/** No status can be asked for inside a graphic; 16 rows of a 4 inch head are a second or two of the slowest line. */
const BAND_ROWS = 16;

export interface JobOptions {
  readonly copies: number;
  readonly graphics: GraphicEncoding;
  /** Left out: as the printer has been set up. */
  readonly mode?: PrintMode | undefined;
}

/**
 * A picture of a whole label as one job, in pieces between which other commands may be sent. Only the last piece makes the
 * printer print anything.
 */
export function jobPieces(image: Bitmap, widthDots: number, { copies, graphics, mode }: JobOptions): Uint8Array[] {
  const head: Command[] = [
    { type: 'start' },
    { type: 'reprint-after-error', value: 'no' },
    ...(mode ? [{ type: 'print-mode', mode } as const] : []),
    { type: 'print-width', dots: widthDots },
    { type: 'label-length', dots: image.rows },
    { type: 'label-home', x: 0, y: 0 },
  ];
  const tail: Command[] = [{ type: 'copies', count: copies }, { type: 'end' }];
  return [joined(head), ...bands(image, graphics).map(encode), joined(tail)];
}

/** White bands are not sent. */
function bands({ rowBytes, rows, bits }: Bitmap, encoding: GraphicEncoding): Command[] {
  const commands: Command[] = [];
  for (let row = 0; row < rows; row += BAND_ROWS) {
    const count = Math.min(BAND_ROWS, rows - row);
    const band = bits.subarray(row * rowBytes, (row + count) * rowBytes);
    if (band.every((byte) => byte === 0)) continue;
    commands.push({ type: 'graphic', x: 0, y: row, image: { rowBytes, rows: count, bits: band }, encoding });
  }
  return commands;
}

function joined(commands: readonly Command[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(commands.map(encode)));
}
