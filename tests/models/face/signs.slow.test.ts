import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mainFace } from '../../../models/face/detect.ts';
import { createFaceEngine, type FaceEngine } from '../../../models/face/engine.ts';
import type { Landmarks } from '../../../models/face/landmarks.ts';
import { readManifest } from '../../../models/face/manifest.ts';
import { type FaceNetworks, faceNetworks } from '../../../models/face/networks.ts';
import { decodePicture, type Picture } from '../../../models/face/picture.ts';
import { type FaceRuntime, loadRuntime } from '../../../models/face/runtime.ts';
import type { Rect } from '../../../models/face/sampling.ts';
import type { FaceSigns } from '../../../models/face/signs.ts';
import { livePicture } from '../../../scripts/prepare/person-pictures.ts';
import { defaultWeightsDir, prepareWeights } from '../../../scripts/prepare/weights.ts';
import { lit } from './disturbing.ts';
import { withEyesClosed } from './drawing.ts';
import { samplePhoto } from './pictures.ts';

let engine: FaceEngine;
let runtime: FaceRuntime;
let networks: FaceNetworks;

beforeAll(async () => {
  await prepareWeights();
  engine = await createFaceEngine({ weightsDir: defaultWeightsDir });
  runtime = await loadRuntime(defaultWeightsDir, readManifest(), ['detect', 'landmarks', 'eye', 'pose']);
  networks = faceNetworks(runtime, readManifest());
}, 120_000);

afterAll(async () => {
  await engine.close();
  await runtime.close();
});

interface SampleFace {
  readonly photo: Picture;
  readonly box: Rect;
  readonly landmarks: Landmarks;
}

const photos = new Map<number, Promise<Picture>>();

type PhotoNumber = 1 | 2 | 3 | 4 | 5 | 6;

async function found(number: PhotoNumber) {
  const decoded = photos.get(number) ?? readFile(samplePhoto(number)).then((file) => decodePicture(file));
  photos.set(number, decoded);
  const photo = await decoded;
  return { photo, boxes: (await networks.detect(photo)).map(({ box }) => box) };
}

/** `face` counts in the detector's order, best score first. */
async function sample(number: PhotoNumber, face: number): Promise<SampleFace> {
  const { photo, boxes } = await found(number);
  const box = boxes[face]!;
  return { photo, box, landmarks: await networks.landmarks(photo, box) };
}

const lives = new Map<string, Buffer>();

/** The face alone before the camera, drawn once. */
async function sampleLive(number: PhotoNumber, face: number): Promise<Buffer> {
  const known = lives.get(`${number}.${face}`);
  if (known) return known;
  const { photo, boxes } = await found(number);
  const box = boxes[face]!;
  const others = boxes.filter((other) => other !== box);
  const live = await livePicture(photo, box, others);
  lives.set(`${number}.${face}`, live);
  return live;
}

async function signsOf(frame: Uint8Array): Promise<FaceSigns> {
  const { signs, advice } = await engine.assess(frame);
  if (!signs) throw new Error(`no signs, advice ${advice}`);
  return signs;
}

async function mirrored(frame: Uint8Array): Promise<Buffer> {
  return await sharp(frame).flop().jpeg({ quality: 92 }).toBuffer();
}

describe('eyes', () => {
  test('open eyes read open in each sample face that looks, one of them with a head that leans by 45 degrees', async () => {
    for (const [number, face] of [
      [1, 0],
      [1, 2],
      [3, 0],
      [3, 1],
      [3, 2],
      [6, 0],
      [6, 1],
      [6, 2],
      [6, 3],
    ] as const) {
      const { photo, landmarks } = await sample(number, face);
      expect(await networks.eyesOpen(photo, landmarks), `face ${face} of photo ${number}`).toBeGreaterThan(0.55);
    }
  });

  test('open eyes read open in a third of the light', async () => {
    const live = await sampleLive(5, 0);
    expect((await signsOf(await lit(live, 0.3))).eyesOpen).toBeGreaterThan(0.8);
  });

  test('eyes cast down under painted lids read closed, and so do eyes that a lid is drawn over', async () => {
    for (const [number, face] of [
      [1, 1],
      [2, 0],
      [4, 0],
    ] as const) {
      const { photo, landmarks } = await sample(number, face);
      expect(await networks.eyesOpen(photo, landmarks), `face ${face} of photo ${number}`).toBeLessThan(0.45);
    }
    const live = await sampleLive(6, 1);
    const picture = await decodePicture(live);
    const landmarks = await networks.landmarks(picture, mainFace(await networks.detect(picture), 0.5)!.main.box);
    expect((await signsOf(live)).eyesOpen).toBeGreaterThan(0.9);
    expect((await signsOf(await withEyesClosed(picture, landmarks))).eyesOpen).toBeLessThan(0.3);
  });
});

describe('mouth', () => {
  test('a mouth that laughs is open, one that smiles is not', async () => {
    expect((await signsOf(await sampleLive(1, 2))).mouthOpen).toBeGreaterThan(0.2);
    expect((await signsOf(await sampleLive(6, 1))).mouthOpen).toBeLessThan(0.1);
  });
});

describe('turning', () => {
  test("a face that turns to the person's own right, left in the picture, has a positive yaw; mirrored a negative one", async () => {
    // A profile: its nose points to the left edge of the picture.
    const { photo, box, landmarks } = await sample(2, 1);
    expect(landmarks[30]!.x).toBeLessThan((landmarks[36]!.x + landmarks[45]!.x) / 2);
    const { yawDeg } = await networks.pose(photo, box);
    expect(yawDeg).toBeGreaterThan(45);
    const turned = await decodePicture(await mirrored(await readFile(samplePhoto(2))));
    const mirroredBox = { ...box, x: turned.width - box.x - box.width };
    expect((await networks.pose(turned, mirroredBox)).yawDeg).toBeLessThan(-45);
  });

  test('signs are told of a face that is turned too far to be compared, and its mirror image turns the other way', async () => {
    const live = await sampleLive(4, 1);
    const frame = await engine.assess(live);
    expect(frame).toMatchObject({ advice: 'look-straight', good: false });
    expect(frame.signs?.pose.yawDeg).toBeLessThan(-20);
    expect((await signsOf(await mirrored(live))).pose.yawDeg).toBeGreaterThan(20);
  });
});

describe('where and how it looks', () => {
  test('the place is the middle of the face, as shares of the picture', async () => {
    const live = await sampleLive(6, 1);
    const { place } = await signsOf(live);
    expect(place.x).toBeCloseTo(0.5, 1);
    expect(place.y).toBeCloseTo(0.5, 1);
    const shifted = await sharp(live)
      .extract({ left: 200, top: 0, width: 1_080, height: 720 })
      .extend({ right: 200, background: '#777' })
      .jpeg()
      .toBuffer();
    const moved = await signsOf(shifted);
    expect(moved.place.x).toBeCloseTo(place.x - 200 / 1_280, 1);
    expect(moved.place.height).toBeCloseTo(place.height, 1);
  });

  test('one person looks alike in two frames, and another person otherwise', async () => {
    const [lin, wei] = [await sampleLive(6, 1), await sampleLive(3, 1)];
    const difference = (a: FaceSigns, b: FaceSigns): number =>
      a.look.reduce((sum, value, i) => sum + Math.abs(value - b.look[i]!), 0) / a.look.length;
    const first = await signsOf(lin);
    const again = await signsOf(await sharp(lin).modulate({ brightness: 1.01 }).jpeg({ quality: 80 }).toBuffer());
    expect(difference(first, again)).toBeGreaterThan(0);
    expect(difference(first, again)).toBeLessThan(4);
    expect(difference(first, await signsOf(wei))).toBeGreaterThan(12);
  });

  test('no signs are told of nobody, of several people, or of one far away', async () => {
    const live = await sampleLive(6, 1);
    const far = await sharp(live)
      .resize(500)
      .extend({ left: 390, right: 390, top: 220, bottom: 220 })
      .jpeg()
      .toBuffer();
    const group = await sharp(samplePhoto(3)).resize(960).jpeg().toBuffer();
    const room = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#888' } })
      .jpeg()
      .toBuffer();
    for (const [frame, advice] of [
      [far, 'come-closer'],
      [group, 'one-person-only'],
      [room, 'no-face'],
    ] as const) {
      const assessment = await engine.assess(frame);
      expect([assessment.advice, assessment.signs]).toEqual([advice, undefined]);
    }
  });
});
