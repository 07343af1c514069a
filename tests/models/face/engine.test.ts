import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Embedding, similarity } from '../../../models/face/compare.ts';
import { createFaceEngine, type FaceEngine } from '../../../models/face/engine.ts';
import { modelNames, readManifest } from '../../../models/face/manifest.ts';
import { type FaceNetworks, faceNetworks } from '../../../models/face/networks.ts';
import { decodePicture, type Picture } from '../../../models/face/picture.ts';
import { type FaceRuntime, loadRuntime } from '../../../models/face/runtime.ts';
import type { Rect } from '../../../models/face/sampling.ts';
import { preparePeople } from '../../../scripts/prepare/people.ts';
import { chipPortrait, livePicture } from '../../../scripts/prepare/person-pictures.ts';
import { defaultWeightsDir, prepareWeights } from '../../../scripts/prepare/weights.ts';
import { bmp, flat, jpeg, samplePhoto } from './pictures.ts';

let dir: string;
let engine: FaceEngine;
let runtime: FaceRuntime;
let networks: Pick<FaceNetworks, 'detect'>;
/** One invented resident: the chip's portrait and a camera picture from another day; and another person. */
let lin: { portrait: Buffer; live: Buffer };
let wei: { portrait: Buffer; live: Buffer };

beforeAll(async () => {
  await prepareWeights();
  dir = await mkdtemp(join(tmpdir(), 'jiujin-face-'));
  const people = await preparePeople({ dir });
  lin = { portrait: await readFile(people.lin.portrait), live: await readFile(people.lin.live) };
  wei = { portrait: await readFile(people.wei.portrait), live: await readFile(people.wei.live) };
  engine = await createFaceEngine({ weightsDir: defaultWeightsDir });
  runtime = await loadRuntime(defaultWeightsDir, readManifest(), ['detect']);
  networks = faceNetworks(runtime, readManifest());
}, 120_000);

afterAll(async () => {
  await engine.close();
  await runtime.close();
  await rm(dir, { recursive: true, force: true });
});

async function liveEmbedding(frame: Uint8Array): Promise<Embedding> {
  const { embedding, advice } = await engine.assess(frame, { embed: true });
  if (!embedding) throw new Error(`no embedding, advice ${advice}`);
  return embedding;
}

async function chipEmbedding(portrait: Uint8Array): Promise<Embedding> {
  const result = await engine.embedPortrait(portrait);
  if ('notComparable' in result) throw new Error(`not comparable: ${result.notComparable}`);
  return result.embedding;
}

/** From the hairline to the chin, 480 × 600. */
async function closeUp({ rgb, width, height }: Picture, box: Rect): Promise<Buffer> {
  const cut = { width: Math.round(box.height * 0.8), height: Math.round(box.height) };
  const left = Math.round(box.x + (box.width - cut.width) / 2);
  return await sharp(rgb, { raw: { width, height, channels: 3 } })
    .extract({ left, top: Math.round(box.y), ...cut })
    .resize(480, 600)
    .png()
    .toBuffer();
}

describe('who it is', () => {
  test('the person before the camera is the one on the card', async () => {
    const cosine = similarity(await chipEmbedding(lin.portrait), await liveEmbedding(lin.live));
    expect(cosine).toBeGreaterThan(engine.thresholds.match + 0.1);
  });

  test('another person before the camera is not', async () => {
    expect(similarity(await chipEmbedding(lin.portrait), await liveEmbedding(wei.live))).toBeLessThan(0.3);
    expect(similarity(await chipEmbedding(wei.portrait), await liveEmbedding(lin.live))).toBeLessThan(0.3);
  });

  test('a portrait matches as BMP, as PNG and as a hard compressed JPEG', async () => {
    const live = await liveEmbedding(lin.live);
    const picture = await decodePicture(lin.portrait);
    const files = [bmp(picture), await sharp(lin.portrait).png().toBuffer(), await jpeg(picture, 55)];
    for (const file of files) {
      expect(similarity(await chipEmbedding(file), live)).toBeGreaterThan(engine.thresholds.match);
    }
  });

  test('an embedding has 512 numbers and length one', async () => {
    const embedding = await liveEmbedding(lin.live);
    expect(embedding).toHaveLength(512);
    expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
  });

  test('three group photos have one person in common, and strangers in them stay strangers', async () => {
    const faces: [string, Embedding][] = [];
    for (const number of [1, 3, 5] as const) {
      const photo = await decodePicture(await readFile(samplePhoto(number)));
      for (const [i, { box }] of (await networks.detect(photo)).entries()) {
        faces.push([`${number}.${i}`, await chipEmbedding(await chipPortrait(photo, box))]);
      }
    }
    const pairs = faces.flatMap(([a, one], i) =>
      faces.slice(i + 1).map(([b, other]) => ({ pair: `${a} ${b}`, cosine: similarity(one, other) })),
    );
    expect(pairs).toHaveLength(55);
    expect(pairs.filter(({ cosine }) => cosine >= engine.thresholds.match).map(({ pair }) => pair)).toEqual([
      '1.2 3.1',
    ]);
  });

  test('a portrait with room on all sides and one cut close to the face are the same person', async () => {
    const photo = sharp(lin.live);
    const { width, height } = await photo.metadata();
    const close = await photo
      .extract({ left: width / 2 - 190, top: height / 2 - 240, width: 380, height: 470 })
      .toBuffer();
    const tight = await sharp(close).resize(102, 126).jpeg({ quality: 55 }).toBuffer();
    expect(similarity(await chipEmbedding(tight), await chipEmbedding(lin.portrait))).toBeGreaterThan(
      engine.thresholds.match,
    );
  });

  test('a face from edge to edge of a photo is the person on the chip', async () => {
    const cosines: number[] = [];
    for (const [number, face] of [
      [3, 2],
      [4, 1],
      [4, 2],
    ] as const) {
      const photo = await decodePicture(await readFile(samplePhoto(number)));
      const { box } = (await networks.detect(photo))[face]!;
      const { embedding } = await engine.embedFrame(await closeUp(photo, box));
      cosines.push(similarity(embedding, await chipEmbedding(await chipPortrait(photo, box))));
    }
    expect(Math.min(...cosines)).toBeGreaterThan(0.8);
  });
});

describe('what the camera shows', () => {
  test('one person in place is a good frame, alive, and embedded only when asked', async () => {
    const frame = await engine.assess(lin.live);
    expect(frame).toMatchObject({ faces: 1, advice: 'hold-still', good: true });
    expect(frame.liveness).toBeGreaterThan(0.9);
    expect(frame.embedding).toBeUndefined();
    expect((await engine.assess(wei.live)).liveness).toBeGreaterThan(0.9);
  });

  test('a picture of a person on a dark-rimmed screen is not alive, and is never embedded', async () => {
    const shown = await sharp(wei.live)
      .extract({ left: 400, top: 60, width: 480, height: 600 })
      .extend({ top: 14, bottom: 14, left: 14, right: 14, background: '#000' })
      .toBuffer();
    const frame = await sharp({ create: { width: 1_280, height: 720, channels: 3, background: '#c8c8c8' } })
      .composite([{ input: shown, left: 386, top: 46 }])
      .jpeg()
      .toBuffer();
    const { advice, good, embedding } = await engine.assess(frame, { embed: true });
    expect({ advice, good, embedding }).toEqual({ advice: 'not-live', good: false, embedding: undefined });
    expect(await engine.checkLiveness(frame)).toMatchObject({ live: false });
  });

  test('an empty room is no face', async () => {
    const room = await jpeg(flat(1_280, 720, [120, 130, 140]));
    expect(await engine.assess(room, { embed: true })).toMatchObject({ faces: 0, advice: 'no-face', good: false });
  });

  test('three people side by side are asked to come one at a time', async () => {
    const group = await sharp(samplePhoto(3)).resize(960).jpeg().toBuffer();
    const frame = await engine.assess(group, { embed: true });
    expect(frame).toMatchObject({ faces: 3, advice: 'one-person-only', good: false });
    expect(frame.embedding).toBeUndefined();
  });

  test('a person behind the one in front does not stop the check', async () => {
    const behind = await sharp(wei.live).resize(400).toBuffer();
    const frame = await sharp(lin.live)
      .composite([{ input: behind, left: 0, top: 40 }])
      .jpeg()
      .toBuffer();
    expect(await engine.assess(frame)).toMatchObject({ faces: 1, good: true });
  });

  test('a person far away is asked to come closer', async () => {
    const far = await sharp(lin.live)
      .resize(500)
      .extend({ left: 390, right: 390, top: 220, bottom: 220 })
      .jpeg()
      .toBuffer();
    expect((await engine.assess(far)).advice).toBe('come-closer');
  });

  test('a person at the edge is asked to the middle', async () => {
    const aside = await sharp(lin.live).extract({ left: 460, top: 0, width: 820, height: 720 }).toBuffer();
    const frame = await sharp(aside).extend({ right: 460, background: '#222' }).jpeg().toBuffer();
    expect((await engine.assess(frame)).advice).toBe('center-face');
  });

  test('a dark picture asks for light, a shaken one for calm', async () => {
    expect((await engine.assess(await sharp(lin.live).linear(0.3, 0).jpeg().toBuffer())).advice).toBe('more-light');
    expect((await engine.assess(await sharp(lin.live).blur(9).jpeg().toBuffer())).advice).toBe('blurred');
  });

  test('a face turned away is asked to look straight', async () => {
    const photo = await decodePicture(await readFile(samplePhoto(4)));
    const turned = { x: 265, y: 195, width: 161, height: 250 };
    const neighbour = { x: 662, y: 64, width: 185, height: 249 };
    expect((await engine.assess(await livePicture(photo, turned, [neighbour]))).advice).toBe('look-straight');
  });
});

describe('what is no face', () => {
  test.each<[string, () => Promise<Uint8Array>]>([
    ['one pixel', () => jpeg(flat(1, 1, [9, 9, 9]))],
    ['a line of pixels', () => jpeg(flat(1_000, 1, [9, 9, 9]))],
    ['a wall', () => jpeg(flat(300, 400, [200, 180, 160]))],
  ])('%s has no face, and is no error of the engine', async (_, file) => {
    const bytes = await file();
    expect(await engine.embedPortrait(bytes)).toEqual({ notComparable: 'no-face' });
    await expect(engine.embedFrame(bytes)).rejects.toMatchObject({ code: 'no-face' });
    await expect(engine.checkLiveness(bytes)).rejects.toMatchObject({ code: 'no-face' });
  });

  test('what a decoder spoiled cannot be compared, and stops nobody', async () => {
    expect(await engine.embedPortrait(lin.portrait.subarray(0, 900))).toEqual({ notComparable: 'not-a-picture' });
    expect(await engine.embedPortrait(new Uint8Array(1_024))).toEqual({ notComparable: 'not-a-picture' });
  });

  test('a broken frame is refused, and the next one is assessed', async () => {
    const broken = engine.assess(lin.live.subarray(0, 20_000));
    const next = engine.assess(lin.live);
    await expect(broken).rejects.toMatchObject({ code: 'not-a-picture' });
    expect(await next).toMatchObject({ good: true });
  });

  test('of several equal faces none is taken for the one meant', async () => {
    const group = await readFile(samplePhoto(3));
    await expect(engine.embedFrame(group)).rejects.toMatchObject({ code: 'several-faces' });
    expect(await engine.embedPortrait(group)).toEqual({ notComparable: 'several-faces' });
  });
});

describe('the weights', () => {
  test('a missing file is named', async () => {
    const empty = await mkdtemp(join(dir, 'empty-'));
    await expect(createFaceEngine({ weightsDir: empty })).rejects.toMatchObject({
      code: 'weights-missing',
      message: expect.stringContaining('fr_detect.onnx'),
    });
  });

  test('one changed byte in any file keeps the engine from starting', async () => {
    const { weights } = readManifest();
    for (const changed of modelNames) {
      const copy = await mkdtemp(join(dir, 'changed-'));
      for (const model of modelNames) {
        const { file } = weights[model];
        if (model !== changed) await copyFile(join(defaultWeightsDir, file), join(copy, file));
      }
      const { file } = weights[changed];
      const bytes = await readFile(join(defaultWeightsDir, file));
      bytes[bytes.length >> 1]! ^= 1;
      await writeFile(join(copy, file), bytes);
      await expect(createFaceEngine({ weightsDir: copy })).rejects.toMatchObject({
        code: 'weights-changed',
        message: expect.stringContaining(file),
      });
    }
  });

  test('a closed engine says so, and closing it again does no harm', async () => {
    const short = await createFaceEngine({ weightsDir: defaultWeightsDir });
    await short.close();
    await short.close();
    await expect(short.assess(lin.live)).rejects.toMatchObject({ code: 'closed' });
  });
});
