import sharp from 'sharp';
import type { FaceChallenge } from '../../main/contracts/view.ts';
import type { Landmarks } from '../../models/face/landmarks.ts';
import type { Picture } from '../../models/face/picture.ts';
import { withEyesClosed, withHeadTurned, withMouthOpen } from './person-acts.ts';

/** As the page sends frames. */
export const CAMERA = { width: 960, height: 540 };
/** Chromium plays an `.mjpeg` file at this rate. */
const FRAMES_PER_S = 30;
/**
 * Whoever is looked at for longer than this is found out as a recording: the file begins again, and the check knows each of its
 * pictures. An attempt takes one or two seconds.
 */
const VIDEO_S = 6;
/** When the eyes close, and for how long: people blink every two to ten seconds, for a tenth to four tenths of one. */
const BLINKS_AT_S = [1.9, 4.7];
const BLINK_S = 0.17;
/** Standard deviation in grey levels: what a webcam's sensor does to a well-lit face. */
const NOISE = 1.2;

/** What a person does: at rest, an act that can be asked for, or all but. */
export type Doing = 'rest' | FaceChallenge;

/**
 * A person before a camera, made of one photo: breathes, sways a little, and is seen with a sensor's noise, so that no two frames are
 * the same. `photo` in the camera's size, `points` the face's 68 landmarks in it.
 */
export class PersonCamera {
  readonly #pictures = new Map<Doing, Picture>();
  readonly #points: Landmarks;
  readonly #noise = noiseOf(1 << 16);

  constructor(photo: Picture, points: Landmarks) {
    this.#points = points;
    this.#pictures.set('rest', photo);
  }

  /** A JPEG. The same place in time is the same frame; the movement comes again every 6 s, the noise does not. */
  async frame(seconds: number, doing: Doing = 'rest'): Promise<Buffer> {
    const picture = this.#picture(doing);
    const { width, height } = picture;
    const rgb = this.#seen(picture, seconds);
    return await sharp(rgb, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 85 })
      .toBuffer();
  }

  /** Frames joined end to end: Chromium's `--use-file-for-fake-video-capture`. */
  async video(): Promise<Buffer> {
    const frames: Buffer[] = [];
    for (let i = 0; i < VIDEO_S * FRAMES_PER_S; i += 1) {
      const seconds = i / FRAMES_PER_S;
      const blinks = BLINKS_AT_S.some((atS) => seconds >= atS && seconds < atS + BLINK_S);
      frames.push(await this.frame(seconds, blinks ? 'blink' : 'rest'));
    }
    return Buffer.concat(frames);
  }

  #picture(doing: Doing): Picture {
    const known = this.#pictures.get(doing);
    if (known) return known;
    const made = done(doing, this.#pictures.get('rest')!, this.#points);
    this.#pictures.set(doing, made);
    return made;
  }

  /** Whole waves in the length of the video, so that it ends where it began. */
  #seen(picture: Picture, seconds: number): Uint8Array {
    const wave = (cycles: number, phase: number): number =>
      Math.sin(((seconds / VIDEO_S) * cycles + phase) * 2 * Math.PI);
    const zoom = 1.02 + 0.006 * wave(2, 0) + 0.003 * wave(5, 0.3); // breathing, and leaning
    const turn = 0.008 * wave(1, 0.1) + 0.004 * wave(3, 0.6);
    const shiftX = 5 * wave(1, 0.4) + 2 * wave(3, 0.2);
    const shiftY = 3 * wave(2, 0.25) + 1.5 * wave(7, 0.5);
    return this.#photographed(picture, { turn, zoom, shiftX, shiftY }, Math.round(seconds * 7_919) * 31);
  }

  /** Bilinear, the edge's own pixels beyond it, and the noise. Nothing is called within: a video has 93 million pixels. */
  #photographed(
    { width, height, rgb: from }: Picture,
    { turn, zoom, shiftX, shiftY }: { turn: number; zoom: number; shiftX: number; shiftY: number },
    firstNoise: number,
  ): Uint8Array {
    const noise = this.#noise;
    const rgb = new Uint8Array(width * height * 3);
    const [cos, sin] = [Math.cos(turn) / zoom, Math.sin(turn) / zoom];
    const [cx, cy] = [width / 2, height / 2];
    const rowBytes = width * 3;
    let ofNoise = firstNoise & 0xffff;
    for (let y = 0, at = 0; y < height; y += 1) {
      const dy = y - cy - shiftY;
      const [sinY, cosY] = [dy * sin, dy * cos];
      for (let x = 0; x < width; x += 1) {
        const dx = x - cx - shiftX;
        const fromX = Math.min(Math.max(cx + dx * cos - sinY, 0), width - 1.001);
        const fromY = Math.min(Math.max(cy + dx * sin + cosY, 0), height - 1.001);
        const left = fromX | 0;
        const top = fromY | 0;
        const shareRight = fromX - left;
        const shareBelow = fromY - top;
        let first = top * rowBytes + left * 3;
        for (const end = at + 3; at < end; at += 1, first += 1) {
          const upper = from[first]! * (1 - shareRight) + from[first + 3]! * shareRight;
          const below = first + rowBytes;
          const lower = from[below]! * (1 - shareRight) + from[below + 3]! * shareRight;
          const value = ((upper * (1 - shareBelow) + lower * shareBelow + 0.5) | 0) + noise[ofNoise]!;
          rgb[at] = value < 0 ? 0 : value > 255 ? 255 : value;
          ofNoise = (ofNoise + 17) & 0xffff;
        }
      }
    }
    return rgb;
  }
}

function done(doing: Doing, photo: Picture, points: Landmarks): Picture {
  switch (doing) {
    case 'rest':
      return photo;
    case 'blink':
      return withEyesClosed(photo, points, 1);
    case 'open-mouth':
      return withMouthOpen(photo, points, MOUTH_OPEN);
    case 'turn-left':
      return withHeadTurned(photo, points, -TURN_DEG);
    case 'turn-right':
      return withHeadTurned(photo, points, TURN_DEG);
  }
}

/** The pose network sees some three quarters of it; beyond, the drawing turns into another face. */
const TURN_DEG = 25;
/** As wide as people open it when they are asked to, in shares of the mouth's width. */
const MOUTH_OPEN = 0.5;

/** Alike each time: files that are made anew are the same. */
function noiseOf(length: number): Int8Array {
  let state = 20_261_130;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  // The sum of three is near enough to a bell.
  return Int8Array.from({ length }, () => Math.round((next() + next() + next() - 1.5) * 2 * NOISE));
}
