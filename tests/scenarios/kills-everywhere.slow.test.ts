import { existsSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { zhCn } from '../../renderer/i18n/zh-cn.ts';
import { eventually } from '../support/eventually.ts';
import { type Lobby, openLobby } from '../support/lobby.ts';
import { processesOf } from '../support/processes.ts';

/** Beyond the second, which is the first of a core that has come back itself. A visit that makes no progress is taken up five times. */
const KILLS_IN_A_ROW = 3;

let lobby: Lobby;
afterEach(() => lobby.close());

const pidsOf = {
  core: () => [lobby.terminal.core.pid ?? 0],
  devices: () => processesOf(process.pid, 'jiujin-devices'),
  face: () => processesOf(process.pid, 'jiujin-face'),
  page: () => processesOf(process.pid, '--type=renderer'),
} as const;

/** The processes get `signal` at once; resolves when the page has a view of the next core, or at once where the core lives. */
async function strike(signal: NodeJS.Signals, ...victims: (keyof typeof pidsOf)[]): Promise<void> {
  const { page } = lobby.resident;
  const socketOpens = victims.includes('core') ? page.waitForEvent('websocket') : undefined;
  for (const pid of victims.flatMap((victim) => pidsOf[victim]())) process.kill(pid, signal);
  const socket = await socketOpens;
  await socket?.waitForEvent('framereceived');
}

/** There is none before the one that hangs is gone: to look for it among all processes is work. */
const replaced = (victim: keyof typeof pidsOf, hung: number | undefined) =>
  eventually(
    () => (existsSync(`/proc/${hung}`) ? [] : pidsOf[victim]()),
    ([pid]) => pid !== undefined && pid !== 0 && pid !== hung,
  );

test('S01 is done once, although core and device process are killed together at its screens', async () => {
  lobby = await openLobby();
  const { world, resident } = lobby;
  const killed = () => strike('SIGKILL', 'core', 'devices');
  await resident.starts();
  await resident.chooses('社保参保证明');
  await resident.sees('identify');
  await killed();
  world.placeCard('lin');
  await resident.sees('verify-face');
  await killed();
  await resident.sees('form');
  await killed();
  await resident.touches('3 年');
  await resident.touches(zhCn.action.next);
  await resident.sees('review');
  await killed();
  await resident.reads('3 年');
  await resident.touches(zhCn.action.submit);
  const paper = resident.page.locator('[data-screen="print"], [data-screen="result"]');
  await paper.waitFor();
  await killed();
  await paper.waitFor();

  const { cases, duplicates } = world.platform.inspect();
  expect([cases.map(({ serviceId }) => serviceId), duplicates]).toEqual([['S01'], 0]);
  // What was on its way is asked about and not printed again by itself.
  await eventually(
    () => resident.page.locator('[data-screen]').first().innerText(),
    (text) => !text.includes(zhCn.print.busy),
  );
  expect(world.licencePrinter.documents().length).toBeLessThanOrEqual(1);
  expect(world.receiptPrinter.receipts().length).toBeLessThanOrEqual(1);
});

test('page, device process, face process and core that hang are replaced, the core is killed again and again, and the visit goes on', async () => {
  lobby = await openLobby();
  const { world, resident, terminal } = lobby;
  await resident.starts();
  await resident.chooses('社保参保证明');
  await resident.sees('identify');
  const [page, [devices], [face]] = [resident.page, pidsOf.devices(), pidsOf.face()];
  // Each is watched by another one, or in a way of its own: their silences may pass side by side.
  await strike('SIGSTOP', 'page', 'devices', 'face');
  await Promise.all([
    replaced('devices', devices),
    replaced('face', face),
    eventually(
      () => terminal.notes.includes('The page hangs; it is opened again.'),
      (isNoted) => isNoted,
    ),
  ]);
  await resident.patiently(async (impatient) => expect(impatient.page).not.toBe(page));
  expect(terminal.notes.filter((note) => note.startsWith('The core'))).toEqual([]);
  world.placeCard('lin');
  await resident.sees('form');
  await resident.touches('3 年');
  await resident.touches(zhCn.action.next);
  await resident.sees('review');

  // The next core begins with a device and a face process of its own, and ends those of the one before.
  const [core] = pidsOf.core();
  await strike('SIGSTOP', 'core');
  await replaced('core', core);
  expect(terminal.notes).toContain('The core has fallen silent; it is killed.');
  for (let kill = 0; kill < KILLS_IN_A_ROW; kill += 1) await strike('SIGKILL', 'core');
  await resident.touches(zhCn.action.back);
  await resident.page.getByRole('radio', { name: '3 年', checked: true }).waitFor();
  for (const pid of pidsOf.page()) process.kill(pid, 'SIGCONT'); // or the browser waits half a minute for it at its end
});
