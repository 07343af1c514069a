import sharp from 'sharp';

/** Frames in, JPEG frames of the same size out, each with one thing wrong. */

const BEHIND = '#6b6f73'; // what the camera sees where the picture was moved away

/** The picture moved by so many pixels; what leaves the frame is lost. */
export async function moved(frame: Uint8Array, right: number, down: number): Promise<Buffer> {
  const { width, height } = await sharp(frame).metadata();
  const kept = {
    left: Math.max(-right, 0),
    top: Math.max(-down, 0),
    width: width - Math.abs(right),
    height: height - Math.abs(down),
  };
  return await sharp(frame)
    .extract(kept)
    .extend({
      left: Math.max(right, 0),
      right: Math.max(-right, 0),
      top: Math.max(down, 0),
      bottom: Math.max(-down, 0),
      background: BEHIND,
    })
    .jpeg({ quality: 92 })
    .toBuffer();
}

/** The middle of the picture so many times larger; below 1 smaller, with a wall around it. */
export async function scaled(frame: Uint8Array, factor: number): Promise<Buffer> {
  const { width, height } = await sharp(frame).metadata();
  const [w, h] = [Math.round(width * factor), Math.round(height * factor)];
  const resized = await sharp(frame).resize(w, h).toBuffer();
  if (factor < 1) {
    const [left, top] = [(width - w) >> 1, (height - h) >> 1];
    return await sharp({ create: { width, height, channels: 3, background: BEHIND } })
      .composite([{ input: resized, left, top }])
      .jpeg({ quality: 92 })
      .toBuffer();
  }
  return await sharp(resized)
    .extract({ left: (w - width) >> 1, top: (h - height) >> 1, width, height })
    .jpeg({ quality: 92 })
    .toBuffer();
}

/** Turned about its middle, clockwise. */
export async function tilted(frame: Uint8Array, degrees: number): Promise<Buffer> {
  const { width, height } = await sharp(frame).metadata();
  const turned = await sharp(frame).rotate(degrees, { background: BEHIND }).toBuffer({ resolveWithObject: true });
  return await sharp(turned.data)
    .extract({
      left: Math.max((turned.info.width - width) >> 1, 0),
      top: Math.max((turned.info.height - height) >> 1, 0),
      width: Math.min(width, turned.info.width),
      height: Math.min(height, turned.info.height),
    })
    .jpeg({ quality: 92 })
    .toBuffer();
}

/** All pixels times `factor`. */
export async function lit(frame: Uint8Array, factor: number): Promise<Buffer> {
  return await sharp(frame).linear(factor, 0).jpeg({ quality: 92 }).toBuffer();
}

/** Brought near to white, as by a lamp behind the camera: 0 leaves it, 1 is white. */
export async function bleached(frame: Uint8Array, share: number): Promise<Buffer> {
  return await sharp(frame)
    .linear(1 - share, 255 * share)
    .jpeg({ quality: 92 })
    .toBuffer();
}

/** The left half darker by `factor`, with a soft edge of a tenth of the width. */
export async function litFromOneSide(frame: Uint8Array, factor: number): Promise<Buffer> {
  const { width, height } = await sharp(frame).metadata();
  const dark = Math.round(255 / factor);
  return await overlaid(
    frame,
    `<linearGradient id="side" x1="0.45" x2="0.55"><stop offset="0" stop-color="rgb(${dark},${dark},${dark})"/>` +
      `<stop offset="1" stop-color="#fff"/></linearGradient><rect width="${width}" height="${height}" fill="url(#side)"/>`,
    'multiply',
  );
}

/** A white spot with a soft edge, as wet or oily skin under a lamp, or a lens before it. */
export async function withSpot(frame: Uint8Array, x: number, y: number, radius: number): Promise<Buffer> {
  return await overlaid(
    frame,
    `<radialGradient id="spot"><stop offset="0.6" stop-color="#fff"/><stop offset="1" stop-color="#fff" stop-opacity="0"/>` +
      `</radialGradient><circle cx="${x}" cy="${y}" r="${radius}" fill="url(#spot)"/>`,
    'over',
  );
}

export async function outOfFocus(frame: Uint8Array, sigmaPx: number): Promise<Buffer> {
  return await sharp(frame).blur(sigmaPx).jpeg({ quality: 92 }).toBuffer();
}

/** Every pixel spread over so many beside it (odd), as of a head that moves while the shutter is open. */
export async function shaken(frame: Uint8Array, lengthPx: number): Promise<Buffer> {
  const kernel = Array.from({ length: lengthPx * 3 }, (_, i) => (Math.floor(i / lengthPx) === 1 ? 1 : 0));
  return await sharp(frame).convolve({ width: lengthPx, height: 3, kernel }).jpeg({ quality: 92 }).toBuffer();
}

async function overlaid(frame: Uint8Array, elements: string, blend: 'over' | 'multiply'): Promise<Buffer> {
  const { width, height } = await sharp(frame).metadata();
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${elements}</svg>`;
  return await sharp(frame)
    .composite([{ input: Buffer.from(svg), blend }])
    .jpeg({ quality: 92 })
    .toBuffer();
}
