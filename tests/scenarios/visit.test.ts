import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { ERROR_OUTPUT, type Lobby, openLobby } from '../support/lobby.ts';
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

test('a visit that a killed core interrupted leaves nothing behind either, whether it goes on or is walked away from', async () => {
  lobby = await openLobby();
  const { world, resident, terminal, terminalDir } = lobby;
  const personal = { ...traces('wei'), phone: '13900000102' };
  const killCore = async (): Promise<void> => {
    const { pid } = terminal.core;
    process.kill(pid!, 'SIGKILL');
    await eventually(
      () => terminal.core.pid,
      (now) => now !== undefined && now !== pid,
    );
  };
  /** A touch may fall into the moment in which the page has no core. */
  const touchesUntil = (words: string, ...kinds: string[]): Promise<void> =>
    resident.patiently(async (impatient) => {
      const goal = resident.page.locator(kinds.map((kind) => `[data-screen="${kind}"]`).join());
      if ((await goal.count()) > 0) return;
      await impatient.touches(words);
      await goal.waitFor({ timeout: 250 });
    });
  await resident.starts();
  await resident.chooses('敬老优待证');
  await resident.sees('identify');
  world.placeCard('wei');
  await resident.sees('form');
  await resident.touches('邮寄到家');
  await resident.touches('下一步');
  await resident.touches('清空');
  await resident.types(personal.phone);
  await resident.typed('139 0000 0102');
  await killCore();
  expect(await findTraces(terminalDir, personal), 'right after the kill').toEqual([]);
  await touchesUntil('下一步', 'review');
  await resident.reads('139 0000 0102'); // it is the same visit
  await killCore();
  await touchesUntil('确认提交', 'submit', 'print', 'result');
  await resident.sees('result');
  await resident.touches('结束，清除我的信息');
  await resident.sees('attract');
  expect(await findTraces(terminalDir, personal), 'after the visit').toEqual([]);

  await resident.starts();
  await resident.chooses('敬老优待证');
  await resident.sees('identify');
  world.placeCard('wei');
  await resident.sees('form');
  process.kill(terminal.core.pid!, 'SIGKILL');
  await terminal.stop(); // switched off before another core could wipe it
  expect(await findTraces(terminalDir, personal), 'of a visit that nobody has ended').toEqual([]);
});

test('the search looks into standard error, and finds base64 whatever stands before it', async () => {
  lobby = await openLobby();
  const personal = traces('lin');
  const file = join(lobby.terminalDir, ERROR_OUTPUT);
  for (const before of ['', 'a', 'ab']) {
    await writeFile(file, Buffer.from(`${before}${personal.idNumber} and more`).toString('base64'));
    expect(await findTraces(lobby.terminalDir, personal), before).toEqual([
      expect.stringContaining('idNumber, base64'),
    ]);
  }
  await writeFile(file, '');
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
