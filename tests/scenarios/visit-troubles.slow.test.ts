import { expect, test } from 'vitest';
import { zhCn } from '../../renderer/i18n/zh-cn.ts';
import { lobbyOfFile } from '../support/lobby.ts';
import { findTraces, traces } from '../support/traces.ts';

const shared = lobbyOfFile();

test('somebody else before the camera is refused in words, three times, and shown another way', async () => {
  const { world, resident } = shared.lobby; // lin stands before the camera
  const { cases } = world.platform.inspect();
  await resident.starts();
  await resident.chooses('社保参保证明');
  await resident.sees('identify');
  world.placeCard('wei');
  for (const left of ['还可以试 2 次', '还可以试 1 次']) {
    await resident.reads('没有确认是您本人');
    await resident.reads(left);
    await resident.touches('再试一次');
  }
  await resident.reads('刷脸的次数用完了');
  await resident.touches('不刷脸，换一种方式');
  await resident.sees('without-face');
  await resident.touches(zhCn.action.done);
  await resident.sees('attract');
  expect(world.platform.inspect().cases).toEqual(cases);
});

test('a visit that a killed core interrupted leaves nothing behind either, whether it goes on or is walked away from', async () => {
  const { world, resident, terminal, terminalDir } = shared.lobby;
  const personal = { ...traces('wei'), phone: '13900000102' };
  /** Resolves when the page has a view of the next core: a touch before that goes nowhere, and one too many submits. */
  const killCore = async (): Promise<void> => {
    const socketOpens = resident.page.waitForEvent('websocket');
    process.kill(terminal.core.pid!, 'SIGKILL');
    const socket = await socketOpens;
    await socket.waitForEvent('framereceived');
  };
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
  await resident.touches('下一步');
  await resident.sees('review');
  await resident.reads('139 0000 0102'); // it is the same visit
  await killCore();
  await resident.touches('确认提交');
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
  await shared.switchOff(); // before another core could wipe it
  expect(await findTraces(terminalDir, personal), 'of a visit that nobody has ended').toEqual([]);
});
