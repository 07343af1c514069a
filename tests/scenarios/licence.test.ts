import { getDocumentProxy } from 'unpdf';
import { expect, test } from 'vitest';
import { loadsBlanks } from '../support/blanks.ts';
import { blanksOnTop } from '../support/control-client.ts';
import { clerk, picture, submitsLicence } from '../support/licence-visit.ts';
import { lobbyOfFile } from '../support/lobby.ts';
import { findTraces, traces } from '../support/traces.ts';

const POINTS_PER_MM = 72 / 25.4;

const shared = lobbyOfFile();

test('a licence goes out on the numbered blank on top, is accounted for, and is not offered without one', async () => {
  const { lobby } = shared;
  const { resident, world, terminalDir } = lobby;
  await resident.starts();
  await resident.reads('空白证照用完了');
  await picture(lobby, 'no-blanks');
  await loadsBlanks(lobby); // before the eyes of the resident, who is told
  await resident.page.getByText('空白证照用完了').waitFor({ state: 'detached' });
  await submitsLicence(lobby);
  await resident.sees('result');
  await picture(lobby, 'result');
  const [document] = world.licencePrinter.documents();
  const page = await (await getDocumentProxy(new Uint8Array(document!.pdf))).getPage(1);
  const [, , width = 0, height = 0] = page.view;
  expect([width / POINTS_PER_MM, height / POINTS_PER_MM]).toEqual([expect.closeTo(297, 1), expect.closeTo(210, 1)]);
  expect(await blanksOnTop(world)).toEqual(['A002']);
  expect(await clerk(lobby, 'blanks', 'history', 'A001')).toContain('printed');
  const [{ balances }] = [JSON.parse(await clerk(lobby, 'blanks', 'balance', '--json'))];
  expect(balances).toMatchObject([{ series: 'business-licence', loaded: 10, printed: 1, closing: 9, counted: 9 }]);

  await resident.touches('结束，清除我的信息');
  await resident.sees('attract');
  await expect(findTraces(terminalDir, traces('lin'))).resolves.toEqual([]);
});
