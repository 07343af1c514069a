import type { Language } from '../document/document.ts';
import type { Block } from './flow.ts';
import { textWidthEm } from './fonts.ts';
import { breakLines } from './line-breaking.ts';
import { textItem } from './sheet.ts';
import type { Spacing } from './spacing.ts';

/** A quarter of a character between two is what a reader takes for even; more falls into single characters. */
const TRACKING_EM_MAX = 0.25;

/**
 * The certifying paragraphs. Chinese: first line indented by two characters, lines set flush on both sides by spreading
 * the characters, but for one that a long word left short. English: no indent, ragged right, white between paragraphs.
 */
export function statementBlocks(
  paragraphs: readonly string[],
  language: Language,
  x: number,
  width: number,
  { statementPt: sizePt, statementLinePt: linePt }: Spacing,
): Block[] {
  const chinese = language === 'zh-CN';
  const indent = chinese ? 2 * sizePt : 0;
  return paragraphs.flatMap((paragraph) => {
    const shape = { sizePt, widthPt: width, firstIndentPt: indent } as const;
    const lines = breakLines(paragraph, shape);
    return lines.map((line, index): Block => {
      const [first, last] = [index === 0, index === lines.length - 1];
      const left = x + (first ? indent : 0);
      const room = width - (first ? indent : 0) - textWidthEm(line) * sizePt;
      const evenPt = Math.max(0, room) / Math.max(1, [...line].length - 1);
      const trackingPt = chinese && !last && evenPt <= TRACKING_EM_MAX * sizePt ? evenPt : 0;
      return {
        height: linePt,
        gapAbove: first && !chinese ? linePt * 0.3 : 0,
        // No page ends with a paragraph's first line alone or starts with its last.
        keepWithNext: lines.length > 1 && (first || index === lines.length - 2),
        draw: (top) => [textItem(line, left, top + linePt * 0.68, { sizePt, trackingPt })],
      };
    });
  });
}
