import { widthEm } from '../pdf/fonts.ts';
import { type Item, mm, sheet } from '../pdf/sheet.ts';
import type { Label } from './label.ts';

/** Labels and cards are cut and fed with about a millimetre of play. */
const MARGIN_MM = 1.5;
/** The sheet's frame and its corners reach 21.5 mm in from the edge (pdf/frame.ts), and text begins at 27 mm. */
const ORNAMENT = mm(22);
/** White that stays above the seal of a short certificate, where the sheet has as much as half a page. */
const LARGEST_GAP = mm(7);

/** The content of a sheet on a label. Everything is to be drawn at `scale` dots a point, from (`leftDots`, `topDots`). */
export interface Placed {
  readonly items: readonly Item[];
  readonly scale: number;
  readonly leftDots: number;
  readonly topDots: number;
  /** As it is read: the label's, or with the sides exchanged where it is `turned`. */
  readonly widthDots: number;
  readonly heightDots: number;
  /** Clockwise by a quarter, as more fits that way. */
  readonly turned: boolean;
  readonly dotsPerMm: number;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Drops the sheet's ornament and margins, closes the gap above the seal, and makes the rest as large as the label takes. */
export function placeOn(sheetItems: readonly Item[], label: Label): Placed {
  const items = closeGap(sheetItems.filter((item) => !isOrnament(boxOf(item))));
  const content = union(items.map(boxOf));
  const margin = 2 * MARGIN_MM * label.dotsPerMm;
  const scaleOn = (width: number, height: number): number =>
    Math.min((width - margin) / (content.right - content.left), (height - margin) / (content.bottom - content.top));
  const upright = scaleOn(label.widthDots, label.heightDots);
  const onItsSide = scaleOn(label.heightDots, label.widthDots);
  const turned = onItsSide > upright;
  const scale = turned ? onItsSide : upright;
  const [widthDots, heightDots] = turned ? [label.heightDots, label.widthDots] : [label.widthDots, label.heightDots];
  return {
    items,
    scale,
    leftDots: Math.round((widthDots - (content.left + content.right) * scale) / 2),
    topDots: Math.round((heightDots - (content.top + content.bottom) * scale) / 2),
    widthDots,
    heightDots,
    turned,
    dotsPerMm: label.dotsPerMm,
  };
}

function isOrnament({ left, top, right, bottom }: Box): boolean {
  return left < ORNAMENT || top < ORNAMENT || right > sheet.width - ORNAMENT || bottom > sheet.height - ORNAMENT;
}

/** Moves up what is below the widest white band. */
function closeGap(items: readonly Item[]): readonly Item[] {
  let reached = Number.POSITIVE_INFINITY;
  let widest = { from: 0, height: 0 };
  for (const { top, bottom } of items.map(boxOf).toSorted((one, other) => one.top - other.top)) {
    if (top - reached > widest.height) widest = { from: reached, height: top - reached };
    reached = Math.max(bottom, reached === Number.POSITIVE_INFINITY ? bottom : reached);
  }
  const up = widest.height - LARGEST_GAP;
  if (up <= 0) return items;
  return items.map((item) => (boxOf(item).top > widest.from ? movedUp(item, up) : item));
}

function movedUp(item: Item, by: number): Item {
  if (item.type === 'text') return { ...item, baseline: item.baseline - by };
  if (item.type === 'boxes')
    return { ...item, boxes: item.boxes.map(([x, y, width, height]) => [x, y - by, width, height]) };
  if (item.type === 'path') return { ...item, points: item.points.map(([x, y]) => [x, y - by]) };
  return { ...item, y: item.y - by };
}

function boxOf(item: Item): Box {
  switch (item.type) {
    case 'text': {
      const width = item.runs.reduce((sum, { face, text }) => {
        return sum + widthEm({ face, text }) * item.sizePt + item.trackingPt * [...text].length;
      }, -item.trackingPt);
      // Turned text is the seal's, inside its circle: where it begins is where it is.
      const [right, up, down] = item.degrees === 0 ? [width, 0.88, 0.12] : [0, 0, 0];
      const { x, baseline, sizePt } = item;
      return { left: x, top: baseline - up * sizePt, right: x + right, bottom: baseline + down * sizePt };
    }
    case 'boxes':
      return union(
        item.boxes.map(([x, y, width, height]) => ({ left: x, top: y, right: x + width, bottom: y + height })),
      );
    case 'path':
      return union(item.points.map(([x, y]) => ({ left: x, top: y, right: x, bottom: y })));
    case 'circle': {
      const reach = item.radius + item.lineWidth / 2;
      return { left: item.x - reach, top: item.y - reach, right: item.x + reach, bottom: item.y + reach };
    }
    case 'seal-picture':
      return { left: item.x, top: item.y, right: item.x + item.width, bottom: item.y + item.height };
    case 'wave':
      return { left: item.x, top: item.y, right: item.x, bottom: item.y };
  }
}

function union(boxes: readonly Box[]): Box {
  return {
    left: Math.min(...boxes.map(({ left }) => left)),
    top: Math.min(...boxes.map(({ top }) => top)),
    right: Math.max(...boxes.map(({ right }) => right)),
    bottom: Math.max(...boxes.map(({ bottom }) => bottom)),
  };
}
