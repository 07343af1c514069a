/**
 * What a telephone reads out of a clean picture of a QR code (ISO/IEC 18004): versions 1 to 13, error correction level M, without
 * correcting errors. Written against the standard, and apart from the library that draws the codes.
 */
export function readQr(isDark: (column: number, row: number) => boolean, modules: number): string {
  const version = (modules - 17) / 4;
  const blocks = dataBlocks[version - 1];
  if (!blocks) throw new RangeError(`${modules} modules are no version that is read here`);
  // 7.9: five data bits (level, mask) of fifteen, masked with 101010000010010; along the top left finder's right side.
  const format = Array.from({ length: 5 }, (_, bit) => isDark(...formatModule(bit)));
  const [levelHigh, levelLow, ...maskBits] = format.map((dark, bit) => dark !== FORMAT_MASK[bit]);
  if (levelHigh || levelLow) throw new RangeError('this code is of another level');
  const mask = masks[maskBits.reduce((number, bit) => number * 2 + Number(bit), 0)]!;
  const bits = dataModules(modules, version).map(([x, y]) => isDark(x, y) !== mask(y, x));
  return segments(bitsOf(deinterleaved(bytesOf(bits), blocks)), version);
}

const formatModule = (bit: number): [number, number] => [bit, 8]; // bits 14 to 10 stand in row 8, columns 0 to 4
const FORMAT_MASK = [true, false, true, false, true];

/** Table 10, by row and column. */
const masks: readonly ((row: number, column: number) => boolean)[] = [
  (i, j) => (i + j) % 2 === 0,
  (i) => i % 2 === 0,
  (_, j) => j % 3 === 0,
  (i, j) => (i + j) % 3 === 0,
  (i, j) => (Math.floor(i / 2) + Math.floor(j / 3)) % 2 === 0,
  (i, j) => ((i * j) % 2) + ((i * j) % 3) === 0,
  (i, j) => (((i * j) % 2) + ((i * j) % 3)) % 2 === 0,
  (i, j) => (((i + j) % 2) + ((i * j) % 3)) % 2 === 0,
];

/** Table 9, level M: data codewords of each block. */
const dataBlocks: readonly (readonly number[])[] = [
  [16],
  [28],
  [44],
  [32, 32],
  [43, 43],
  [27, 27, 27, 27],
  [31, 31, 31, 31],
  [38, 38, 39, 39],
  [36, 36, 36, 37, 37],
  [43, 43, 43, 43, 44],
  [50, 51, 51, 51, 51],
  [36, 36, 36, 36, 36, 36, 37, 37],
  [37, 37, 37, 37, 37, 37, 37, 37, 38],
];

/** Annex E: rows and columns of the alignment patterns' centres. */
function alignment(version: number): number[] {
  if (version === 1) return [];
  const last = version * 4 + 10;
  return version < 7 ? [6, last] : [6, (6 + last) / 2, last];
}

/** 7.7.3: two columns at a time from the right, up and down, around everything that is no data. */
function dataModules(modules: number, version: number): [number, number][] {
  const centres = alignment(version);
  const inFinder = (x: number, y: number): boolean =>
    (x <= 8 && y <= 8) || (x >= modules - 8 && y <= 8) || (x <= 8 && y >= modules - 8);
  const isFixed = (x: number, y: number): boolean =>
    inFinder(x, y) ||
    x === 6 ||
    y === 6 ||
    (version >= 7 && ((x >= modules - 11 && y < 6) || (y >= modules - 11 && x < 6))) ||
    centres.some((cx) =>
      centres.some((cy) => Math.abs(x - cx) <= 2 && Math.abs(y - cy) <= 2 && !isCorner(cx, cy, modules)),
    );
  const found: [number, number][] = [];
  let upwards = true;
  for (let right = modules - 1; right > 0; right -= 2) {
    if (right === 6) right -= 1;
    for (let step = 0; step < modules; step += 1) {
      const y = upwards ? modules - 1 - step : step;
      for (const x of [right, right - 1]) if (!isFixed(x, y)) found.push([x, y]);
    }
    upwards = !upwards;
  }
  return found;
}

function isCorner(x: number, y: number, modules: number): boolean {
  return (x === 6 && y === 6) || (x === 6 && y === modules - 7) || (x === modules - 7 && y === 6);
}

function deinterleaved(codewords: readonly number[], blocks: readonly number[]): number[] {
  const data = blocks.map((): number[] => []);
  let at = 0;
  for (let index = 0; index < Math.max(...blocks); index += 1) {
    for (const [block, length] of blocks.entries()) if (index < length) data[block]!.push(codewords[at++]!);
  }
  return data.flat();
}

const ALPHANUMERIC = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

/** 7.4: numeric, alphanumeric and byte segments, up to the terminator. */
function segments(bits: readonly boolean[], version: number): string {
  let at = 0;
  const take = (count: number): number => {
    const taken = bits.slice(at, at + count);
    at += count;
    return taken.reduce((number, bit) => number * 2 + Number(bit), 0);
  };
  let text = '';
  while (at + 4 <= bits.length) {
    const mode = take(4);
    if (mode === 0) break;
    const long = version >= 10;
    if (mode === 4) {
      const length = take(long ? 16 : 8);
      text += Buffer.from(Array.from({ length }, () => take(8))).toString('utf8');
    } else if (mode === 2) {
      for (let left = take(long ? 11 : 9); left > 0; left -= 2) {
        const pair = left > 1 ? take(11) : take(6);
        text += left > 1 ? ALPHANUMERIC[Math.floor(pair / 45)]! + ALPHANUMERIC[pair % 45]! : ALPHANUMERIC[pair]!;
      }
    } else if (mode === 1) {
      for (let left = take(long ? 12 : 10); left > 0; left -= 3) {
        const digits = Math.min(3, left);
        text += `${take([4, 7, 10][digits - 1]!)}`.padStart(digits, '0');
      }
    } else throw new RangeError(`mode ${mode} is not read here`);
  }
  return text;
}

function bytesOf(bits: readonly boolean[]): number[] {
  return Array.from({ length: Math.floor(bits.length / 8) }, (_, at) =>
    bits.slice(at * 8, at * 8 + 8).reduce((number, bit) => number * 2 + Number(bit), 0),
  );
}

function bitsOf(bytes: readonly number[]): boolean[] {
  return bytes.flatMap((byte) => Array.from({ length: 8 }, (_, bit) => ((byte >> (7 - bit)) & 1) === 1));
}
