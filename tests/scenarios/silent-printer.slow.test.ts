import { expect, test } from 'vitest';
import { devicesOf } from '../support/control-client.ts';
import { eventually } from '../support/eventually.ts';
import { lobbyOfFile } from '../support/lobby.ts';
import { TERMINAL } from '../support/management-tool.ts';

const shared = lobbyOfFile();

test('a printer that falls silent is noticed, repaired step by step, told to the platform, and remembered', async () => {
  const { world } = shared.lobby;
  await eventually(
    () => devicesOf(world),
    (devices) => devices.length >= 4 && devices.every(({ state }) => state === 'online'),
  );
  // Waiting for the page is no fault of the camera.
  expect((await devicesOf(world)).find(({ id }) => id === 'camera')).toMatchObject({ faultsToday: 0 });
  const printer = async () => (await devicesOf(world)).find(({ id }) => id === 'receipt-printer');
  const faultsBefore = (await printer())?.faultsToday ?? 0; // one, where a busy machine has kept it waiting
  await world.perform('receipt-printer', 'silence', 'on');
  await eventually(printer, (found) => found?.state === 'offline');
  await eventually(printer, (found) => found?.repair?.rung === 'report');
  await eventually(
    () => world.platform.inspect().devices[TERMINAL]?.devices.find(({ id }) => id === 'receipt-printer'),
    (told) => told?.rung === 'report',
  );
  await world.perform('receipt-printer', 'silence', 'off');
  await eventually(printer, (found) => found?.state === 'online');
  expect(await printer()).toMatchObject({ faultsToday: faultsBefore + 1 });
});
