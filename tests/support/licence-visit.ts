import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { kioskctl } from './kioskctl.ts';
import type { Lobby } from './lobby.ts';

/** What a clerk types, and reads. */
export async function clerk({ world }: Lobby, ...words: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await kioskctl([...words, '--terminal', world.configurationFile]);
  expect([words.join(' '), exitCode, stderr]).toEqual([words.join(' '), 0, '']);
  return stdout;
}

/** From the list of services on: the licence is asked for. */
export async function submitsLicence(lobby: Lobby): Promise<void> {
  const { resident, world } = lobby;
  await resident.chooses('营业执照打印');
  await resident.sees('identify');
  world.placeCard('lin');
  await resident.sees('review');
  await picture(lobby, 'review');
  await resident.touches('确认提交');
}

/** For whoever wants to look: `SCREENSHOTS=FOLDER`. */
export async function picture({ resident }: Lobby, name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await resident.page.screenshot({ path: join(folder, `licence-${name}.png`) });
}
