import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { zhCn } from '../../renderer/i18n/zh-cn.ts';
import { peopleDir, prepare } from '../../scripts/prepare/main.ts';
import { eventually } from '../support/eventually.ts';
import { type Lobby, openLobby } from '../support/lobby.ts';
import { processesOf } from '../support/processes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let lobby: Lobby;
afterEach(() => lobby.close());

async function toTheFace(): Promise<void> {
  const { world, resident } = lobby;
  await resident.starts();
  await resident.chooses('社保参保证明');
  await resident.sees('identify');
  world.placeCard('lin');
  await resident.sees('verify-face');
}

test('a face process that is killed while it looks is there again, and the same attempt goes on', async () => {
  lobby = await openLobby();
  const faces = () => processesOf(process.pid, 'jiujin-face');
  await toTheFace();
  const [first] = faces();
  process.kill(first!, 'SIGKILL');
  await lobby.resident.sees('form');
  const [second] = await eventually(faces, ([pid]) => pid !== undefined);
  expect(second).not.toBe(first);
});

/** The first frames of a video, which the camera then shows again and again. */
async function clipOf(video: string, frames: number): Promise<string> {
  const bytes = await readFile(video);
  let end = 0;
  for (let i = 0; i < frames; i += 1) end = bytes.indexOf(Buffer.from([0xff, 0xd9, 0xff, 0xd8]), end) + 2;
  const clip = join(temporaryFolder(), 'clip.mjpeg');
  await writeFile(clip, bytes.subarray(0, end));
  return clip;
}

test('three pictures of the right person, fed into the camera again and again, are refused', async () => {
  await prepare();
  lobby = await openLobby({ video: await clipOf(join(peopleDir, 'lin.mjpeg'), 3) });
  await toTheFace();
  await lobby.resident.touches(zhCn.action.retry);
  await lobby.resident.sees('verify-face');
});
