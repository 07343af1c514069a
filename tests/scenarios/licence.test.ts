import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { getDocumentProxy } from 'unpdf';
import { afterEach, expect, test } from 'vitest';
import { fullTray } from '../../printers/ipp/simulated-tray.ts';
import { eventually } from '../support/eventually.ts';
import { kioskctl } from '../support/kioskctl.ts';
import { type Lobby, openLobby } from '../support/lobby.ts';
import { processesOf } from '../support/processes.ts';
import { findTraces, traces } from '../support/traces.ts';

const A4 = 'iso_a4_210x297mm';
const POINTS_PER_MM = 72 / 25.4;

let lobby: Lobby;
afterEach(() => lobby.close());

/** What a clerk types, and reads. */
async function clerk(...words: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await kioskctl([...words, '--terminal', lobby.world.configurationFile]);
  expect([words.join(' '), exitCode, stderr]).toEqual([words.join(' '), 0, '']);
  return stdout;
}

/** A pack of ten, A001 on top, lies in the second tray, and the terminal has been told. */
async function loadsBlanks(): Promise<void> {
  lobby.world.licencePrinter.trays.push({ ...fullTray('tray-2', A4, 'stationery-preprinted'), sheets: 10 });
  const where = ['--printer', 'licence-printer', '--tray', 'tray-2', '--terminal', lobby.world.configurationFile];
  // Until the terminal has heard of its printers.
  await eventually(
    () => kioskctl(['blanks', 'load', 'business-licence', ...where, '--from', 'A001', '--to', 'A010', '--yes']),
    ({ exitCode }) => exitCode === 0,
  );
}

/** From the list of services on. */
async function submits(): Promise<void> {
  const { resident, world } = lobby;
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
  await lobby.resident.page.screenshot({ path: join(folder, `licence-${name}.png`) });
}

test('a licence goes out on the numbered blank on top, is accounted for, and is not offered without one', async () => {
  lobby = await openLobby();
  const { resident, world } = lobby;
  await resident.starts();
  await resident.reads('空白证照用完了');
  await picture('no-blanks');
  await loadsBlanks(); // before the eyes of the resident, who is told
  await resident.page.getByText('空白证照用完了').waitFor({ state: 'detached' });
  await submits();
  await resident.sees('result');
  await picture('result');
  const [document] = world.licencePrinter.documents();
  const page = await (await getDocumentProxy(new Uint8Array(document!.pdf))).getPage(1);
  const [, , width = 0, height = 0] = page.view;
  expect([width / POINTS_PER_MM, height / POINTS_PER_MM]).toEqual([expect.closeTo(297, 1), expect.closeTo(210, 1)]);
  expect(await clerk('blanks', 'list')).toContain('A002');
  expect(await clerk('blanks', 'history', 'A001')).toContain('printed');
  const [{ balances }] = [JSON.parse(await clerk('blanks', 'balance', '--json'))];
  expect(balances).toMatchObject([{ series: 'business-licence', loaded: 10, printed: 1, closing: 9, counted: 9 }]);

  await resident.touches('结束，清除我的信息');
  await resident.sees('attract');
  await lobby.terminal.stop();
  await expect(findTraces(lobby.terminalDir, traces('lin'))).resolves.toEqual([]);
});

test('a device process that dies over a licence: the printer is asked, and the resident is not', async () => {
  lobby = await openLobby();
  const { resident, world, terminal } = lobby;
  await loadsBlanks();
  world.licencePrinter.msPerSheet = 3_000;
  await resident.starts();
  await submits();
  await resident.sees('print');
  await eventually(
    () => world.licencePrinter.jobs().length,
    (jobs) => jobs === 1,
  );
  for (const pid of processesOf(terminal.core.pid!, 'device-process')) process.kill(pid, 'SIGKILL');
  await resident.sees('result');
  expect([world.licencePrinter.documents().length, await clerk('blanks', 'history', 'A001')]).toEqual([
    1,
    expect.stringContaining('printed'),
  ]);
});

test('a printer that dies over a licence leaves its blank to a clerk, and prints the next when that is settled', async () => {
  lobby = await openLobby();
  const { resident, world } = lobby;
  await loadsBlanks();
  world.licencePrinter.msPerSheet = 60_000;
  await resident.starts();
  await submits();
  await resident.sees('print');
  await eventually(
    () => world.licencePrinter.jobs().length,
    (jobs) => jobs === 1,
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
  await clerk('blanks', 'settle', 'A001', '--as', 'in-tray', '--reason', 'seen');
  await resident.touches('再试一次');
  await resident.sees('result');
  expect([world.licencePrinter.documents().length, await clerk('blanks', 'history', 'A001')]).toEqual([
    1,
    expect.stringContaining('printed'),
  ]);
});
