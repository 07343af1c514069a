import bwipjs from 'bwip-js/node';
import { z } from 'zod';
import { isBwippError } from '../document/qr-matrix.ts';

/** bwip-js describes its result only as a union of loose shapes; these are the two that receipts need. */
const matrixResult = z.tuple([z.object({ pixs: z.array(z.number()), pixx: z.number().int(), pixy: z.number().int() })]);
const barsResult = z.tuple([z.object({ sbs: z.array(z.number()) })]);

export interface Pdf417Options {
  /** 0: the printer's choice, as with `rows` and `level`. */
  readonly columns: number;
  readonly rows: number;
  /** Of error correction, 0 to 8. */
  readonly level: number | undefined;
  readonly truncated: boolean;
}

/** BWIPP's word for: as many as the data asks for. */
const PDF417_OWN_LEVEL = -1;

/** Modules of a PDF417 symbol, `rows` of them. `data`: one code unit a byte. `undefined` for data that no symbol holds. */
export function pdf417(
  data: string,
  { columns, rows, level, truncated }: Pdf417Options,
): { columns: number; rows: number; dark: readonly boolean[] } | undefined {
  try {
    const [{ pixs, pixx, pixy }] = matrixResult.parse(
      bwipjs.raw({
        bcid: truncated ? 'pdf417compact' : 'pdf417',
        ...{ text: data, binarytext: true, rowmult: 1 },
        ...{ columns, rows, eclevel: level ?? PDF417_OWN_LEVEL },
      }),
    );
    return { columns: pixx, rows: pixy, dark: pixs.map((value) => value === 1) };
  } catch (error) {
    if (isBwippError(error)) return undefined;
    throw error;
  }
}

/** ISO/IEC 18004, table 7: bytes that a symbol of version 1, 2, … holds at level M. */
const QR_BYTES_M = [
  ...[14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287, 331, 362, 412, 450, 504, 560, 624, 666],
  ...[
    711, 779, 857, 911, 997, 1059, 1125, 1190, 1264, 1370, 1452, 1538, 1628, 1722, 1809, 1911, 1989, 2099, 2213, 2331,
  ],
];

/** Modules a side of the QR symbol of level M for so many bytes, or fewer where digits are packed. `undefined`: none holds them. */
export function qrModules(sizeBytes: number): number | undefined {
  const at = QR_BYTES_M.findIndex((most) => sizeBytes <= most);
  return at < 0 ? undefined : 21 + 4 * at;
}

/** The printer chooses the code sets itself: no `{A` in the data. */
const CODE128_AUTOMATIC = 79;

/** `m` of `GS k` form B (Epson's ESC/POS command reference), to the names that BWIPP has for the same symbologies. */
const symbologies = new Map<number, { readonly name: string; readonly bcid: string }>([
  [65, { name: 'UPC-A', bcid: 'upca' }],
  [66, { name: 'UPC-E', bcid: 'upce' }],
  [67, { name: 'EAN-13', bcid: 'ean13' }],
  [68, { name: 'EAN-8', bcid: 'ean8' }],
  [69, { name: 'CODE39', bcid: 'code39' }],
  [70, { name: 'ITF', bcid: 'interleaved2of5' }],
  [71, { name: 'CODABAR', bcid: 'rationalizedCodabar' }],
  [72, { name: 'CODE93', bcid: 'code93' }],
  [73, { name: 'CODE128', bcid: 'code128' }],
  [74, { name: 'GS1-128', bcid: 'gs1-128' }],
  [75, { name: 'GS1 DataBar', bcid: 'databaromni' }],
  [76, { name: 'GS1 DataBar Truncated', bcid: 'databartruncated' }],
  [77, { name: 'GS1 DataBar Limited', bcid: 'databarlimited' }],
  [78, { name: 'GS1 DataBar Expanded', bcid: 'databarexpanded' }],
  [CODE128_AUTOMATIC, { name: 'CODE128', bcid: 'code128' }],
]);

export interface Bars {
  readonly symbology: string;
  /** Widths in modules, a bar first, then a space, and so on. */
  readonly widths: readonly number[];
  /** What a person reads below the bars; a control character is a space, as on printers. */
  readonly text: string;
}

/** `undefined` for a symbology that is not drawn, or data that it cannot hold. `data`: one code unit a byte. */
export function bars(m: number, data: string): Bars | undefined {
  const symbology = symbologies.get(m < 65 ? m + 65 : m);
  if (!symbology) return undefined;
  const text = printedText(symbology.bcid, m, data);
  try {
    const [{ sbs }] = barsResult.parse(bwipjs.raw({ bcid: symbology.bcid, text, ...asBwipp(symbology.bcid, text) }));
    return { symbology: symbology.name, widths: sbs, text: text.replace(/\p{Cc}/gu, ' ') };
  } catch (error) {
    if (isBwippError(error)) return undefined;
    throw error;
  }
}

/** The digits without the check digit, which may be missing. */
const retailDigits: Readonly<Record<string, RegExp>> = {
  ean13: /^(\d{12})\d?$/,
  ean8: /^(\d{7})\d?$/,
  upca: /^(\d{11})\d?$/,
};

/**
 * Of retail codes the check digit that belongs there, whether or not another one was sent: printers put it in its place, or
 * do not look at it; BWIPP would refuse the code.
 */
function printedText(bcid: string, m: number, data: string): string {
  const digits = retailDigits[bcid]?.exec(data)?.[1];
  if (digits !== undefined) return withCheckDigit(digits);
  return bcid === 'code128' && m !== CODE128_AUTOMATIC ? code128Text(data) : data;
}

/** GS1 General Specifications 7.9: from the right the digits count three times and once in turn. */
function withCheckDigit(digits: string): string {
  const sum = [...digits].reverse().reduce((all, digit, at) => all + Number(digit) * (at % 2 === 0 ? 3 : 1), 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

/**
 * What printers take and BWIPP does not: start and stop of CODE39, small letters of CODABAR, UPC-E without its number system,
 * which is 0, and GS1 without the brackets of its identifiers, of which DataBar has but one.
 */
function asBwipp(bcid: string, text: string): { bcid?: string; text?: string; parsefnc?: boolean } {
  switch (bcid) {
    case 'code39':
      return { text: text.replace(/^\*|\*$/g, '') };
    case 'rationalizedCodabar':
      return { text: text.toUpperCase() };
    case 'upce':
      return text.length === 6 ? { text: `0${text}` } : {};
    case 'gs1-128': {
      const data = text.replaceAll('^', '^^').replaceAll('{1', '^FNC1');
      return text.startsWith('(') ? {} : { bcid: 'code128', text: `^FNC1${data}`, parsefnc: true };
    }
    case 'databaromni':
    case 'databartruncated':
    case 'databarlimited':
      return text.startsWith('(') ? {} : { text: `(01)${text}` };
    default:
      return {};
  }
}

/**
 * `{A` and `{B` say that characters follow, `{C` that each byte is a pair of digits, `{{` is a brace; `{S` and `{1` to `{4` are
 * shift and functions, which no reader shows.
 */
function code128Text(data: string): string {
  let pairs = false;
  return data.replace(/\{([ABCS1-4{])|([^{])/g, (_, set: string | undefined, character: string | undefined) => {
    if (set === '{') return '{';
    if (set && 'ABC'.includes(set)) pairs = set === 'C';
    if (character === undefined) return '';
    return pairs ? String(character.charCodeAt(0)).padStart(2, '0') : character;
  });
}
