import { beforeEach, expect, test } from 'vitest';
import { A4, loadsBlanks } from '../support/blanks.ts';
import { blanksOnTop } from '../support/control-client.ts';
import { eventually } from '../support/eventually.ts';
import { lobbyOfFile } from '../support/lobby.ts';

/** What a resident is told of paper, before anything is submitted or used up, and that nothing is lost by it. */

const A5 = 'iso_a5_148x210mm';

const FINISH = '结束，清除我的信息';

const shared = lobbyOfFile();
let casesBefore: number;
beforeEach(() => {
  casesBefore = shared.lobby.world.platform.inspect().cases.length;
});

/** Of this test. */
const casesAtPlatform = (): number => shared.lobby.world.platform.inspect().cases.length - casesBefore;

async function chooses(service: string, person: 'lin' | 'wei' = 'lin'): Promise<void> {
  const { resident, world } = shared.lobby;
  await resident.chooses(service);
  await resident.sees('identify');
  world.placeCard(person);
}

test('no paper, or no printer, is told on the card; paper that is nearly out before anything is submitted', async () => {
  const { resident, world } = shared.lobby;
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
  expect(casesAtPlatform()).toBe(0);
  await resident.touches('确认提交');
  await resident.sees('result'); // it was enough after all
  world.receiptPrinter.set({ paper: 'full' });
  await resident.touches(FINISH);
});

test('wrong paper in the tray uses up no blank, and the licence comes once it is right', async () => {
  const { resident, world } = shared.lobby;
  const tray = await loadsBlanks(shared.lobby, A5);
  const printedBefore = world.licencePrinter.jobs().length;
  await resident.starts();
  await chooses('营业执照打印');
  await resident.sees('review');
  await resident.touches('确认提交');
  await resident.reads('没有打出来');
  const sheets = async () => [...(await blanksOnTop(world)), world.licencePrinter.jobs().length - printedBefore];
  expect([await sheets(), casesAtPlatform()]).toEqual([['A001', 0], 1]);
  tray.media = A4;
  await resident.touches('再试一次');
  await resident.sees('result');
  expect([await sheets(), casesAtPlatform()]).toEqual([['A002', 1], 1]);
  expect(world.licencePrinter.documents()).toHaveLength(printedBefore + 1);
  await resident.touches(FINISH);
});

test('paper that runs out half way through the receipt is told, and the receipt comes whole when there is more', async () => {
  const { resident, world } = shared.lobby;
  const receiptsBefore = world.receiptPrinter.receipts().length;
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
    .slice(receiptsBefore)
    .map(({ events }) => events.flatMap((event) => (event.type === 'text' ? [event.text] : [])).join(''));
  expect(texts.filter((text) => text.includes('咨询求助'))).toHaveLength(1); // its last line
  await eventually(casesAtPlatform, (cases) => cases === 1);
  await resident.touches(FINISH);
});
