/**
 * Cuts a stream of ESC/POS bytes into commands. The lengths are those of Epson's ESC/POS command
 * reference: of what we send and, so that a stranger's receipt does not come out as garbage, of all else with parameters.
 */

export type Parsed =
  | { readonly kind: 'command'; readonly name: string; readonly parameters: Uint8Array; readonly length: number }
  /** Characters up to the next control byte. `double`: two bytes of Chinese, else one byte. */
  | { readonly kind: 'character'; readonly bytes: Uint8Array; readonly length: number }
  | { readonly kind: 'unknown'; readonly reason: string; readonly length: number }
  | { readonly kind: 'incomplete' };

/** A picture of 72 bytes by 24,000 rows, three metres of paper, is 1.7 MB. What is longer is nothing that can be printed. */
export const COMMAND_BYTES_MAX = 2 * 1024 * 1024;

/**
 * The number of parameter bytes behind the command's own: fixed, or read from the first of them. Of fewer bytes than tell it, it
 * is `undefined`, or a number that they do not make up yet.
 */
type Length = number | ((parameters: Uint8Array) => number | undefined);
type Rule = readonly [name: string, length: Length];

/** `pL pH` and then as many bytes. */
const counted16 = (p: Uint8Array): number => 2 + wordAt(p, 0);
/** Bytes up to and with the first NUL; Epson ends a list that has grown to `most` by itself, and takes a NUL behind it. */
const untilNul =
  (most: number) =>
  (p: Uint8Array): number | undefined => {
    const end = p.subarray(0, most + 1).indexOf(0);
    return end >= 0 ? end + 1 : p.length > most ? most : undefined;
  };

const SEMICOLON = 0x3b;
/** A counter goes up to 65,535. */
const COUNTER_DIGITS_MAX = 5;

const singles = new Map<number, Rule>([
  [0x07, ['beep', 0]],
  [0x09, ['tab', 0]],
  [0x0a, ['line-feed', 0]],
  [0x0c, ['form-feed', 0]],
  [0x0d, ['carriage-return', 0]],
  [0x18, ['cancel', 0]],
]);

/** Parameters of `DLE DC4`, its function included, where they are not three: buzzer, request, clearing of buffers. */
const realTimeFunctions: Readonly<Record<number, number>> = { 3: 6, 7: 2, 8: 8 };

const afterDle = new Map<number, Rule>([
  [0x04, ['real-time-status', ([fn = 0]) => ([7, 8, 18].includes(fn) ? 2 : 1)]],
  [0x05, ['real-time-recovery', 1]],
  [0x14, ['real-time-pulse', ([fn = 0]) => realTimeFunctions[fn] ?? 3]],
]);

const afterEsc = new Map<number, Rule>([
  [0x40, ['initialise', 0]],
  [0x61, ['align', 1]],
  [0x21, ['print-mode', 1]],
  [0x34, ['italic', (p) => (p.length < 1 ? undefined : [0, 1, 0x30, 0x31].includes(p[0]!) ? 1 : 0)]],
  [0x35, ['italic-off', 0]],
  [0x45, ['bold', 1]],
  [0x47, ['double-strike', 1]],
  [0x2d, ['underline', 1]],
  [0x7b, ['upside-down', 1]],
  [0x4d, ['font', 1]],
  [0x32, ['default-line-spacing', 0]],
  [0x33, ['line-spacing', 1]],
  [0x26, ['user-define', userDefinedLength]],
  [0x28, ['esc-function', (p) => prefixed(p, counted16)]],
  [0x3c, ['return-home', 0]],
  [0x64, ['feed-lines', 1]],
  [0x4a, ['feed-dots', 1]],
  [0x24, ['absolute-position', 2]],
  [0x5c, ['relative-position', 2]],
  [0x74, ['code-page', 1]],
  [0x52, ['international-set', 1]],
  [0x20, ['right-space', 1]],
  [0x63, ['panel', 2]],
  [0x70, ['drawer', 3]],
  [0x42, ['beep-times', 2]],
  [0x44, ['tab-stops', untilNul(32)]],
  [0x69, ['cut-full-old', 0]],
  [0x6d, ['cut-partial-old', 0]],
  [0x2a, ['bit-image', (p) => 3 + wordAt(p, 1) * (p[0]! >= 32 ? 3 : 1)]],
  [0x3d, ['peripheral', 1]],
  [0x25, ['user-set', 1]],
  [0x3f, ['user-cancel', 1]],
  [0x56, ['rotate', 1]],
  [0x72, ['colour', 1]],
  [0x65, ['reverse-feed', 1]],
  [0x4b, ['reverse-feed-dots', 1]],
  [0x54, ['page-direction', 1]],
  [0x55, ['one-direction', 1]],
  [0x57, ['page-area', 8]],
  [0x4c, ['page-mode', 0]],
  [0x53, ['standard-mode', 0]],
  [0x0c, ['page-print', 0]],
  [0x75, ['peripheral-status', 1]],
  [0x76, ['paper-status', 0]],
  [0x5a, ['vendor-symbol', (p) => 5 + wordAt(p, 3)]],
  [0x66, ['sheet-wait', 2]],
  [0x37, ['heating', 3]],
]);

const DC2 = 0x12;
/** Of small panel printers, as Adafruit and others sell them; `*` and `V`: rows, bytes a row, and the picture. */
const afterDc2 = new Map<number, Rule>([
  [0x23, ['print-density', 1]],
  [0x2a, ['panel-printer-image', panelImageLength]],
  [0x56, ['panel-printer-image', panelImageLength]],
]);

const afterFs = new Map<number, Rule>([
  [0x26, ['chinese-on', 0]],
  [0x2e, ['chinese-off', 0]],
  [0x21, ['chinese-mode', 1]],
  [0x2d, ['chinese-underline', 1]],
  [0x57, ['chinese-quadruple', 1]],
  [0x53, ['chinese-space', 2]],
  [0x32, ['chinese-define', 2 + 72]],
  [0x3f, ['chinese-cancel', 2]],
  [0x43, ['chinese-code', 1]],
  [0x70, ['nv-logo-print', 2]],
  [0x71, ['nv-logo-define', nvLogoLength]],
  [0x28, ['fs-function', (p) => prefixed(p, counted16)]],
  [0x67, ['user-memory', userMemoryLength]],
  [0xc0, ['custom-reset', 4]],
]);

const afterGs = new Map<number, Rule>([
  [0x21, ['size', 1]],
  [0x42, ['reverse', 1]],
  [0x4c, ['left-margin', 2]],
  [0x57, ['print-width', 2]],
  [0x56, ['cut', ([m = 0]) => ([65, 66, 97, 98, 103, 104].includes(m) ? 2 : 1)]],
  [0x76, ['raster', rowsLength]],
  [0x28, ['gs-function', (p) => prefixed(p, counted16)]],
  [0x38, ['gs-long-function', (p) => prefixed(p, counted32)]],
  [0x6b, ['barcode', barcodeLength]],
  [0x68, ['barcode-height', 1]],
  [0x77, ['barcode-width', 1]],
  [0x48, ['barcode-text', 1]],
  [0x66, ['barcode-font', 1]],
  [0x72, ['report', 1]],
  [0x61, ['automatic-status', 1]],
  [0x49, ['identify', 1]],
  [0x50, ['motion-units', 2]],
  [0x51, ['variable-bit-image', rowsLength]],
  [0x54, ['line-start', 1]],
  [0x67, ['maintenance-counter', 4]],
  [0x24, ['page-absolute-vertical', 2]],
  [0x5c, ['page-relative-vertical', 2]],
  [0x62, ['smoothing', 1]],
  [0x7c, ['print-density', 1]],
  [0x2f, ['downloaded-image-print', 1]],
  [0x2a, ['downloaded-image', ([x = 0, y = 0]) => 2 + x * y * 8]],
  [0x3a, ['macro', 0]],
  [0x5e, ['macro-run', 3]],
  [0x43, ['counter', counterLength]],
  [0x63, ['counter-print', 0]],
  [0x7a, ['recovery-wait', 3]],
  [0x5a, ['vendor-symbol-kind', 1]],
  [0x65, ['presenter', ([fn]) => (fn === 3 ? 2 : 1)]],
  [0xe0, ['custom-automatic-status', 1]],
  [0xe1, ['custom-remaining-paper', 0]],
  [0xf8, ['custom-align-mark', 0]],
]);

/** `FS q n` and n pictures of `xL xH yL yH`, each of x × y × 8 bytes. */
function nvLogoLength(p: Uint8Array): number | undefined {
  const [pictures = 0] = p;
  let length = 1;
  for (let picture = 0; picture < pictures; picture += 1) {
    if (p.length < length + 4) return undefined;
    length += 4 + wordAt(p, length) * wordAt(p, length + 2) * 8;
    if (length > COMMAND_BYTES_MAX) return length;
  }
  return length;
}

/** `ESC & y c1 c2` and for each code from c1 to c2 a width x and x × y bytes. */
function userDefinedLength(p: Uint8Array): number | undefined {
  const [columnBytes = 0, from = 0, to = 0] = p;
  let length = 3;
  for (let code = from; code <= to; code += 1) {
    const width = p[length];
    if (width === undefined) return undefined;
    length += 1 + width * columnBytes;
  }
  return length;
}

/** `FS g 1 m a1 a2 a3 a4 nL nH` and n bytes to be kept; `FS g 2` asks for them. */
function userMemoryLength(p: Uint8Array): number {
  return p[0] === 1 || p[0] === 0x31 ? 8 + wordAt(p, 6) : 8;
}

/** `GS C 0 n m`, `GS C 1 aL aH bL bH n r`, `GS C 2 nL nH`, and the same in letters: `GS C ;`, five numbers, each ended by `;`. */
function counterLength(p: Uint8Array): number | undefined {
  if (p[0] !== SEMICOLON) return p[0] === 1 || p[0] === 0x31 ? 7 : 3;
  let length = 1;
  for (let number = 0; number < 5; number += 1) {
    const digits = p.subarray(length, length + COUNTER_DIGITS_MAX + 1).indexOf(SEMICOLON);
    if (digits < 0) return p.length > length + COUNTER_DIGITS_MAX ? length : undefined;
    length += digits + 1;
  }
  return length;
}

/** Their paper is 384 dots wide. */
const PANEL_ROW_BYTES_MAX = 48;

/** Elsewhere DC2 ends condensed type, and what follows is text, which is no picture that would fit. */
function isForPanel([, second, rows, rowBytes]: Uint8Array): boolean {
  if (second === undefined || second === 0x23) return true;
  const fits = rows !== 0 && (rowBytes === undefined || (rowBytes > 0 && rowBytes <= PANEL_ROW_BYTES_MAX));
  return afterDc2.has(second) && fits;
}

/** `DC2 * r n` and r × n bytes. */
function panelImageLength([rows = 0, rowBytes = 0]: Uint8Array): number {
  return 2 + rows * rowBytes;
}

/** `GS v 0` and `GS Q 0`: `m xL xH yL yH` and x × y bytes. A size of which a byte is missing could be taken for too large a one. */
function rowsLength(p: Uint8Array): number | undefined {
  return p.length < 6 ? undefined : 6 + wordAt(p, 2) * wordAt(p, 4);
}

/** Form A: `m`, data, NUL. Form B, m from 65: `m n` and n bytes. */
function barcodeLength(p: Uint8Array): number | undefined {
  if (p[0]! >= 65) return p.length < 2 ? undefined : 2 + p[1]!;
  const data = untilNul(255)(p.subarray(1));
  return data === undefined ? undefined : 1 + data;
}

/** A function letter, and then what `rest` counts. */
function prefixed(p: Uint8Array, rest: (p: Uint8Array) => number | undefined): number | undefined {
  const length = rest(p.subarray(1));
  return length === undefined ? undefined : 1 + length;
}

function counted32(p: Uint8Array): number | undefined {
  return p.length < 4 ? undefined : 4 + wordAt(p, 0) + wordAt(p, 2) * 0x1_0000;
}

const families = new Map<number, ReadonlyMap<number, Rule>>([
  [0x10, afterDle],
  [DC2, afterDc2],
  [0x1b, afterEsc],
  [0x1c, afterFs],
  [0x1d, afterGs],
]);

/**
 * The first command, character or piece of nonsense in `bytes`. `chinese`: a byte from 81h begins a two-byte character
 * (GBK's range; GB 2312's begins at A1h). `incomplete`: ask again with more bytes; nothing has been taken. A `length` can be
 * larger than `bytes` only with `unknown`: so much of what follows is to be thrown away too.
 */
export function parse(bytes: Uint8Array, chinese: boolean): Parsed {
  const [first, second] = bytes;
  if (first === undefined) return { kind: 'incomplete' };
  const family = families.get(first);
  if (family && (first !== DC2 || isForPanel(bytes))) {
    if (second === undefined) return { kind: 'incomplete' };
    const rule = family.get(second);
    return rule ? command(rule, bytes, 2) : { kind: 'unknown', reason: 'unknown command', length: 2 };
  }
  const single = singles.get(first);
  if (single) return command(single, bytes, 1);
  if (first < 0x20 || first === 0x7f) return { kind: 'unknown', reason: 'control byte', length: 1 };
  if (first < 0x80 || !chinese) return { kind: 'character', bytes: bytes.slice(0, 1), length: 1 };
  return chineseCharacter(bytes, first, second);
}

/** Four bytes are a character of GB 18030 that printers' fonts lack. */
function chineseCharacter(bytes: Uint8Array, lead: number, trail: number | undefined): Parsed {
  if (lead === 0x80 || lead === 0xff) return { kind: 'unknown', reason: 'not a Chinese character', length: 1 };
  if (trail === undefined) return { kind: 'incomplete' };
  if (trail >= 0x30 && trail <= 0x39) {
    if (bytes.length < 4) return { kind: 'incomplete' };
    const whole = bytes[2]! >= 0x81 && bytes[2]! <= 0xfe && bytes[3]! >= 0x30 && bytes[3]! <= 0x39;
    return { kind: 'unknown', reason: 'four-byte GB 18030 character', length: whole ? 4 : 1 };
  }
  if (trail < 0x40 || trail === 0x7f || trail === 0xff) {
    return { kind: 'unknown', reason: 'not a Chinese character', length: 1 };
  }
  return { kind: 'character', bytes: bytes.slice(0, 2), length: 2 };
}

function command([name, length]: Rule, bytes: Uint8Array, prefix: number): Parsed {
  const parameters = bytes.subarray(prefix);
  const wanted = typeof length === 'number' ? length : length(parameters);
  if (wanted === undefined) return { kind: 'incomplete' };
  if (wanted > COMMAND_BYTES_MAX) {
    return { kind: 'unknown', reason: `${name} of ${wanted} bytes`, length: prefix + wanted };
  }
  if (parameters.length < wanted) return { kind: 'incomplete' };
  return { kind: 'command', name, parameters: parameters.slice(0, wanted), length: prefix + wanted };
}

/** Commands that change nothing on the paper, or only something that this paper does not show. */
export const withoutTrace: ReadonlySet<string> = new Set([
  'real-time-status',
  'real-time-recovery',
  'real-time-pulse',
  'report',
  'automatic-status',
  'identify',
  'peripheral-status',
  'paper-status',
  'panel',
  'barcode-font',
  'motion-units',
  'smoothing',
  'print-density',
  'heating',
  'peripheral',
  'one-direction',
  'user-memory',
  'colour',
  'line-start',
  'maintenance-counter',
  'chinese-code',
  'sheet-wait',
  'recovery-wait',
  'vendor-symbol-kind',
  'presenter',
  'custom-automatic-status',
  'custom-remaining-paper',
  'custom-align-mark',
  'custom-reset',
]);

/** Letters of `GS (`, `ESC (` and `FS (` that set up or ask the printer: modes, density, memory switches, answers. */
export const functionsWithoutTrace = {
  'gs-function': 'CDEHJKMPRVYz',
  'esc-function': 'AY',
  'fs-function': 'CELeg',
} as const;

/** Printers ignore these in the middle of a line (Epson's ESC/POS command reference, ESC a). */
export const atLineStart: ReadonlySet<string> = new Set(['align', 'upside-down', 'left-margin', 'print-width']);

/** A little-endian word at `at`. */
export function wordAt(p: Uint8Array, at: number): number {
  return (p[at] ?? 0) + (p[at + 1] ?? 0) * 256;
}
