import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { FaceChallenge } from '../../../main/contracts/view.ts';
import { checkFace, type FaceCall, type FaceProgress } from '../../../main/identity/face-check.ts';
import { createFaceEngine, type FaceEngine, type FrameAssessment } from '../../../models/face/engine.ts';
import { readManifest } from '../../../models/face/manifest.ts';
import { faceNetworks } from '../../../models/face/networks.ts';
import { loadRuntime } from '../../../models/face/runtime.ts';
import { cameraOf, preparePeople } from '../../../scripts/prepare/people.ts';
import type { Doing, PersonCamera } from '../../../scripts/prepare/person-camera.ts';
import { defaultWeightsDir } from '../../../scripts/prepare/weights.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** The real networks, and persons made of photos before a camera that is none. */
let engine: FaceEngine;
let cameras: Record<'lin' | 'wei', PersonCamera>;
let portraits: Record<'lin' | 'wei', Uint8Array>;

beforeAll(async () => {
  const pictures = await preparePeople({ dir: temporaryFolder() });
  portraits = { lin: await readFile(pictures.lin.portrait), wei: await readFile(pictures.wei.portrait) };
  const runtime = await loadRuntime(defaultWeightsDir, readManifest(), ['detect', 'landmarks']);
  const networks = faceNetworks(runtime, readManifest());
  cameras = {
    lin: await cameraOf(await readFile(pictures.lin.live), networks),
    wei: await cameraOf(await readFile(pictures.wei.live), networks),
  };
  await runtime.close();
  engine = await createFaceEngine({ weightsDir: defaultWeightsDir });
}, 120_000);
afterAll(() => engine.close());
// Of the clock only what is read, never what waits: a busy machine takes its time, and the persons do not.
beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** From one frame to the next: a kiosk judges ten a second. */
const FRAME_MS = 100;

/** The persons move alike in every attempt: of two frames that are the same the engine says the same. */
const assessed = new Map<string, FrameAssessment>();

/** A copy, as the check overwrites what it was told. */
async function assess(frame: Uint8Array, embed: boolean): Promise<FrameAssessment> {
  const key = hash('sha1', frame);
  let known = assessed.get(key);
  if (!known || (embed && known.good && !known.embedding)) {
    known = await engine.assess(frame, { embed });
    assessed.set(key, known);
  }
  const { embedding, ...rest } = structuredClone(known);
  return embed && embedding ? { ...rest, embedding } : rest;
}

const call = (async (method: string, params: { frame: Uint8Array; embed: boolean; picture: Uint8Array }) =>
  method === 'assess'
    ? await assess(params.frame, params.embed)
    : await engine.embedPortrait(params.picture)) as unknown as FaceCall;

const drawn = new Map<string, Uint8Array>();

/** To draw a frame is as much work as to judge it. A copy, as the check overwrites each frame. */
async function frameOf(who: 'lin' | 'wei', seconds: number, act: Doing = 'rest'): Promise<Uint8Array> {
  const key = `${who} ${seconds} ${act}`;
  const known = drawn.get(key) ?? (await cameras[who].frame(seconds, act));
  drawn.set(key, known);
  return Uint8Array.from(known);
}

type Shown = (index: number, seconds: number, asked: FaceChallenge | undefined) => Promise<Uint8Array>;

/** One attempt before whatever `shown` gives. */
async function attempt(of: 'lin' | 'wei', shown: Shown, challenges: readonly FaceChallenge[] = []) {
  const startedMs = performance.now();
  const progress: FaceProgress[] = [];
  const log = memoryLog();
  let index = 0;
  const outcome = await checkFace(
    {
      portrait: portraits[of],
      ...{ call, log, framesWanted: 5, challenges: challenges.length, draw: () => challenges },
      ...{ matchThreshold: () => engine.thresholds.match, livenessThreshold: () => engine.thresholds.liveness },
      nextFrame: async (signal) => {
        vi.advanceTimersByTime(FRAME_MS);
        const frame = await shown(index, Math.round(performance.now() - startedMs) / 1_000, progress.at(-1)?.challenge);
        signal.throwIfAborted();
        index += 1;
        return frame;
      },
      onProgress: (now) => progress.push(now),
      onAbandoned: () => undefined,
    },
    new AbortController().signal,
  );
  expect(log.entries).toEqual([]); // no frame was lost
  return { outcome, progress };
}

/** Somebody who does what is asked for, some frames after it is asked; or always the same. */
function doing(who: 'lin' | 'wei', answer: (asked: FaceChallenge) => Doing = (asked) => asked): Shown {
  let asked: FaceChallenge | undefined;
  let since = 0;
  return async (_, seconds, now) => {
    since = now === asked ? since + 1 : 0;
    asked = now;
    const acts = asked !== undefined && since >= 3 && since < 9;
    return await frameOf(who, seconds, acts && asked ? answer(asked) : 'rest');
  };
}

test('the demo person is matched with the own card, and is nobody else’s', { timeout: 60_000 }, async () => {
  const { outcome, progress } = await attempt('lin', doing('lin'));
  expect(outcome).toMatchObject({ verdict: 'matched', reason: 'same-person', breaks: [] });
  expect(progress.at(-1)).toMatchObject({ advice: 'hold-still', goodFrames: 4 });
  expect((await attempt('lin', doing('wei'))).outcome).toMatchObject({ verdict: 'refused', reason: 'another-person' });
});

test.each([
  ['lin', ['blink', 'open-mouth']],
  ['wei', ['turn-right', 'open-mouth', 'turn-left']],
  ['wei', ['open-mouth', 'blink']],
] as const)('%s does what is asked for, %o, and is matched', { timeout: 120_000 }, async (id, acts) => {
  const { outcome, progress } = await attempt(id, doing(id), acts);
  expect(outcome).toMatchObject({ verdict: 'matched', challenges: acts.length, breaks: [] });
  const asked = progress.flatMap(({ challenge }) => challenge ?? []);
  expect([...new Set(asked)]).toEqual(acts);
});

test('who turns the head instead of opening the mouth, twice, has not done it', { timeout: 120_000 }, async () => {
  let turned = 0;
  const turnsAway: Shown = async (_, seconds, asked) => {
    turned = asked ? turned + 1 : 0;
    return await frameOf('wei', seconds, turned % 8 >= 4 ? 'turn-left' : 'rest');
  };
  const { outcome } = await attempt('wei', turnsAway, ['open-mouth']);
  expect(outcome).toMatchObject({ verdict: 'refused', reason: 'act-not-seen', challenges: 0 });
});

test('one picture shown on and on is refused as frozen, half a second in a loop as repeated', {
  timeout: 60_000,
}, async () => {
  const still = await frameOf('lin', 0);
  const frozen = await attempt('lin', async () => Uint8Array.from(still));
  expect(frozen.outcome).toMatchObject({ verdict: 'refused', reason: 'broken-sequence' });
  expect(new Set(frozen.outcome.breaks)).toEqual(new Set(['frozen']));
  const clip = await Promise.all([0, 0.1, 0.2, 0.3].map((seconds) => frameOf('lin', seconds)));
  const looped = await attempt('lin', async (index) => Uint8Array.from(clip[index % clip.length]!));
  expect(looped.outcome).toMatchObject({ verdict: 'refused', reason: 'broken-sequence' });
  expect(new Set(looped.outcome.breaks)).toEqual(new Set(['repeated']));
});

test('who takes the place of the person of the card while an act is asked for is found', {
  timeout: 60_000,
}, async () => {
  let askedFrames = 0;
  const swaps: Shown = async (_, seconds, asked) => {
    askedFrames += asked ? 1 : 0;
    const helper = askedFrames > 2;
    return await frameOf(helper ? 'wei' : 'lin', seconds);
  };
  const { outcome } = await attempt('lin', swaps, ['blink']);
  expect(outcome).toMatchObject({ verdict: 'refused', reason: 'another-person', breaks: ['changed'] });
});
