/** Where a flat thing stands before the camera. Angles in radians; 0 faces the camera. */
export interface Placement {
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
  /** Place of the shown face's middle in the frame, in pixels. */
  readonly x: number;
  readonly y: number;
  /** Pixels of the frame that the photo's width takes. */
  readonly widthPx: number;
  /** How far the sheet's middle stands before its edges, in photo widths: 0 flat, 0.1 clearly bent. */
  readonly bend: number;
}

/** Distance from which a terminal's camera looks at a person's face, in widths of the shown photo: about 50 cm to 15. */
const DISTANCE = 3.2;

type Vector = readonly [number, number, number];

/**
 * From a pixel of the frame to the place on the thing that it shows, in photo widths from the photo's top left corner;
 * `middle` is the place of the face's middle there. A ray of a pinhole camera, cut with the plane.
 */
export function placed(
  { yaw, pitch, roll, x, y, widthPx, bend }: Placement,
  middle: { readonly u: number; readonly v: number },
): (frameX: number, frameY: number) => readonly [u: number, v: number] {
  const [cy, sy] = [Math.cos(yaw), Math.sin(yaw)];
  const [cp, sp] = [Math.cos(pitch), Math.sin(pitch)];
  const [cr, sr] = [Math.cos(roll), Math.sin(roll)];
  const right: Vector = [cy * cr, sr, -sy * cr];
  const down: Vector = [-cy * sr + sy * sp * cr, cp * cr, sy * sr + cy * sp * cr];
  const normal: Vector = [
    right[1] * down[2] - right[2] * down[1],
    right[2] * down[0] - right[0] * down[2],
    right[0] * down[1] - right[1] * down[0],
  ];
  const downwards: Vector = [
    normal[1] * right[2] - normal[2] * right[1],
    normal[2] * right[0] - normal[0] * right[2],
    normal[0] * right[1] - normal[1] * right[0],
  ];
  const focalPx = widthPx * DISTANCE;
  const straight = DISTANCE * normal[2];
  const place: [u: number, v: number] = [0, 0]; // one for all rays, of which a picture has eight million
  return (frameX, frameY) => {
    const rayX = (frameX - x) / focalPx;
    const rayY = (frameY - y) / focalPx;
    const far = straight / (rayX * normal[0] + rayY * normal[1] + normal[2]);
    const [atX, atY, atZ] = [rayX * far, rayY * far, far - DISTANCE];
    const u = atX * right[0] + atY * right[1] + atZ * right[2];
    const v = atX * downwards[0] + atY * downwards[1] + atZ * downwards[2];
    // A bent sheet comes nearer in its middle: what it shows there looks larger, and its edges are curved.
    const nearer = bend === 0 ? 1 : 1 - (bend * Math.cos(Math.min(Math.max(u, -1), 1) * Math.PI)) / DISTANCE;
    place[0] = u * nearer + middle.u;
    place[1] = v * nearer + middle.v;
    return place;
  };
}
