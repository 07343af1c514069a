import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFaceEngine, type FaceEngine } from '../../../models/face/engine.ts';
import { answerTo, trialPictures } from '../../../scripts/bench/face-memory.ts';
import { defaultWeightsDir, prepareWeights } from '../../../scripts/prepare/weights.ts';

let dir: string;
let engine: FaceEngine;
let pictures: ReadonlyMap<string, Uint8Array>;

beforeAll(async () => {
  await prepareWeights();
  dir = await mkdtemp(join(tmpdir(), 'jiujin-trial-'));
  pictures = await trialPictures(dir);
  engine = await createFaceEngine({ weightsDir: defaultWeightsDir });
}, 120_000);

afterAll(async () => {
  await engine.close();
  await rm(dir, { recursive: true, force: true });
});

test('whatever is held before the camera or comes out of its cable has a clear answer', async () => {
  const answers = new Map<string, string>();
  for (const [name, frame] of pictures) answers.set(name, await answerTo(engine, frame, true));
  expect(Object.fromEntries(answers)).toEqual({
    person: 'hold-still',
    'another person': 'hold-still',
    'person, 3840 × 2160': 'hold-still',
    dark: 'more-light',
    noise: 'no-face',
    'one pixel': 'no-face',
    'JPEG cut off': 'not-a-picture',
    bytes: 'not-a-picture',
    '2 MB': 'too-large',
    nothing: 'not-a-picture',
  });
});
