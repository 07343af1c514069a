import { afterEach, expect, test } from 'vitest';
import { zhCn } from '../../renderer/i18n/zh-cn.ts';
import { eventually } from '../support/eventually.ts';
import { type Lobby, openLobby } from '../support/lobby.ts';
import { processesOf } from '../support/processes.ts';

/** "The resident is back on the same step with the same answers within 3 s." */
const BACK_WITHIN_MS = 3_000;

/** Whatever else the machine does only makes it later: the best of three counts. */
const AS_SOON_AS = { retry: 2 };

let lobby: Lobby;
afterEach(() => lobby.close());

const victims = {
  core: () => [lobby.terminal.core.pid!],
  'device process': () => processesOf(lobby.terminal.core.pid!, 'jiujin-devices'),
  'face process': () => processesOf(lobby.terminal.core.pid!, 'jiujin-face'),
  page: () => processesOf(process.pid, '--type=renderer'),
} as const;

test(
  'after kill -9 of any process in a form, the resident goes on with the same answers within 3 s',
  AS_SOON_AS,
  async () => {
    lobby = await openLobby();
    const { world, resident } = lobby;
    await resident.starts();
    await resident.chooses('敬老优待证');
    await resident.sees('identify');
    world.placeCard('wei');
    await resident.sees('form');
    await resident.touches('自己去街道领');
    await resident.touches('下一步');
    await resident.touches('清空');
    await resident.types('1390000');
    await resident.typed('139 0000');

    for (const [victim, find] of Object.entries(victims)) {
      const pids = await eventually(find, ({ length }) => length > 0);
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      const killedAt = performance.now();

      // The number is not complete yet: only a core that has the answers can say so.
      await resident.patiently(async (impatient) => {
        await impatient.touches('下一步');
        await impatient.reads('这个号码不对');
      });
      const backInMs = performance.now() - killedAt;
      console.log(`${victim}: back in ${Math.round(backInMs)} ms`);
      expect(backInMs, victim).toBeLessThan(BACK_WITHIN_MS);
      await resident.typed('139 0000');
      await resident.touches(zhCn.action.back);
      await resident.page.getByRole('radio', { name: '自己去街道领', checked: true }).waitFor();
      await resident.touches('下一步');
      await resident.typed('139 0000');
      await resident.page.getByText('这个号码不对').waitFor({ state: 'detached' }); // or the next one would read it of this core
    }

    await resident.types('0102');
    await resident.touches('下一步');
    await resident.sees('review');
    await resident.reads('139 0000 0102');
    await resident.reads('自己去街道领');
    await resident.touches('确认提交');
    await resident.sees('result');
    expect(lobby.world.platform.inspect().cases).toMatchObject([{ serviceId: 'S10', deliveries: 1 }]);
  },
);
