import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { readManifest } from '../../../models/face/manifest.ts';
import { loadRuntime } from '../../../models/face/runtime.ts';
import { defaultWeightsDir, prepareWeights } from '../../../scripts/prepare/weights.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('between two runs the threads of a network rest, and leave the cores to the page', async () => {
  await prepareWeights();
  const manifest = readManifest();
  const runtime = await loadRuntime(defaultWeightsDir, manifest, ['embed']);
  const { input, session } = manifest.weights.embed;
  const values = new Float32Array(input.shape.reduce((a, b) => a * b, 1));
  const busy: number[] = [];
  for (let run = 0; run < 11; run += 1) {
    await runtime.run('embed', values);
    const [before, startedMs] = [process.cpuUsage(), performance.now()];
    await pause(40);
    const { user, system } = process.cpuUsage(before);
    busy.push((user + system) / 1_000 / (performance.now() - startedMs));
  }
  await runtime.close();
  expect(session.intraOpNumThreads).toBeGreaterThan(1);
  // A thread that spins makes it 1 in every pause; one pause or two may hold a collection of garbage.
  expect(busy.toSorted((a, b) => a - b)[5]).toBeLessThan(0.1);
}, 60_000);

test('nothing of what is run is told to the maker of the runtime, or kept to be told later', async () => {
  await prepareWeights();
  const at = (path: string): string => JSON.stringify(new URL(`../../../models/face/${path}`, import.meta.url).href);
  const [dir, home] = [temporaryFolder(), temporaryFolder()];
  const file = join(dir, 'program.mjs');
  // The engine: one network is opened in its thread.
  await writeFile(
    file,
    `import { createFaceEngine } from ${at('engine.ts')};
    const engine = await createFaceEngine({ weightsDir: ${JSON.stringify(defaultWeightsDir)} });
    await engine.close();
    console.log('loaded');`,
  );
  const env = { ...process.env, HOME: home, TMPDIR: home, XDG_CACHE_HOME: home, ORT_DISABLE_TELEMETRY: '' };
  const { stdout } = await promisify(execFile)(process.execPath, [file], { env });
  expect(stdout).toBe('loaded\n');
  expect(readdirSync(home, { recursive: true })).toEqual([]);
}, 60_000);
