import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Embedding, similarity } from '../../models/face/compare.ts';
import { createFaceEngine, type FaceEngine } from '../../models/face/engine.ts';
import { readManifest } from '../../models/face/manifest.ts';
import { type FaceNetworks, faceNetworks } from '../../models/face/networks.ts';
import { decodePicture } from '../../models/face/picture.ts';
import { loadRuntime } from '../../models/face/runtime.ts';
import { placeFile, sha256OfFile, userCacheDir } from './cache.ts';
import { PersonCamera } from './person-camera.ts';
import { cameraPicture, chipPortrait, livePicture } from './person-pictures.ts';
import { defaultWeightsDir, prepareWeights } from './weights.ts';

/**
 * The demo's invented residents, cut out of the sample photos of @vladmandic/face-api; `face` counts in the detector's order,
 * best score first. Lin's two pictures come from two photos, so that comparing them means something: the earnest one for
 * the chip, and for the camera the one whose surroundings need no addition (liveness 1.00; the other way round 0.54).
 */
const people = {
  lin: { chip: { photo: 'sample3.jpg', face: 1 }, live: { photo: 'sample1.jpg', face: 2 } },
  wei: { chip: { photo: 'sample6.jpg', face: 1 }, live: { photo: 'sample6.jpg', face: 1 } },
} as const;
export type PersonId = keyof typeof people;
const personIds: readonly PersonId[] = ['lin', 'wei'];

/** Paths of one person's pictures. */
export interface PersonPictures {
  /** 102 × 126 JPEG, as a decoder of the chip's portrait gives it. */
  readonly portrait: string;
  /** 1280 × 720 JPEG with this one face. */
  readonly live: string;
  /** 6 s of this person at rest, who blinks twice: Chromium's `--use-file-for-fake-video-capture`. */
  readonly video: string;
}

export interface PreparePeopleOptions {
  readonly dir: string;
  /** What is being done, and how well the pictures compare. Silent where they are in the cache. */
  readonly log?: (line: string) => void;
  readonly cacheDir?: string;
}

/** Puts both persons' pictures into `dir`. Made once per machine, then taken from the user's cache. */
export async function preparePeople(options: PreparePeopleOptions): Promise<Record<PersonId, PersonPictures>> {
  const { dir, log = () => undefined, cacheDir = userCacheDir() } = options;
  const store = join(cacheDir, 'people');
  const ready = join(store, await recipe());
  const last = Object.values(picturesIn(ready, 'wei')).at(-1)!;
  if ((await sha256OfFile(last)) === undefined) {
    await prepareWeights({ log });
    const fresh = join(store, `making-${randomUUID()}`);
    try {
      await mkdir(fresh, { recursive: true });
      await makePictures(fresh, log);
      await rename(fresh, ready).catch(async (error: unknown) => {
        // Another process was faster, with the same pictures.
        if ((await sha256OfFile(last)) === undefined) throw error;
      });
    } finally {
      await rm(fresh, { recursive: true, force: true });
    }
  }
  for (const id of personIds) {
    const from = picturesIn(ready, id);
    const to = picturesIn(dir, id);
    for (const kind of ['portrait', 'live', 'video'] as const) await placeFile(from[kind], to[kind]);
  }
  return { lin: picturesIn(dir, 'lin'), wei: picturesIn(dir, 'wei') };
}

function picturesIn(dir: string, id: PersonId): PersonPictures {
  return {
    portrait: join(dir, `${id}-portrait.jpg`),
    live: join(dir, `${id}-live.jpg`),
    video: join(dir, `${id}.mjpeg`),
  };
}

function photoPath(photo: string): string {
  return fileURLToPath(new URL(`../../node_modules/@vladmandic/face-api/demo/${photo}`, import.meta.url));
}

/** Hash of everything that the pictures are made from: this code, the weights, the photos. */
async function recipe(): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([people, readManifest()]));
  const photos = personIds.flatMap((id) => [people[id].chip.photo, people[id].live.photo]).map(photoPath);
  const files = ['./people.ts', './person-pictures.ts', './person-camera.ts', './person-acts.ts'];
  const code = files.map((file) => fileURLToPath(new URL(file, import.meta.url)));
  for (const path of [...code, ...photos]) hash.update(await readFile(path));
  return hash.digest('hex').slice(0, 32);
}

async function makePictures(dir: string, log: (line: string) => void): Promise<void> {
  log('demo persons: cutting portraits and camera pictures out of the sample photos');
  const runtime = await loadRuntime(defaultWeightsDir, readManifest());
  try {
    const networks = faceNetworks(runtime, readManifest());
    const find = async (photo: string) => {
      const picture = await decodePicture(await readFile(photoPath(photo)));
      return { picture, boxes: (await networks.detect(picture)).map(({ box }) => box) };
    };
    for (const id of personIds) {
      const { chip, live } = people[id];
      const files = picturesIn(dir, id);
      const portrait = await find(chip.photo);
      await writeFile(files.portrait, await chipPortrait(portrait.picture, portrait.boxes[chip.face]!));
      const { picture, boxes } = await find(live.photo);
      const others = boxes.filter((_, i) => i !== live.face);
      const frame = await livePicture(picture, boxes[live.face]!, others);
      await writeFile(files.live, frame);
      await writeFile(files.video, await (await cameraOf(frame, networks)).video());
    }
  } finally {
    await runtime.close();
  }
  await tellHowTheyCompare(dir, log);
}

/** The person of a live picture, as a camera that goes on sees them. */
export async function cameraOf(
  live: Buffer,
  networks: Pick<FaceNetworks, 'detect' | 'landmarks'>,
): Promise<PersonCamera> {
  const picture = await cameraPicture(live);
  const [face] = await networks.detect(picture);
  if (!face) throw new Error('the live picture shows no face');
  return new PersonCamera(picture, await networks.landmarks(picture, face.box));
}

async function tellHowTheyCompare(dir: string, log: (line: string) => void): Promise<void> {
  const engine = await createFaceEngine({ weightsDir: defaultWeightsDir });
  try {
    const portrait = await engine.embedPortrait(await readFile(picturesIn(dir, 'lin').portrait));
    for (const id of personIds)
      log(await assessLive(engine, id, dir, 'embedding' in portrait ? portrait.embedding : undefined));
  } finally {
    await engine.close();
  }
}

async function assessLive(engine: FaceEngine, id: PersonId, dir: string, lin: Embedding | undefined): Promise<string> {
  const frame = await readFile(picturesIn(dir, id).live);
  const { advice, liveness, embedding } = await engine.assess(frame, { embed: true });
  const cosine = lin && embedding ? similarity(lin, embedding).toFixed(2) : 'none';
  return `demo persons: ${id} before the camera: ${advice}, liveness ${liveness?.toFixed(2)}, similarity to lin's chip ${cosine}`;
}
