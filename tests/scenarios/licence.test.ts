import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { getDocumentProxy } from 'unpdf';
import { expect, test } from 'vitest';
import { loadsBlanks } from '../support/blanks.ts';
import { blanksOnTop } from '../support/control-client.ts';
import { eventually } from '../support/eventually.ts';
import { kioskctl } from '../support/kioskctl.ts';
import { lobbyOfFile } from '../support/lobby.ts';
import { processesOf } from '../support/processes.ts';
import { findTraces, traces } from '../support/traces.ts';

const POINTS_PER_MM = 72 / 25.4;

const shared = lobbyOfFile();

/** What a clerk types, and reads. */
async function clerk(...words: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await kioskctl([...words, '--terminal', shared.lobby.world.configurationFile]);
  expect([words.join(' '), exitCode, stderr]).toEqual([words.join(' '), 0, '']);
  return stdout;
}

/** The number on top of the one pack; the first test to want one loads it. */
async function blankOnTop(): Promise<string> {
  const { lobby } = shared;
  const packs = await blanksOnTop(lobby.world);
  if (packs.length === 0) await loadsBlanks(lobby);
  const [top = ''] = packs.length === 0 ? await blanksOnTop(lobby.world) : packs;
  return top;
}

/** From the list of services on. */
async function submits(): Promise<void> {
  const { resident, world } = shared.lobby;
  await resident.chooses('营业执照打印');
  await resident.sees('identify');
  world.placeCard('lin');
  await resident.sees('review');
  await picture('review');
  await resident.touches('确认提交');
}

/** For whoever wants to look: `SCREENSHOTS=FOLDER`. */
async function picture(name: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await shared.lobby.resident.page.screenshot({ path: join(folder, `licence-${name}.png`) });
}

test('a licence goes out on the numbered blank on top, is accounted for, and is not offered without one', async () => {
  const { lobby } = shared;
  const { resident, world, terminalDir } = lobby;
  await resident.starts();
  await resident.reads('空白证照用完了');
  await picture('no-blanks');
  await loadsBlanks(lobby); // before the eyes of the resident, who is told
  await resident.page.getByText('空白证照用完了').waitFor({ state: 'detached' });
  await submits();
  await resident.sees('result');
  await picture('result');
  const [document] = world.licencePrinter.documents();
  const page = await (await getDocumentProxy(new Uint8Array(document!.pdf))).getPage(1);
  const [, , width = 0, height = 0] = page.view;
  expect([width / POINTS_PER_MM, height / POINTS_PER_MM]).toEqual([expect.closeTo(297, 1), expect.closeTo(210, 1)]);
  expect(await blanksOnTop(world)).toEqual(['A002']);
  expect(await clerk('blanks', 'history', 'A001')).toContain('printed');
  const [{ balances }] = [JSON.parse(await clerk('blanks', 'balance', '--json'))];
  expect(balances).toMatchObject([{ series: 'business-licence', loaded: 10, printed: 1, closing: 9, counted: 9 }]);

  await resident.touches('结束，清除我的信息');
  await resident.sees('attract');
  await expect(findTraces(terminalDir, traces('lin'))).resolves.toEqual([]);
});

test('a device process that dies over a licence: the printer is asked, and the resident is not', async () => {
  const { resident, world, terminal } = shared.lobby;
  const blank = await blankOnTop();
  const printedBefore = world.licencePrinter.jobs().length;
  world.licencePrinter.msPerSheet = 3_000;
  await resident.starts();
  await submits();
  await resident.sees('print');
  await eventually(
    () => world.licencePrinter.jobs().length,
    (jobs) => jobs > printedBefore,
  );
  for (const pid of processesOf(terminal.core.pid!, 'device-process')) process.kill(pid, 'SIGKILL');
  await resident.sees('result');
  expect([world.licencePrinter.documents().length, await clerk('blanks', 'history', blank)]).toEqual([
    printedBefore + 1,
    expect.stringContaining('printed'),
  ]);
  await resident.touches('结束，清除我的信息');
});

test('a printer that dies over a licence leaves its blank to a clerk, and prints the next when that is settled', async () => {
  const { resident, world, terminalDir } = shared.lobby;
  const blank = await blankOnTop();
  const printedBefore = world.licencePrinter.jobs().length;
  world.licencePrinter.msPerSheet = 60_000;
  await resident.starts();
  await submits();
  await resident.sees('print');
  await eventually(
    () => world.licencePrinter.jobs().length,
    (jobs) => jobs > printedBefore,
  );
  world.licencePrinter.reboot(); // and knows nothing of any job
  await resident.reads('不知道打出来没有');
  await picture('unknown');
  await resident.touches('没有出来');
  await resident.reads('请工作人员来核对');
  await picture('clerk');
  await resident.touches('再试一次');
  await resident.reads('请工作人员来核对'); // nothing goes on before
  world.licencePrinter.msPerSheet = 200;
  await clerk('blanks', 'settle', blank, '--as', 'in-tray', '--reason', 'seen');
  await resident.touches('再试一次');
  await resident.sees('result');
  expect([world.licencePrinter.documents().length, await clerk('blanks', 'history', blank)]).toEqual([
    1,
    expect.stringContaining('printed'),
  ]);
  await resident.touches('结束，清除我的信息');
  await resident.sees('attract');
  await shared.switchOff();
  await expect(findTraces(terminalDir, traces('lin'))).resolves.toEqual([]);
});
