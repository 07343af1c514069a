import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { readManifest } from '../../../models/face/manifest.ts';
import { loadRuntime } from '../../../models/face/runtime.ts';
import { defaultWeightsDir, prepareWeights } from '../../../scripts/prepare/weights.ts';

test('between two runs the threads of a network rest, and leave the cores to the page', async () => {
  await prepareWeights();
  const manifest = readManifest();
  const runtime = await loadRuntime(defaultWeightsDir, manifest, ['embed']);
  const { input, session } = manifest.weights.embed;
  const values = new Float32Array(input.shape.reduce((a, b) => a * b, 1));
  let busyMs = 0;
  let idleMs = 0;
  for (let run = 0; run < 10; run += 1) {
    await runtime.run('embed', values);
    const [before, startedMs] = [process.cpuUsage(), performance.now()];
    await pause(40);
    const { user, system } = process.cpuUsage(before);
    busyMs += (user + system) / 1_000;
    idleMs += performance.now() - startedMs;
  }
  await runtime.close();
  expect(session.intraOpNumThreads).toBeGreaterThan(1);
  expect(busyMs / idleMs).toBeLessThan(0.1);
}, 60_000);
