import { afterEach, expect, test } from 'vitest';
import { zhCn } from '../../renderer/i18n/zh-cn.ts';
import { eventually } from '../support/eventually.ts';
import { type Lobby, openLobby } from '../support/lobby.ts';

let lobby: Lobby;
afterEach(() => lobby.close());

test('with the platform away, S10 is accepted and delivered exactly once later, and S01 is greyed with the reason', async () => {
  lobby = await openLobby();
  const { world, resident } = lobby;
  await world.stopPlatform();
  await resident.starts();
  await resident.reads(zhCn.header.offlineBecause.platform);
  await resident.page
    .locator('.service--no', { hasText: '社保参保证明' })
    .getByText(zhCn.problem['platform-offline'].short)
    .waitFor();
  await resident.touches(/社保参保证明/);
  await resident.reads(zhCn.problem['platform-offline'].what);
  await resident.touches(zhCn.action.close);

  await resident.chooses('敬老优待证');
  await resident.sees('identify');
  world.placeCard('wei');
  await resident.sees('form');
  await resident.touches('自己去街道领');
  await resident.touches(zhCn.action.next);
  await resident.types('13900000002');
  await resident.touches(zhCn.action.next);
  await resident.sees('review');
  await resident.reads(zhCn.review.willQueue);
  await resident.touches(zhCn.action.submit);
  await resident.sees('result');
  await resident.reads(zhCn.result.queued);
  const number = await resident.page
    .getByText(/LS03-\d{8}-\d{4}/)
    .first()
    .innerText();
  const [receipt] = world.receiptPrinter.receipts();
  const paper = world.receiptPrinter.textOf(receipt!);
  expect(paper).toContain(number);
  expect(paper).toContain('等待发送');
  await resident.touches(zhCn.action.finish);
  await resident.sees('attract');

  await world.startPlatform();
  const { cases, duplicates } = await eventually(
    () => world.platform.inspect(),
    (found) => found.cases.length > 0,
  );
  expect(cases).toMatchObject([{ caseNumber: number, serviceId: 'S10' }]);
  expect(duplicates).toBe(0);
  await resident.starts();
  await resident.chooses('社保参保证明');
  await resident.sees('identify');
  // Looked at again now that a second delivery would have had the time of a whole page to arrive.
  expect(world.platform.inspect()).toMatchObject({ cases: [{ caseNumber: number, deliveries: 1 }], duplicates: 0 });
});

test('a platform that goes away in the middle of S01 loses nothing: the resident gets a number and goes on', async () => {
  lobby = await openLobby();
  const { world, resident } = lobby;
  await resident.starts();
  await resident.chooses('社保参保证明');
  await resident.sees('identify');
  world.placeCard('lin');
  await resident.sees('form');
  await resident.touches('2 年');
  await resident.touches(zhCn.action.next);
  await resident.sees('review');
  await world.stopPlatform();
  await resident.touches(zhCn.action.submit);
  await resident.reads(zhCn.submit.slow.title);
  await world.startPlatform();
  await resident.sees('result');
  expect(world.platform.inspect()).toMatchObject({ cases: [{ serviceId: 'S01' }], duplicates: 0 });
  expect(world.licencePrinter.documents()).toHaveLength(1);
});
