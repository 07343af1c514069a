import { z } from 'zod';

/**
 * Where a machine puts its print on the paper, against where it should: added to everything that is printed on a pre-printed
 * blank. Right and down are positive, rotation is clockwise about the page's centre. More than this is a tray to be set right.
 */
export const calibration = z.strictObject({
  offsetXMm: z.number().min(-15).max(15).default(0),
  offsetYMm: z.number().min(-15).max(15).default(0),
  rotationDeg: z.number().min(-3).max(3).default(0),
});
export type Calibration = z.infer<typeof calibration>;

/** From the page's edges to the crosses of a calibration sheet. */
export const CROSS_INSET_MM = 25;

const measuredMm = z.number().min(0).max(60);
/** What a technician reads off a calibration sheet printed without calibration: from the paper's edges to the upper crosses. */
export const calibrationReading = z.strictObject({
  leftCross: z.strictObject({ fromLeftMm: measuredMm, fromTopMm: measuredMm }),
  rightCross: z.strictObject({ fromTopMm: measuredMm }),
});
export type CalibrationReading = z.infer<typeof calibrationReading>;

interface PageSize {
  readonly widthMm: number;
  readonly heightMm: number;
}

/** The calibration that brings the crosses to where they belong. Fails with a ZodError where it would be out of bounds. */
export function calibrationFrom({ leftCross, rightCross }: CalibrationReading, page: PageSize): Calibration {
  const apart = page.widthMm - 2 * CROSS_INSET_MM;
  const turned = Math.asin(Math.max(-1, Math.min(1, (rightCross.fromTopMm - leftCross.fromTopMm) / apart)));
  // The machine turned the left cross about the page's centre, and then moved it.
  const [x, y] = [CROSS_INSET_MM - page.widthMm / 2, CROSS_INSET_MM - page.heightMm / 2];
  const expectedLeft = page.widthMm / 2 + x * Math.cos(turned) - y * Math.sin(turned);
  const expectedTop = page.heightMm / 2 + x * Math.sin(turned) + y * Math.cos(turned);
  const [movedX, movedY] = [leftCross.fromLeftMm - expectedLeft, leftCross.fromTopMm - expectedTop];
  // Undone in the machine's own turned directions, as what is sent is turned by it once more.
  const rounded = (exact: number): number => Math.round(exact * 100) / 100 + 0; // a technician reads no −0
  return calibration.parse({
    offsetXMm: rounded(-(movedX * Math.cos(turned) + movedY * Math.sin(turned))),
    offsetYMm: rounded(-(movedY * Math.cos(turned) - movedX * Math.sin(turned))),
    rotationDeg: rounded((-turned * 180) / Math.PI),
  });
}
