import type { Certificate } from '../document/document.ts';
import { breakAddress, breakEvenly, breakLines } from './line-breaking.ts';
import { leastQrSize, qrItem, qrSymbol } from './qr-code.ts';
import { SEAL_RADIUS, sealItems } from './seal.ts';
import { colour, type Item, mm, textItem } from './sheet.ts';
import type { Wording } from './wording.ts';

const QR_SIZE = mm(26); // larger where an address is so long that its modules would become too small
/** ISO/IEC 18004 clause 9.1: four modules of white all round, for a symbol of 25 modules (a short address) and more. */
const QR_QUIET = mm(4.2);
const NOTE_SIZE_PT = 8.5;
const NOTE_LINE_PT = 12.5;
const NOTE_WIDTH = mm(70);
const ISSUER_SIZE_PT = 12.5;
const ISSUER_LINE_PT = 17.5;
const ISSUER_WIDTH = mm(78);

/** The foot of the last page: verification left, issuer and date right with the seal over them. */
export interface Closing {
  readonly height: number;
  draw(bottom: number): Item[];
}

export function closing(certificate: Certificate, wording: Wording, left: number, right: number): Closing {
  const { issuer, seal: picture, issuedOn, verification } = certificate;
  const noteShape = { sizePt: NOTE_SIZE_PT, widthPt: NOTE_WIDTH };
  const addressLines = verification.url === '' ? [] : [wording.address, ...breakAddress(verification.url, noteShape)];
  const noteLines = [...addressLines, ...breakLines(verification.note, noteShape)];
  const noteHeight = noteLines.length * NOTE_LINE_PT;
  const symbol = verification.url === '' ? undefined : qrSymbol(verification.url);
  const side = symbol ? Math.max(QR_SIZE, leastQrSize(symbol)) : 0;
  const qrSize = symbol ? side + QR_QUIET : 0;
  const issuerLines = breakEvenly(issuer, { sizePt: ISSUER_SIZE_PT, widthPt: ISSUER_WIDTH });
  const height = Math.max(qrSize + noteHeight, 2 * SEAL_RADIUS) + mm(6);
  return {
    height,
    draw: (bottom) => {
      const centreX = right - ISSUER_WIDTH / 2;
      const centreY = bottom - SEAL_RADIUS;
      const signature = [...issuerLines, wording.date(issuedOn)];
      // GB/T 9704-2012 7.3.5.1: the seal lies over name and date, which stand in its middle or a little lower. Text drawn
      // last stays readable on every printer.
      const lastBaseline = centreY + mm(13.2);
      const firstBaseline = lastBaseline - (signature.length - 1) * ISSUER_LINE_PT;
      return [
        ...sealItems(issuer, { mark: wording.seal, picture }, centreX, centreY),
        ...signature.map((line, index) =>
          textItem(line, centreX, firstBaseline + index * ISSUER_LINE_PT, { sizePt: ISSUER_SIZE_PT, align: 'center' }),
        ),
        ...(symbol ? [qrItem(symbol, left, bottom - noteHeight - qrSize, side)] : []),
        ...noteLines.map((line, index) =>
          textItem(line, left, bottom - noteHeight + index * NOTE_LINE_PT + NOTE_SIZE_PT, {
            sizePt: NOTE_SIZE_PT,
            colour: colour.soft,
          }),
        ),
      ];
    },
  };
}
