import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FaceQuality } from '../../models/face/quality.ts';
import { evaluatePairs, type LivenessReport, type PairsReport } from '../../scripts/evaluate-face/evaluate.ts';
import { asChipPhoto } from '../../scripts/evaluate-face/pictures.ts';
import { preparePeople } from '../../scripts/prepare/people.ts';
import { prepareWeights } from '../../scripts/prepare/weights.ts';
import { flat, jpeg, samplePhoto } from '../models/face/pictures.ts';

const script = fileURLToPath(new URL('../../scripts/evaluate-face/main.ts', import.meta.url));
const run = promisify(execFile);
let dir: string;

beforeAll(async () => {
  await prepareWeights();
  dir = await mkdtemp(join(tmpdir(), 'jiujin-evaluate-'));
  const people = await preparePeople({ dir });
  for (const [name, path] of Object.entries({
    lin: people.lin.live,
    wei: people.wei.live,
    card: people.lin.portrait,
  })) {
    await writeFile(join(dir, `${name}.jpg`), await readFile(path));
  }
  await writeFile(join(dir, 'group.jpg'), await readFile(samplePhoto(1)));
  await writeFile(join(dir, 'wall.jpg'), await jpeg(flat(400, 300, [120, 130, 140])));
  await writeFile(
    join(dir, 'pairs.csv'),
    'a,b,same,person_a,person_b\ncard.jpg,lin.jpg,1,lin,lin\ncard.jpg,wei.jpg,0,lin,wei\nlin.jpg,wall.jpg,1,lin,lin\nwei.jpg,group.jpg,0,wei,lin\n',
  );
  await writeFile(join(dir, 'spoofs.csv'), 'file,species\nlin.jpg,live\nwei.jpg,live\nwall.jpg,mask\ncard.jpg,print\n');
}, 120_000);
afterAll(() => rm(dir, { recursive: true, force: true }));

type Reported = { match: PairsReport; liveness?: LivenessReport; manifest: string[] };

async function evaluated(...words: string[]): Promise<Reported> {
  const { stdout } = await run(process.execPath, [
    script,
    '--pairs',
    join(dir, 'pairs.csv'),
    '--images',
    dir,
    '--json',
    ...words,
  ]);
  return JSON.parse(stdout) as Reported;
}

test('a photo narrower than the chip portrait of its face is reduced whole, whatever its width', async () => {
  const box = { x: -4, y: 20, width: 140, height: 300 };
  for (const width of [97, 101, 113, 131, 149]) {
    const photo = await jpeg(flat(width, 400, [150, 120, 100]));
    const chip = await asChipPhoto(photo, { detect: () => Promise.resolve([{ box, score: 1 }]) });
    expect(await sharp(chip).metadata()).toMatchObject({ format: 'jpeg', width: 102, height: 126 });
  }
});

test('what another threshold would cost is told around the one in force', async () => {
  const towards = (cosine: number) => Float32Array.of(cosine, Math.sqrt(1 - cosine ** 2));
  const faces = new Map<string, number>([
    ['one', 1],
    ['0.43', 0.43],
    ['0.46', 0.46],
    ['0.49', 0.49],
  ]);
  const embedFrame = async (name: Uint8Array) => ({
    embedding: towards(faces.get(Buffer.from(name).toString())!),
    quality: {} as FaceQuality,
  });
  const unused = () => Promise.reject(new Error('not asked for'));
  const { nearby } = await evaluatePairs(
    {
      engine: {
        thresholds: { match: 0.47, liveness: 0.5 },
        embedFrame,
        embedPortrait: unused,
        checkLiveness: unused,
      },
      networks: { detect: unused },
    },
    [
      { a: 'one', b: '0.43', same: true },
      { a: 'one', b: '0.49', same: true },
      { a: 'one', b: '0.46', same: false },
    ],
    { read: async (file) => Buffer.from(file) },
    { chip: 'none', far: 1e-4, progress: () => undefined },
  );
  const errors = nearby.map((at) => [at.threshold, at.falseAccepts.errors, at.falseRejects.errors]);
  expect(errors[0]).toEqual([0.4, 1, 0]);
  expect(errors[4]).toEqual([0.44, 1, 1]);
  expect(errors[7]).toEqual([0.47, 0, 1]);
  expect(errors.at(-1)).toEqual([0.5, 0, 2]);
});

describe('a small set', { timeout: 60_000 }, () => {
  let judged: Promise<Reported> | undefined;
  /** Without a word of reducing pictures; one process for all that is asked of it. */
  const asItIs = (): Promise<Reported> => {
    judged ??= evaluated('--liveness', join(dir, 'spoofs.csv'));
    return judged;
  };

  test('is judged pair by pair, and what shows no face is counted apart', async () => {
    const { match, liveness, manifest } = await asItIs();
    expect(match.falseRejects).toMatchObject({ errors: 0, trials: 1 });
    expect(match.falseAccepts).toMatchObject({ errors: 0, trials: 1 });
    expect(match.notComparable).toMatchObject({
      same: { errors: 1, trials: 2 },
      different: { errors: 1, trials: 2 },
      pictures: { 'no-face': 1, 'several-faces': 1 },
    });
    expect(match.notRecognised).toMatchObject({ errors: 1, trials: 2, share: 0.5 });
    expect(match.wanted).toMatchObject({ far: 0.0001, claimable: false });
    expect(match.roc[0]).toMatchObject({ far: 1, frr: 0 });
    expect(liveness?.live.errors).toMatchObject({ errors: 0, trials: 2 });
    expect(liveness?.attacks.find(({ species }) => species === 'mask')).toMatchObject({
      noFace: 1,
      errors: { trials: 0 },
    });
    const lines = JSON.parse(`{${manifest.join(',')}}`) as Record<string, { weights: string; cosine?: number }>;
    expect(lines['match']?.cosine).toBe(match.threshold);
    expect(lines['live']?.weights).toMatch(/^[0-9a-f]{64}$/);
  });

  test('with one side reduced to a chip photo the person is still recognised, less clearly', async () => {
    const whole = await asItIs();
    const chip = await evaluated('--chip', 'b');
    const genuine = ({ match }: Reported): number =>
      Math.max(...match.roc.filter(({ frr }) => frr === 0).map(({ threshold }) => threshold));
    // The chip's portrait shows one face of the group.
    expect(chip.match.notComparable.pictures).toEqual({ 'no-face': 1 });
    expect(genuine(chip)).toBeGreaterThan(chip.match.threshold);
    expect(genuine(chip)).not.toBe(genuine(whole));
    const both = await evaluated('--chip', 'both');
    expect(genuine(both)).toBeGreaterThan(both.match.threshold);
    expect(genuine(both)).not.toBe(genuine(chip));
  });

  test('liveness can be measured alone, in words', async () => {
    const { stdout } = await run(process.execPath, [script, '--liveness', join(dir, 'spoofs.csv'), '--images', dir]);
    expect(stdout).toMatch(/^live +BPCER 0\.00 % \(0 of 2; at most 100\.00 % by the rule of three\)$/m);
    expect(stdout).toMatch(/^mask +APCER no trial, no face in 1$/m);
    expect(stdout).not.toContain('"match"');
  });

  test('without pictures or with a wrong word, nothing is measured and the reason is said', async () => {
    await writeFile(join(dir, 'bad.csv'), 'a,b,same\nnobody.jpg,lin.jpg,1\n');
    const failed = (...words: string[]) => run(process.execPath, [script, ...words]).catch((error: unknown) => error);
    expect(await failed('--pairs', join(dir, 'bad.csv'), '--images', dir)).toMatchObject({
      code: 2,
      stderr: 'nobody.jpg: no such picture\n',
    });
    expect(await failed('--pairs', join(dir, 'pairs.csv'), '--images', dir, '--far', '2')).toMatchObject({ code: 2 });
    expect(await failed('--images', dir)).toMatchObject({ code: 2 });
  });
});
