import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import PDFDocument from 'pdfkit';
import { DeviceError } from '../../drivers/core/index.ts';
import type { OpenedFont } from './pdfkit-fonts.ts';

/** Bold is the same face with its outline drawn too (`paint.ts`): a second subset would be most of a small file. */
export type Weight = 'regular' | 'bold';
export type Face = 'serif' | 'sans';

/** A stretch of text in one face. */
export interface Run {
  readonly face: Face;
  readonly text: string;
}

const require = createRequire(import.meta.url);
const files: Record<Face, string> = {
  serif: '@expo-google-fonts/noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf',
  sans: '@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf',
};

/**
 * Kept for the life of the process, as they never change: opening a face reads 10 to 15 MB and parses its tables (about
 * 35 ms), where a whole certificate takes about as long.
 */
const opened = new Map<Face, OpenedFont>();

/** Opens the file at first use. The sans is hardly ever needed and costs nothing until then. */
export function openedFont(face: Face): OpenedFont {
  const known = opened.get(face);
  if (known) return known;
  const scratch = new PDFDocument({ autoFirstPage: false }).font(readFileSync(require.resolve(files[face])));
  const font = scratch._font?.font;
  if (!font) throw new DeviceError('unsupported', 'pdfkit does not keep its opened fonts as version 0.20 does');
  opened.set(face, font);
  return font;
}

/**
 * Splits `text` into runs of the serif, with the sans where only that one has the character. Fails `invalid-data` for a
 * character that neither has (control characters among them), naming the 256 characters among which it is: it may be the rare one
 * of a name, and the message goes into the log.
 */
export function runsOf(text: string): Run[] {
  const runs: { face: Face; text: string }[] = [];
  for (const character of text) {
    const face = faceFor(character);
    const last = runs.at(-1);
    if (last?.face === face) last.text += character;
    else runs.push({ face, text: character });
  }
  return runs;
}

function faceFor(character: string): Face {
  const codePoint = character.codePointAt(0) ?? 0;
  for (const face of ['serif', 'sans'] as const) {
    if (openedFont(face).hasGlyphForCodePoint(codePoint)) return face;
  }
  const block = `U+${codePoint.toString(16).toUpperCase().padStart(4, '0').slice(0, -2)}xx`;
  throw new DeviceError('invalid-data', `no font of the certificate has a character of ${block}`);
}

/** As pdfkit sets a run: each word with the space behind it. The font kerns digits differently beside letters of their word. */
const WORD = /[^ \t]*[ \t]|[^ \t]+/gu;

/** What is one em wide beside its like, in both faces: ideographs of the two common blocks, and the signs between them. */
const FULL_WIDTH = /^[\u3400-\u4dbf\u4e00-\u9fff，。、；：？！（）《》]+$/u;
/** Both faces kern no ideograph and join none, so that one more behind another adds its em, whatever stands around them. */
const MORE_IDEOGRAPHS = /(?<=[\u3400-\u4dbf\u4e00-\u9fff])[\u3400-\u4dbf\u4e00-\u9fff]+/gu;

/** Width of a run in ems, with the font's kerning, as it will be on paper. */
export function widthEm({ face, text }: Run): number {
  const font = openedFont(face);
  const words = text.match(WORD) ?? [];
  return words.reduce((sum, word) => sum + wordUnits(font, word), 0) / font.unitsPerEm;
}

/** Whether it is an em a character in either face, of any weight, without the fonts being asked. */
export function isFullWidth(text: string): boolean {
  return FULL_WIDTH.test(text);
}

/** Setting a word takes 30 µs and 2 µs a character, and counting ideographs next to nothing. */
function wordUnits(font: OpenedFont, word: string): number {
  if (isFullWidth(word)) return word.length * font.unitsPerEm;
  const shorter = word.replace(MORE_IDEOGRAPHS, '');
  return (word.length - shorter.length) * font.unitsPerEm + font.layout(shorter).advanceWidth;
}

/** The same for text that may need several faces. */
export function textWidthEm(text: string): number {
  return runsOf(text).reduce((sum, run) => sum + widthEm(run), 0);
}
