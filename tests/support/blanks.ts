import { fullTray } from '../../printers/ipp/simulated-tray.ts';
import { devicesOf } from './control-client.ts';
import { eventually } from './eventually.ts';
import { kioskctl } from './kioskctl.ts';
import type { Lobby } from './lobby.ts';

export const A4 = 'iso_a4_210x297mm';
const SHEETS = 10;

/** A pack of ten, A001 on top, lies in the second tray, and the terminal has been told of it by a clerk; the tray. */
export async function loadsBlanks({ world }: Lobby, media = A4) {
  const tray = { ...fullTray('tray-2', media, 'stationery-preprinted'), sheets: SHEETS };
  world.licencePrinter.trays.push(tray);
  await eventually(
    () => devicesOf(world).catch(() => []),
    (devices) => devices.some(({ id, state }) => id === 'licence-printer' && state === 'online'),
  );
  const where = ['--printer', 'licence-printer', '--tray', 'tray-2', '--terminal', world.configurationFile];
  // A printer that is there is asked for its trays after that.
  await eventually(
    () => kioskctl(['blanks', 'load', 'business-licence', ...where, '--from', 'A001', '--to', 'A010', '--yes']),
    ({ exitCode }) => exitCode === 0,
  );
  return tray;
}
