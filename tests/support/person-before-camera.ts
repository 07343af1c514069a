import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { FaceChallenge } from '../../main/contracts/view.ts';
import { readManifest } from '../../models/face/manifest.ts';
import { faceNetworks } from '../../models/face/networks.ts';
import { loadRuntime } from '../../models/face/runtime.ts';
import { zhCn } from '../../renderer/i18n/zh-cn.ts';
import { peopleDir } from '../../scripts/prepare/main.ts';
import { cameraOf, type PersonId } from '../../scripts/prepare/people.ts';
import { CAMERA, type Doing } from '../../scripts/prepare/person-camera.ts';
import { defaultWeightsDir } from '../../scripts/prepare/weights.ts';

/** One JPEG of everything that a person does, in the camera's size. */
export type Poses = Readonly<Record<Doing, Buffer>>;

/** What a person does when the page asks for an act. */
export type Answers = Readonly<Record<FaceChallenge, Doing>>;

export const doesIt: Answers = {
  blink: 'blink',
  'turn-left': 'turn-left',
  'turn-right': 'turn-right',
  'open-mouth': 'open-mouth',
};
export const doesAnother: Answers = {
  blink: 'open-mouth',
  'turn-left': 'turn-right',
  'turn-right': 'open-mouth',
  'open-mouth': 'turn-left',
};
export const doesNothing: Answers = { blink: 'rest', 'turn-left': 'rest', 'turn-right': 'rest', 'open-mouth': 'rest' };

/** Wants the residents' pictures in their place (`prepare`). */
export async function posesOf(id: PersonId): Promise<Poses> {
  const runtime = await loadRuntime(defaultWeightsDir, readManifest(), ['detect', 'landmarks']);
  try {
    const live = await readFile(join(peopleDir, `${id}-live.jpg`));
    const camera = await cameraOf(live, faceNetworks(runtime, readManifest()));
    return {
      rest: await camera.frame(0),
      blink: await camera.frame(0, 'blink'),
      'turn-left': await camera.frame(0, 'turn-left'),
      'turn-right': await camera.frame(0, 'turn-right'),
      'open-mouth': await camera.frame(0, 'open-mouth'),
    };
  } finally {
    await runtime.close();
  }
}

/**
 * Puts a person before the camera of an open page: breathes, sways, is seen with a sensor's noise, reads what the page asks for in
 * Chinese and answers it, slowly and again and again. The page finds a camera stream and nothing else. Whoever stood there goes.
 */
export async function standBefore(page: Page, poses: Poses, answers: Answers): Promise<void> {
  const pictures = Object.fromEntries(Object.entries(poses).map(([doing, jpeg]) => [doing, jpeg.toString('base64')]));
  const answered = Object.fromEntries(
    Object.entries(zhCn.faceChallenge).map(([act, words]) => [words, answers[act as FaceChallenge]]), // the keys of zh-cn.ts
  );
  await page.evaluate(`(${person})(${JSON.stringify({ pictures, answered, ...CAMERA })})`);
}

/** As text: these programs are checked without the browser's types. */
const person = `async ({ pictures, answered, width, height }) => {
  const FRAMES_PER_S = 10; // as many as a terminal judges
  const READS_MS = 600, DOES_MS = 1_800, RESTS_MS = 1_000; // twice within the time for an act
  const bitmaps = {};
  for (const [doing, base64] of Object.entries(pictures)) {
    const image = new Image();
    image.src = 'data:image/jpeg;base64,' + base64;
    await image.decode();
    bitmaps[doing] = await createImageBitmap(image);
  }
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d');
  const noise = Object.assign(document.createElement('canvas'), { width: width + 64, height: height + 64 });
  const grain = new ImageData(noise.width, noise.height);
  for (let at = 0; at < grain.data.length; at += 4) {
    grain.data.fill(Math.random() * 255, at, at + 3);
    grain.data[at + 3] = 6;
  }
  noise.getContext('2d').putImageData(grain, 0, 0);

  let asked, sinceMs = 0;
  const doing = (nowMs) => {
    const words = document.querySelector('h1')?.textContent;
    if (words !== asked) [asked, sinceMs] = [words, nowMs];
    const inTurnMs = (nowMs - sinceMs) % (READS_MS + DOES_MS + RESTS_MS);
    const acts = inTurnMs >= READS_MS && inTurnMs < READS_MS + DOES_MS;
    return (acts && answered[words]) || 'rest';
  };
  const draw = () => {
    const nowMs = performance.now();
    const wave = (everyS) => Math.sin((nowMs / 1000 / everyS) * 2 * Math.PI);
    const zoom = 1.02 + 0.006 * wave(3.1) + 0.003 * wave(1.3);
    const turn = 0.008 * wave(6.1) + 0.004 * wave(2.2);
    const [cos, sin] = [zoom * Math.cos(turn), zoom * Math.sin(turn)];
    const [x, y] = [width / 2 + 5 * wave(5.7) + 2 * wave(1.9), height / 2 + 3 * wave(2.9) + 1.5 * wave(0.9)];
    context.setTransform(cos, sin, -sin, cos, x, y);
    context.drawImage(bitmaps[doing(nowMs)], -width / 2, -height / 2);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(noise, -Math.random() * 64, -Math.random() * 64);
  };
  clearInterval(window.standing);
  window.standing = setInterval(draw, 1000 / FRAMES_PER_S);
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(FRAMES_PER_S);
}`;
