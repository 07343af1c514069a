import { afterEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Lobby, openLobby } from '../support/lobby.ts';
import { findTraces, traces } from '../support/traces.ts';

let lobby: Lobby;
afterEach(() => lobby.close());

test('a resident walks away with certificate and receipt, and leaves nothing behind', async () => {
  lobby = await openLobby();
  const { world, resident } = lobby;
  await resident.starts();
  await resident.chooses('社保参保证明');
  await resident.sees('identify');
  world.placeCard('lin');
  await resident.sees('verify-face');
  await resident.sees('form');
  await resident.page.getByRole('radio', { name: '1 年', checked: true }).waitFor(); // the platform knows what most people choose
  await resident.touches('3 年');
  await resident.touches('下一步');
  await resident.sees('review');
  await resident.reads('3 年');
  await resident.touches('确认提交');
  await resident.sees('result');
  await resident.touches(/^非常满意/);
  await resident.reads('谢谢您的评价');
  const inTheMiddle = await findTraces(lobby.terminalDir, traces('lin'));
  await resident.touches('结束，清除我的信息');
  await resident.sees('attract');

  const { cases, duplicates, outOfOrder } = await eventually(
    () => world.platform.inspect(),
    ({ ratings }) => ratings === 1,
  );
  expect({ duplicates, outOfOrder }).toEqual({ duplicates: 0, outOfOrder: 0 });
  expect(cases).toMatchObject([{ serviceId: 'S01', deliveries: 1 }]);
  const [document] = world.licencePrinter.documents();
  expect(Buffer.from(document!.pdf).subarray(0, 5).toString()).toBe('%PDF-');
  const [receipt] = world.receiptPrinter.receipts();
  const text = receipt!.events.flatMap((event) => (event.type === 'text' ? [event.text] : [])).join('\n');
  expect(text).toContain(cases[0]!.caseNumber);
  expect(text).not.toContain(traces('lin').idNumber);

  await lobby.terminal.stop();
  expect(inTheMiddle, 'in the clear while the visit was on').toEqual([]);
  await expect(findTraces(lobby.terminalDir, traces('lin'))).resolves.toEqual([]);
});

test('somebody else before the camera is refused in words, three times, and shown another way', async () => {
  lobby = await openLobby({ camera: 'wei' });
  const { world, resident } = lobby;
  await resident.starts();
  await resident.chooses('社保参保证明');
  await resident.sees('identify');
  world.placeCard('lin');
  for (const left of ['还可以试 2 次', '还可以试 1 次']) {
    await resident.reads('没有确认是您本人');
    await resident.reads(left);
    await resident.touches('再试一次');
  }
  await resident.reads('刷脸的次数用完了');
  await resident.touches('不刷脸，换一种方式');
  await resident.sees('without-face');
  expect(world.platform.inspect().cases).toEqual([]);
});

test('a queue ticket is printed for who lays down a card, in English and with large type', async () => {
  lobby = await openLobby({ viewport: { width: 1920, height: 1080 } });
  const { world, resident } = lobby;
  await resident.sees('attract');
  await resident.touches('English');
  await resident.touches('Large text');
  await resident.chooses('Take a number');
  await resident.sees('identify');
  world.placeCard('wei');
  await resident.sees('form');
  await resident.touches(/Housing/);
  await resident.touches('Next');
  await resident.sees('result');
  await resident.reads('B001');
  await resident.touches('Finish and clear my data');
  await resident.sees('attract');
  await resident.reads('就近办');
});
