import { expect, test } from 'vitest';
import { loadsBlanks } from '../support/blanks.ts';
import { blanksOnTop } from '../support/control-client.ts';
import { eventually } from '../support/eventually.ts';
import { clerk, picture, submitsLicence } from '../support/licence-visit.ts';
import { type Lobby, lobbyOfFile } from '../support/lobby.ts';
import { processesOf } from '../support/processes.ts';
import { findTraces, traces } from '../support/traces.ts';

const shared = lobbyOfFile();

/** The number on top of the one pack; the first test to want one loads it. */
async function blankOnTop(lobby: Lobby): Promise<string> {
  const packs = await blanksOnTop(lobby.world);
  if (packs.length === 0) await loadsBlanks(lobby);
  const [top = ''] = packs.length === 0 ? await blanksOnTop(lobby.world) : packs;
  return top;
}

/** A licence is under way at the printer, which takes so long for a sheet: on which blank, and how many jobs it had before. */
async function hasPrinterBusy(lobby: Lobby, msPerSheet: number): Promise<{ blank: string; printedBefore: number }> {
  const { resident, world } = lobby;
  const blank = await blankOnTop(lobby);
  const printedBefore = world.licencePrinter.jobs().length;
  world.licencePrinter.msPerSheet = msPerSheet;
  await resident.starts();
  await submitsLicence(lobby);
  await resident.sees('print');
  await eventually(
    () => world.licencePrinter.jobs().length,
    (jobs) => jobs > printedBefore,
  );
  return { blank, printedBefore };
}

test('a device process that dies over a licence: the printer is asked, and the resident is not', async () => {
  const { lobby } = shared;
  const { resident, world, terminal } = lobby;
  const { blank, printedBefore } = await hasPrinterBusy(lobby, 3_000);
  for (const pid of processesOf(terminal.core.pid!, 'device-process')) process.kill(pid, 'SIGKILL');
  await resident.sees('result');
  expect([world.licencePrinter.documents().length, await clerk(lobby, 'blanks', 'history', blank)]).toEqual([
    printedBefore + 1,
    expect.stringContaining('printed'),
  ]);
  await resident.touches('结束，清除我的信息');
});

test('a printer that dies over a licence leaves its blank to a clerk, and prints the next when that is settled', async () => {
  const { lobby } = shared;
  const { resident, world, terminalDir } = lobby;
  const { blank } = await hasPrinterBusy(lobby, 60_000);
  world.licencePrinter.reboot(); // and knows nothing of any job
  await resident.reads('不知道打出来没有');
  await picture(lobby, 'unknown');
  await resident.touches('没有出来');
  await resident.reads('请工作人员来核对');
  await picture(lobby, 'clerk');
  await resident.touches('再试一次');
  await resident.reads('请工作人员来核对'); // nothing goes on before
  world.licencePrinter.msPerSheet = 200;
  await clerk(lobby, 'blanks', 'settle', blank, '--as', 'in-tray', '--reason', 'seen');
  await resident.touches('再试一次');
  await resident.sees('result');
  expect([world.licencePrinter.documents().length, await clerk(lobby, 'blanks', 'history', blank)]).toEqual([
    1,
    expect.stringContaining('printed'),
  ]);
  await resident.touches('结束，清除我的信息');
  await resident.sees('attract');
  await shared.switchOff();
  await expect(findTraces(terminalDir, traces('lin'))).resolves.toEqual([]);
});
