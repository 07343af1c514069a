import { afterEach, beforeEach, expect, test } from 'vitest';
import { fullTray } from '../../printers/ipp/simulated-tray.ts';
import { eventually } from '../support/eventually.ts';
import { kioskctl } from '../support/kioskctl.ts';
import { type Lobby, openLobby } from '../support/lobby.ts';

/** What a resident is told of paper, before anything is submitted or used up, and that nothing is lost by it. */

const A4 = 'iso_a4_210x297mm';
const A5 = 'iso_a5_148x210mm';

let lobby: Lobby;
beforeEach(async () => {
  lobby = await openLobby();
});
afterEach(() => lobby.close());

async function casesAtPlatform(): Promise<number> {
  const { cases } = await lobby.world.platform.inspect();
  return cases.length;
}

async function blankOnTop(): Promise<string> {
  const { stdout } = await kioskctl(['blanks', 'list', '--json', '--terminal', lobby.world.configurationFile]);
  const [cassette] = JSON.parse(stdout).cassettes;
  return cassette.next;
}

async function chooses(service: string, person: 'lin' | 'wei' = 'lin'): Promise<void> {
  const { resident, world } = lobby;
  await resident.chooses(service);
  await resident.sees('identify');
  world.placeCard(person);
}

test('no paper, or no printer, is told on the card; paper that is nearly out before anything is submitted', async () => {
  const { resident, world } = lobby;
  const does = (wanted: string): unknown =>
    world.acts.find(({ device, act }) => device === 'licence-printer' && act === wanted)?.perform('');
  does('unplug');
  world.licencePrinter.sheets = 0;
  world.receiptPrinter.set({ paper: 'low' });
  await resident.starts();
  await resident.reads('证明打印机没连上');
  does('plug');
  await resident.reads('证明打印机没纸了');
  world.licencePrinter.sheets = 100;
  await resident.page.getByRole('button', { name: '社保参保证明 证明打印机没纸了' }).waitFor({ state: 'detached' });
  await chooses('社保参保证明');
  await resident.sees('form');
  await resident.touches('下一步');
  await resident.sees('review');
  await resident.reads('打回执小票的纸快用完了');
  expect(await casesAtPlatform()).toBe(0);
  await resident.touches('确认提交');
  await resident.sees('result'); // it was enough after all
});

test('wrong paper in the tray uses up no blank, and the licence comes once it is right', async () => {
  const { resident, world } = lobby;
  const tray = { ...fullTray('tray-2', A5, 'stationery-preprinted'), sheets: 10 };
  world.licencePrinter.trays.push(tray);
  const where = ['--printer', 'licence-printer', '--tray', 'tray-2', '--terminal', world.configurationFile];
  // Until the terminal has heard of its printers.
  await eventually(
    () => kioskctl(['blanks', 'load', 'business-licence', ...where, '--from', 'A001', '--to', 'A010', '--yes']),
    ({ exitCode }) => exitCode === 0,
  );
  await resident.starts();
  await chooses('营业执照打印');
  await resident.sees('review');
  await resident.touches('确认提交');
  await resident.reads('没有打出来');
  expect([await blankOnTop(), world.licencePrinter.jobs().length, await casesAtPlatform()]).toEqual(['A001', 0, 1]);
  tray.media = A4;
  await resident.touches('再试一次');
  await resident.sees('result');
  expect([await blankOnTop(), world.licencePrinter.documents().length, await casesAtPlatform()]).toEqual([
    'A002',
    1,
    1,
  ]);
});

test('paper that runs out half way through the receipt is told, and the receipt comes whole when there is more', async () => {
  const { resident, world } = lobby;
  world.receiptPrinter.paperLeftDots = 300;
  await resident.starts();
  await chooses('敬老优待证', 'wei');
  await resident.sees('form');
  await resident.touches('邮寄到家');
  await resident.touches('下一步');
  await resident.touches('下一步');
  await resident.sees('review');
  await resident.touches('确认提交');
  await resident.reads('没有打出来');
  await resident.reads('小票打印机的纸用完了');
  world.receiptPrinter.paperLeftDots = Number.POSITIVE_INFINITY;
  world.receiptPrinter.set({ paper: 'full' });
  await resident.patiently(async (impatient) => {
    if ((await impatient.page.locator('[data-screen="result"]').count()) > 0) return;
    await impatient.touches('再试一次');
    await impatient.sees('result');
  });
  const texts = world.receiptPrinter
    .receipts()
    .map(({ events }) => events.flatMap((event) => (event.type === 'text' ? [event.text] : [])).join(''));
  expect(texts.filter((text) => text.includes('咨询求助'))).toHaveLength(1); // its last line
  await eventually(casesAtPlatform, (cases) => cases === 1);
});
