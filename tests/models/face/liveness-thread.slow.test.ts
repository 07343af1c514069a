import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { beforeAll, expect, test } from 'vitest';
import { createFaceEngine, type FaceEngine } from '../../../models/face/engine.ts';
import { BUSY, IDLE, type LivenessQuestion, type LivenessThreadData } from '../../../models/face/liveness-messages.ts';
import { type LivenessThread, startLivenessThread } from '../../../models/face/liveness-thread.ts';
import { readManifest } from '../../../models/face/manifest.ts';
import { faceNetworks } from '../../../models/face/networks.ts';
import { decodePicture, type Picture } from '../../../models/face/picture.ts';
import { loadRuntime } from '../../../models/face/runtime.ts';
import type { Rect } from '../../../models/face/sampling.ts';
import { preparePeople } from '../../../scripts/prepare/people.ts';
import { defaultWeightsDir, prepareWeights } from '../../../scripts/prepare/weights.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { flat, jpeg, samplePhoto } from './pictures.ts';

const manifest = readManifest();

beforeAll(() => prepareWeights(), 120_000);

async function withThread<T>(work: (thread: LivenessThread) => Promise<T>): Promise<T> {
  const thread = await startLivenessThread(defaultWeightsDir, manifest);
  return await work(thread).finally(() => thread.close());
}

/** Of an odd number of bytes. */
const room = flat(961, 541, [120, 110, 100]);
const somewhere: Rect = { x: 400, y: 150, width: 160, height: 200 };

test('liveness is the same number in its thread, whatever was asked before and beside it', async () => {
  const runtime = await loadRuntime(defaultWeightsDir, manifest, ['detect', 'liveness']);
  const networks = faceNetworks(runtime, manifest);
  const cases: { readonly picture: Picture; readonly box: Rect }[] = [{ picture: room, box: somewhere }];
  for (const number of [1, 6, 3] as const) {
    const picture = await decodePicture(await readFile(samplePhoto(number)));
    for (const { box } of await networks.detect(picture)) cases.push({ picture, box });
  }
  const expected: number[] = [];
  for (const { picture, box } of cases) expected.push(await networks.liveness(picture, box));
  await runtime.close();
  const scores = await withThread((thread) =>
    Promise.all(cases.map(({ picture, box }) => thread.liveness(picture, box))),
  );
  expect(scores.length).toBeGreaterThan(10);
  expect(scores).toEqual(expected);
});

test("a frame's answer does not depend on the frame before it", async () => {
  const { lin, wei } = await preparePeople({ dir: temporaryFolder() });
  const frames = {
    lin: await readFile(lin.live),
    wei: await readFile(wei.live),
    group: await readFile(samplePhoto(3)),
    nobody: await jpeg(room),
  };
  type Name = keyof typeof frames;
  const answer = async (engine: FaceEngine, name: Name) => {
    const { ms: _, ...rest } = await engine.assess(frames[name]);
    return rest;
  };
  const engine = await createFaceEngine({ weightsDir: defaultWeightsDir });
  const alone: Partial<Record<Name, unknown>> = {};
  for (const name of ['lin', 'wei', 'group', 'nobody'] as const) {
    await answer(engine, 'nobody');
    alone[name] = await answer(engine, name);
  }
  const names: Name[] = ['lin', 'lin', 'wei', 'group', 'wei', 'wei', 'nobody', 'lin', 'group', 'lin'];
  const inTurn = await Promise.all(names.map((name) => answer(engine, name)));
  await engine.close();
  expect(alone).toMatchObject({ lin: { good: true }, wei: { good: true }, group: { good: false } });
  expect(inTurn).toEqual(names.map((name) => alone[name]));
});

test('the thread keeps nothing of a picture, and rests from its answer on', async () => {
  const state = new Int32Array(new SharedArrayBuffer(4)).fill(BUSY);
  const workerData: LivenessThreadData = { weightsDir: defaultWeightsDir, manifest, state };
  const entry = new URL('../../../models/face/liveness-worker.ts', import.meta.url);
  const worker = new Worker(entry, { workerData });
  expect(await once(worker, 'message')).toEqual(['ready']);
  const rgb = new Uint8Array(new SharedArrayBuffer(room.rgb.length));
  rgb.set(room.rgb);
  state[0] = BUSY;
  worker.postMessage({ picture: { ...room, rgb }, box: somewhere } satisfies LivenessQuestion);
  await once(worker, 'message');
  expect(rgb.every((value) => value === 0)).toBe(true);
  expect(state[0]).toBe(IDLE);
  worker.postMessage('close' satisfies LivenessQuestion);
  expect(await once(worker, 'exit')).toEqual([0]);
});

test('once the thread is gone every call says so, and closing it does no harm', async () => {
  const thread = await startLivenessThread(defaultWeightsDir, manifest);
  const noBox = undefined as unknown as Rect; // a bug: nothing from outside can end the thread
  const calls = [thread.liveness(room, noBox), thread.liveness(room, somewhere)];
  for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'thread-lost' });
  expect(thread.lost.reason).toMatchObject({ code: 'thread-lost', cause: expect.any(TypeError) });
  await thread.close();
});

test('a thread that is closed is not lost', async () => {
  const thread = await startLivenessThread(defaultWeightsDir, manifest);
  const score = thread.liveness(room, somewhere);
  await Promise.all([thread.close(), thread.close()]);
  expect(await score).toBeTypeOf('number');
  expect(thread.lost.aborted).toBe(false);
});

/** Exit code of a process whose thread is warm and asked something, and which goes on with `then`; or the signal that ended it. */
async function endOf(then: string): Promise<unknown> {
  const at = (path: string): string => JSON.stringify(new URL(`../../../models/face/${path}`, import.meta.url).href);
  const program = `
    import { startLivenessThread } from ${at('liveness-thread.ts')};
    import { readManifest } from ${at('manifest.ts')};
    const thread = await startLivenessThread(${JSON.stringify(defaultWeightsDir)}, readManifest());
    const picture = { width: 960, height: 540, rgb: new Uint8Array(960 * 540 * 3).fill(100) };
    const ask = () => thread.liveness(picture, ${JSON.stringify(somewhere)});
    for (let i = 0; i < 5; i += 1) await ask();
    const answer = ask();
    ${then}`;
  const file = join(temporaryFolder(), 'program.mjs');
  await writeFile(file, program);
  const child = spawn(process.execPath, [file], { stdio: 'ignore' });
  const [code, signal] = await once(child, 'exit');
  return code ?? signal;
}

/** Without care 10 of 12 such processes abort. */
test.each([1, 3, 6])('a process may end %i ms after it asked, in the middle of a network', async (ms) => {
  expect(await endOf(`setTimeout(() => process.exit(7), ${ms});`)).toBe(7);
});

test('a process that leaves its thread open ends when it has nothing else to do', async () => {
  expect(await endOf('await answer; process.exitCode = 7;')).toBe(7);
});
