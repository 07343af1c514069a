import { expect, test } from 'vitest';
import { zhCn } from '../../renderer/i18n/zh-cn.ts';
import { eventually } from '../support/eventually.ts';
import { lobbyOfFile } from '../support/lobby.ts';

const shared = lobbyOfFile();

test('with the platform away, S10 is accepted and delivered exactly once later, and S01 is greyed with the reason', async () => {
  const { world, resident } = shared.lobby;
  const before = world.platform.inspect().cases.length;
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
  const receipt = world.receiptPrinter.receipts().at(-1);
  const paper = world.receiptPrinter.textOf(receipt!);
  expect(paper).toContain(number);
  expect(paper).toContain('等待发送');
  await resident.touches(zhCn.action.finish);
  await resident.sees('attract');

  await world.startPlatform();
  const { cases, duplicates } = await eventually(
    () => world.platform.inspect(),
    (found) => found.cases.length > before,
  );
  expect(cases.slice(before)).toMatchObject([{ caseNumber: number, serviceId: 'S10' }]);
  expect(duplicates).toBe(0);
  await resident.starts();
  await resident.chooses('社保参保证明');
  await resident.sees('identify');
  // Looked at again now that a second delivery would have had the time of a whole page to arrive.
  const later = world.platform.inspect();
  expect(later.cases.slice(before)).toMatchObject([{ caseNumber: number, deliveries: 1 }]);
  expect(later.duplicates).toBe(0);
  await resident.touches(zhCn.action.leave);
});

test('a platform that goes away in the middle of S01 loses nothing: the resident gets a number and goes on', async () => {
  const { world, resident } = shared.lobby;
  const before = world.platform.inspect().cases.length;
  const printedBefore = world.licencePrinter.documents().length;
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
  const { cases, duplicates } = world.platform.inspect();
  expect([cases.slice(before).map(({ serviceId }) => serviceId), duplicates]).toEqual([['S01'], 0]);
  expect(world.licencePrinter.documents()).toHaveLength(printedBefore + 1);
  await resident.touches(zhCn.action.finish);
});
