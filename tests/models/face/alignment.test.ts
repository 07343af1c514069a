import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { similarity } from '../../../models/face/compare.ts';
import { createFaceEngine } from '../../../models/face/engine.ts';
import { readManifest } from '../../../models/face/manifest.ts';
import { preparePeople } from '../../../scripts/prepare/people.ts';
import { defaultWeightsDir } from '../../../scripts/prepare/weights.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('weights that expect the face elsewhere get it there, and what is measured of it stays the same', async () => {
  const pictures = await preparePeople({ dir: temporaryFolder() });
  const photo = await readFile(pictures.lin.live);
  const manifest = structuredClone(readManifest());
  for (const point of manifest.alignment) point.y += 6;
  const [usual, lower] = [
    await createFaceEngine({ weightsDir: defaultWeightsDir }),
    await createFaceEngine({ weightsDir: defaultWeightsDir, manifest }),
  ];
  const [as, then] = [await usual.assess(photo, { embed: true }), await lower.assess(photo, { embed: true })];
  await usual.close();
  await lower.close();
  const { embedding, ms: _, ...measured } = as;
  const { embedding: other, ms: __, ...measuredThen } = then;
  expect(measuredThen).toEqual(measured);
  expect(similarity(embedding!, other!)).toBeLessThan(0.98);
}, 60_000);
