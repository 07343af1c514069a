import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFaceEngine, type FaceEngine } from '../../../models/face/engine.ts';
import { feed, growth, trialPictures } from '../../../scripts/bench/face-memory.ts';
import { defaultWeightsDir, prepareWeights } from '../../../scripts/prepare/weights.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let engine: FaceEngine;

beforeAll(async () => {
  await prepareWeights();
  engine = await createFaceEngine({ weightsDir: defaultWeightsDir });
}, 120_000);

afterAll(() => engine.close());

/** `npm run bench -- face-memory` takes a thousand. */
test('sixty pictures of all kinds leave no memory behind', async () => {
  const frames = [...(await trialPictures(temporaryFolder())).values()];
  await feed(engine, frames, 40);
  const { before, after } = growth(await feed(engine, frames, 60));
  expect(after / before).toBeLessThanOrEqual(1.1);
}, 60_000);
