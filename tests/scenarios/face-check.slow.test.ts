import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { zhCn } from '../../renderer/i18n/zh-cn.ts';
import { peopleDir, prepare } from '../../scripts/prepare/main.ts';
import { eventually } from '../support/eventually.ts';
import { facesOnRecord } from '../support/faces-on-record.ts';
import { lobbyOfFile } from '../support/lobby.ts';
import { processesOf } from '../support/processes.ts';

/** What the camera shows: the browser opens it anew each time that the page opens the camera. */
const before = await mkdtemp(join(tmpdir(), 'jiujin-camera-'));
const video = join(before, 'camera.mjpeg');
beforeAll(async () => {
  await prepare();
  await copyFile(join(peopleDir, 'lin.mjpeg'), video);
});
afterAll(() => rm(before, { recursive: true }));
const shared = lobbyOfFile({ video });

async function toTheFace(): Promise<void> {
  const { world, resident } = shared.lobby;
  await resident.starts();
  await resident.chooses('社保参保证明');
  await resident.sees('identify');
  world.placeCard('lin');
  await resident.sees('verify-face');
}

test('a face process that is killed while it looks is there again, and the same attempt goes on', async () => {
  const faces = () => processesOf(process.pid, 'jiujin-face');
  await toTheFace();
  const [first] = faces();
  process.kill(first!, 'SIGKILL');
  await shared.lobby.resident.sees('form');
  const [second] = await eventually(faces, ([pid]) => pid !== undefined);
  expect(second).not.toBe(first);
  await shared.lobby.resident.givesUp();
});

/** The first frames of a video. */
async function clipOf(path: string, frames: number): Promise<Buffer> {
  const bytes = await readFile(path);
  let end = 0;
  for (let i = 0; i < frames; i += 1) end = bytes.indexOf(Buffer.from([0xff, 0xd9, 0xff, 0xd8]), end) + 2;
  return bytes.subarray(0, end);
}

test('three pictures of the right person, fed into the camera again and again, are refused', async () => {
  const { resident } = shared.lobby;
  await writeFile(`${video}.next`, await clipOf(join(peopleDir, 'lin.mjpeg'), 3));
  await rename(`${video}.next`, video); // never half of it
  await toTheFace();
  await resident.touches(zhCn.action.retry);
  expect((await facesOnRecord(shared.lobby)).at(-1)).toMatchObject({ verdict: 'refused', reason: 'broken-sequence' });
  await resident.sees('verify-face');
  await resident.givesUp();
});
