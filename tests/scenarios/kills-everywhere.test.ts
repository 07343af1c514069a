import { afterEach, expect, test } from 'vitest';
import { zhCn } from '../../renderer/i18n/zh-cn.ts';
import { eventually } from '../support/eventually.ts';
import { type Lobby, openLobby } from '../support/lobby.ts';
import { processesOf } from '../support/processes.ts';

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

test('S01 is done once, although core and device process are killed together at every screen of it', async () => {
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

test('five kills of the core in a row lose nothing of a visit', async () => {
  lobby = await openLobby();
  const { world, resident } = lobby;
  await resident.starts();
  await resident.chooses('敬老优待证');
  await resident.sees('identify');
  world.placeCard('wei');
  await resident.sees('form');
  await resident.touches('自己去街道领');
  await resident.touches(zhCn.action.next);
  await resident.page.getByText('清空').waitFor();
  for (let kill = 0; kill < 5; kill += 1) await strike('SIGKILL', 'core');
  await resident.touches(zhCn.action.back);
  await resident.page.getByRole('radio', { name: '自己去街道领', checked: true }).waitFor();
});

test.each([
  ['core', 'core'],
  ['device process', 'devices'],
  ['face process', 'face'],
] as const)('a %s that hangs is replaced, and the visit goes on', async (_, victim) => {
  lobby = await openLobby();
  const { world, resident } = lobby;
  await resident.starts();
  await resident.chooses('社保参保证明');
  await resident.sees('identify');
  const [hung] = pidsOf[victim]();
  await strike('SIGSTOP', victim);
  await eventually(pidsOf[victim], ([pid]) => pid !== undefined && pid !== 0 && pid !== hung);
  world.placeCard('lin');
  await resident.sees('form');
});

test('a page that hangs is replaced, and the visit goes on', async () => {
  lobby = await openLobby();
  const { world, resident, terminal } = lobby;
  await resident.starts();
  await resident.chooses('敬老优待证');
  await resident.sees('identify');
  const [hung, processes] = [resident.page, pidsOf.page()];
  await strike('SIGSTOP', 'page');
  await eventually(
    () => terminal.notes.includes('The page hangs; it is opened again.'),
    (isNoted) => isNoted,
  );
  await resident.patiently(async ({ page }) => expect(page).not.toBe(hung));
  world.placeCard('wei');
  await resident.sees('form');
  for (const pid of processes) process.kill(pid, 'SIGCONT'); // or the browser waits half a minute for it at its end
});
