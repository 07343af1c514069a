import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { z } from 'zod';
import { createFaceEngine, type FaceEngine } from '../../models/face/engine.ts';
import { FaceError } from '../../models/face/errors.ts';
import { faceLaunch } from '../../models/face/launch.ts';
import { userCacheDir } from '../prepare/cache.ts';
import { preparePeople } from '../prepare/people.ts';
import { defaultWeightsDir, prepareWeights } from '../prepare/weights.ts';
import type { BenchResult } from './result.ts';

const CHECKS = 1_000;
/** "No growth of memory over 1,000 checks (≤ 10 % after warm-up)." */
const GOAL = 1.1;
/** Until the allocators have their pools: every kind of picture twenty times. */
const WARM_UP_CHECKS = 200;

/** What a camera, a cable or an attacker may put before the engine. */
export async function trialPictures(dir: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const { lin, wei } = await preparePeople({ dir });
  const live = await readFile(lin.live);
  const [width, height] = [1_280, 720];
  const noise = new Uint8Array(width * height * 3).map((_, i) => Math.imul(i + 1, 2_654_435_761) >>> 13);
  return new Map<string, Uint8Array>([
    ['person', live],
    ['another person', await readFile(wei.live)],
    ['person, 3840 × 2160', await sharp(live).resize(3_840, 2_160).jpeg({ quality: 80 }).toBuffer()],
    ['dark', await sharp(live).linear(0.2, 0).jpeg().toBuffer()],
    [
      'noise',
      await sharp(noise, { raw: { width, height, channels: 3 } })
        .jpeg({ quality: 60 })
        .toBuffer(),
    ],
    [
      'one pixel',
      await sharp({ create: { width: 1, height: 1, channels: 3, background: '#777' } })
        .jpeg()
        .toBuffer(),
    ],
    ['JPEG cut off', live.subarray(0, live.length >> 1)],
    ['bytes', noise.subarray(0, 100_000)],
    ['2 MB', new Uint8Array(2_000_000)],
    ['nothing', new Uint8Array()],
  ]);
}

/** What the engine says of a frame: an advice, or the code of its error. Anything else is a bug, and thrown. */
export async function answerTo(engine: FaceEngine, frame: Uint8Array, embed: boolean): Promise<string> {
  try {
    return (await engine.assess(frame, { embed })).advice;
  } catch (error) {
    if (error instanceof FaceError) return error.code;
    throw error;
  }
}

/** Resident megabytes of this process while `checks` pictures are assessed, in turn, one sample after each. */
export async function feed(engine: FaceEngine, frames: readonly Uint8Array[], checks: number): Promise<number[]> {
  const megabytes: number[] = [];
  for (let check = 0; check < checks; check += 1) {
    await answerTo(engine, frames[check % frames.length]!, check % 3 === 0);
    megabytes.push(process.memoryUsage.rss() / 2 ** 20);
  }
  return megabytes;
}

/** A garbage collector's saw teeth are longer than one check: compared are the medians of the first and the last tenth. */
export function growth(megabytes: readonly number[]): { readonly before: number; readonly after: number } {
  const tenth = Math.ceil(megabytes.length / 10);
  return { before: median(megabytes.slice(0, tenth)), after: median(megabytes.slice(-tenth)) };
}

/** In a process started as the terminal's face process is, and with nothing else in it: other benches' libraries hide a tenth. */
export async function benchFaceMemory(): Promise<BenchResult[]> {
  const child = fork(new URL('./face-memory-process.ts', import.meta.url), {
    execArgv: [...faceLaunch.execArgv],
    env: { ...process.env, ...faceLaunch.env },
  });
  const measured = once(child, 'message');
  const ended = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`the measured process exited with ${code}`)),
  );
  const [message] = await Promise.race([measured, ended]);
  const { before, after } = memoryMessage.parse(message);
  const ratio = Math.round((after / before) * 1_000) / 1_000;
  return [
    { id: 'resident-after-200-checks', unit: 'kB', median: Math.round(before * 1_024) },
    { id: 'resident-after-1200-checks', unit: 'kB', median: Math.round(after * 1_024) },
    { id: 'growth', unit: '×', median: ratio, goal: GOAL, met: ratio <= GOAL },
  ];
}

const memoryMessage = z.strictObject({ before: z.number().positive(), after: z.number().positive() });

/** The whole measurement; megabytes. */
export async function measureMemory(): Promise<z.infer<typeof memoryMessage>> {
  await prepareWeights();
  const frames = [...(await trialPictures(`${userCacheDir()}/bench`)).values()];
  const engine = await createFaceEngine({ weightsDir: defaultWeightsDir });
  try {
    await feed(engine, frames, WARM_UP_CHECKS);
    return growth(await feed(engine, frames, CHECKS));
  } finally {
    await engine.close();
  }
}

function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)]!;
}
