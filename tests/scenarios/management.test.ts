import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { zhCn } from '../../renderer/i18n/zh-cn.ts';
import { eventually } from '../support/eventually.ts';
import { lobbyOfFile } from '../support/lobby.ts';
import { TERMINAL, tool } from '../support/management-tool.ts';

const shared = lobbyOfFile();
/** A document that is newer than any before. */
let version = 1;

const reported = () => shared.lobby.world.platform.inspect().devices[TERMINAL];

test('a core that the platform restarts comes back by itself, once, with what was wanted of it', async () => {
  const { lobby } = shared;
  const { resident, world } = lobby;
  const { length: before } = world.platform.inspect().commands;
  version += 1;
  await resident.sees('attract');
  const notice = { text: { 'zh-CN': '今晚八点维护', en: 'Maintenance from 8 tonight' } };
  await tool(lobby, 'desired', { terminalId: TERMINAL, document: { version, settings: { notice } } });
  await tool(lobby, 'commands', { terminalId: TERMINAL, kind: 'report-now' });
  await resident.page.getByText(notice.text['zh-CN']).waitFor();
  await tool(lobby, 'commands', { terminalId: TERMINAL, kind: 'restart-core' });
  const { [before + 1]: restart } = await eventually(
    () => world.platform.inspect().commands,
    (all) => all[before + 1]?.outcome === 'done',
  );
  await tool(lobby, 'commands', { terminalId: TERMINAL, kind: 'report-now' });
  await eventually(
    () => world.platform.inspect().commands,
    (all) => all[before + 2]?.outcome === 'done',
  );
  expect(restart).toMatchObject({ results: 1 });
  await resident.page.getByText(notice.text['zh-CN']).waitFor();
  await resident.starts();
  await resident.sees('services');
  await resident.touches(zhCn.action.leave);
});

test('the platform shows a notice, and brings other services and restarts between visits only', async () => {
  const { lobby } = shared;
  const { resident, world } = lobby;
  const { length: before } = world.platform.inspect().commands;
  version += 1;
  await resident.sees('attract');
  await eventually(reported, (found) => found !== undefined);
  const shipped = readFileSync(join(import.meta.dirname, '../../main/flows/catalogue/S19.json'), 'utf8');
  const title = { 'zh-CN': '取号（新）', en: 'Queue ticket (new)' };
  const file = JSON.stringify({ ...JSON.parse(shipped), version: 9, title });
  await tool(lobby, 'catalogue', { version: 3, files: { 'S19.json': file } });

  await resident.starts();
  await resident.sees('services');
  const notice = { text: { 'zh-CN': '明早九点起取号', en: 'Queue tickets from 9 tomorrow' } };
  await tool(lobby, 'desired', {
    terminalId: TERMINAL,
    document: { version, settings: { catalogueVersion: 3, notice } },
  });
  await tool(lobby, 'commands', { terminalId: TERMINAL, kind: 'report-now' });
  await tool(lobby, 'commands', { terminalId: TERMINAL, kind: 'restart-core' });
  await eventually(reported, (found) => found?.desired.results.catalogueVersion?.state === 'pending');
  // Under way: the services stay what they were, and nothing is restarted.
  expect(await resident.page.getByText(title['zh-CN']).count()).toBe(0);
  await resident.chooses('敬老优待证');
  await resident.sees('identify');
  await resident.touches(zhCn.action.leave);
  await resident.sees('attract');
  await resident.page.getByText(notice.text['zh-CN']).waitFor();

  await eventually(reported, (found) => found?.versions.catalogue === 3);
  expect(reported()?.desired).toEqual({
    version,
    results: { catalogueVersion: { state: 'applied' }, notice: { state: 'applied' } },
  });
  await resident.starts();
  await resident.page.getByText(title['zh-CN']).waitFor();
  const commands = await eventually(
    () => world.platform.inspect().commands,
    (all) => all[before]?.outcome === 'done',
  );
  // Somebody was there when it came: it is sent again once its lease of two minutes is over.
  expect(commands.slice(before)).toMatchObject([{ kind: 'report-now' }, { kind: 'restart-core', outcome: null }]);
  await resident.touches(zhCn.action.leave);
});
