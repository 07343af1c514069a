import { type SealPicture, sealHeightMm } from '../document/seal.ts';
import { textWidthEm } from './fonts.ts';
import { colour, type Item, mm, textItem } from './sheet.ts';

/** 国发〔1999〕25号: seals of state organs with a star measure 42 mm across at the most, as most cities' do. */
export const SEAL_RADIUS = mm(21);
const RING_WIDTH = mm(1.2);
const ARC_MIDDLE = mm(16.8); // of the issuer's characters, half way up
const STAR_RADIUS = mm(6.4);
/** GB/T 9704-2012 7.3.5.1: name and date lie in the seal's middle or a little lower; the star makes room for them. */
const STAR_LIFT = mm(2.2);
const MAX_ARC_SIZE_PT = mm(4.4);
const MARK_RADIUS = mm(18.1); // foot of the mark's characters
const MARK_SIZE_PT = { ideographs: mm(2.7), letters: mm(2) } as const;
const BETWEEN_DEGREES = 16;
/** From a character's foot to half its height, in ems: Noto Serif SC's ideographs reach from -0.12 to 0.88. */
const HALF_HEIGHT = 0.38;

/** A character on a circle, its foot on `radius`; degrees count clockwise from the top. */
interface Engraved {
  readonly character: string;
  readonly degrees: number;
}

export interface SealLook {
  /** 电子印章 or its translation, on a seal that is drawn. */
  readonly mark: string;
  /** The seal itself, of which nothing is drawn then. */
  readonly picture?: SealPicture | undefined;
}

/** The issuer's seal around (x, y). */
export function sealItems(issuer: string, { mark, picture }: SealLook, x: number, y: number): Item[] {
  if (!picture) return drawnSeal(issuer, mark, x, y);
  const { widthMm, heightMm } = sealSize(picture);
  const [width, height] = [mm(widthMm), mm(heightMm)];
  return [{ type: 'seal-picture', picture, x: x - width / 2, y: y - height / 2, width, height }];
}

export function sealSize(picture?: SealPicture): { readonly widthMm: number; readonly heightMm: number } {
  if (picture) return { widthMm: picture.widthMm, heightMm: sealHeightMm(picture) };
  const diameter = (2 * SEAL_RADIUS) / mm(1);
  return { widthMm: diameter, heightMm: diameter };
}

/** Drawn rather than stamped, and marked as such. */
function drawnSeal(issuer: string, mark: string, x: number, y: number): Item[] {
  const markSize = isIdeographic(mark) ? MARK_SIZE_PT.ideographs : MARK_SIZE_PT.letters;
  const markArc = engrave(mark, markSize, markSize * 0.15, MARK_RADIUS);
  const issuerArc = engraveIssuer(issuer, 360 - markArc.degrees - 2 * BETWEEN_DEGREES);
  return [
    { type: 'circle', x, y, radius: SEAL_RADIUS - RING_WIDTH / 2, lineWidth: RING_WIDTH, colour: colour.seal },
    { type: 'circle', x, y, radius: SEAL_RADIUS - mm(1.9), lineWidth: mm(0.2), colour: colour.seal },
    { type: 'path', points: star(x, y - STAR_LIFT), closed: true, lineWidth: 0, colour: colour.seal },
    ...issuerArc.engraved.map(({ character, degrees }) => {
      const angle = (degrees * Math.PI) / 180;
      const foot = [x + issuerArc.radius * Math.sin(angle), y - issuerArc.radius * Math.cos(angle)] as const;
      return engravedItem(character, foot, degrees, issuerArc.sizePt);
    }),
    // Along the lower inside of the ring, upright: the middle below the star is for the signature.
    ...markArc.engraved.map(({ character, degrees }) => {
      const angle = (degrees * Math.PI) / 180;
      const foot = [x + MARK_RADIUS * Math.sin(angle), y + MARK_RADIUS * Math.cos(angle)] as const;
      return engravedItem(character, foot, -degrees, markSize);
    }),
  ];
}

/** Five points, one straight up; the inner corners lie where a regular pentagram's sides cross. */
function star(x: number, y: number): [number, number][] {
  const inner = STAR_RADIUS * (Math.sin(Math.PI / 10) / Math.sin((3 * Math.PI) / 10));
  return Array.from({ length: 10 }, (_, index) => {
    const radius = index % 2 === 0 ? STAR_RADIUS : inner;
    const angle = (index * Math.PI) / 5;
    return [x + radius * Math.sin(angle), y - radius * Math.cos(angle)];
  });
}

/** Characters shrink until the name fits the arc; a short Chinese name spreads out as an engraver would set it. */
function engraveIssuer(issuer: string, maxDegrees: number): { engraved: Engraved[]; sizePt: number; radius: number } {
  const arcLength = (maxDegrees / 180) * Math.PI * (ARC_MIDDLE - MAX_ARC_SIZE_PT * HALF_HEIGHT);
  const totalEm = [...issuer].reduce((sum, character) => sum + textWidthEm(character), 0);
  const sizePt = Math.min(MAX_ARC_SIZE_PT, arcLength / (totalEm * 1.06));
  const spare = (arcLength - totalEm * sizePt) / [...issuer].length;
  const gap = Math.min(spare, sizePt * (isIdeographic(issuer) ? 0.38 : 0.08));
  const radius = ARC_MIDDLE - sizePt * HALF_HEIGHT;
  return { engraved: engrave(issuer, sizePt, gap, radius).engraved, sizePt, radius };
}

/** Sets `text` centred on the top of a circle; `degrees` is how much of the circle it takes. */
function engrave(text: string, sizePt: number, gap: number, radius: number): { engraved: Engraved[]; degrees: number } {
  const degreesPerPt = 180 / (Math.PI * radius);
  const advances = [...text].map((character) => (textWidthEm(character) * sizePt + gap) * degreesPerPt);
  const degrees = advances.reduce((sum, advance) => sum + advance, 0);
  let at = -degrees / 2;
  const engraved = [...text].map((character, index) => {
    const advance = advances[index]!;
    at += advance;
    return { character, degrees: at - advance / 2 };
  });
  return { engraved: engraved.filter(({ character }) => character.trim() !== ''), degrees };
}

function engravedItem(character: string, [x, y]: readonly [number, number], degrees: number, sizePt: number): Item {
  return textItem(character, x, y, { weight: 'bold', sizePt, colour: colour.seal, degrees, align: 'center' });
}

function isIdeographic(text: string): boolean {
  return /^[\p{Script=Han}（）]+$/u.test(text);
}
