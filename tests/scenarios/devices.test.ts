import { afterEach, expect, test } from 'vitest';
import { createLanguages } from '../../renderer/i18n/i18n.ts';
import { problemText } from '../../renderer/i18n/problem-text.ts';
import { zhCn } from '../../renderer/i18n/zh-cn.ts';
import { devicesOf } from '../support/control-client.ts';
import { eventually } from '../support/eventually.ts';
import { type Lobby, openLobby } from '../support/lobby.ts';
import { processesOf } from '../support/processes.ts';

/** "Devices ready in ≤ 2 s" after a kill; "ready ≤ 3 s after replug; unplugged is on screen ≤ 2 s". */
const AFTER_KILL_MS = 2_000;
const AFTER_PLUG_MS = 3_000;
const AFTER_UNPLUG_MS = 2_000;

/** Whatever else the machine does only makes it later: the best of three counts. */
const AS_SOON_AS = { retry: 2 };

let lobby: Lobby;
afterEach(() => lobby.close());

/** How long it takes until `done` is so. */
async function timed(done: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await done();
  return performance.now() - startedMs;
}

const allOnline = () =>
  eventually(
    () => devicesOf(lobby.world),
    (devices) => devices.length >= 4 && devices.every(({ state }) => state === 'online'),
  );

/** The device process gets `kill -9`; resolves once every device is online in the next one. */
async function killsDevices(): Promise<void> {
  const [pid = 0] = processesOf(process.pid, 'jiujin-devices');
  const readyInMs = await timed(async () => {
    process.kill(pid, 'SIGKILL');
    await eventually(
      () => processesOf(process.pid, 'jiujin-devices')[0],
      (next) => next !== undefined && next !== pid,
    );
    await allOnline();
  });
  console.log(`devices ready ${Math.round(readyInMs)} ms after kill -9 of their process`);
  expect(readyInMs).toBeLessThan(AFTER_KILL_MS);
}

test(
  'a device process that is killed in the middle of a card read is back within two seconds, and the card is read',
  AS_SOON_AS,
  async () => {
    lobby = await openLobby();
    const { world, resident } = lobby;
    await allOnline();
    await resident.starts();
    await resident.chooses('敬老优待证');
    await resident.sees('identify');
    world.reader.readMs = 2_500;
    world.placeCard('wei');
    await resident.reads(zhCn.identify.reading.title);
    await killsDevices();
    world.reader.readMs = 100;
    await resident.sees('form');
    expect(world.reader.reads).toBe(1);
  },
);

test(
  'a device process that is killed in the middle of a receipt prints nothing twice: the resident is asked',
  AS_SOON_AS,
  async () => {
    lobby = await openLobby();
    const { world, resident } = lobby;
    await allOnline();
    await resident.starts();
    await resident.chooses('敬老优待证');
    await resident.sees('identify');
    world.placeCard('wei');
    await resident.sees('form');
    await resident.touches('自己去街道领');
    await resident.touches(zhCn.action.next);
    await resident.types('13900000002');
    await resident.touches(zhCn.action.next);
    await resident.sees('review');
    world.receiptPrinter.bytesPerSecond = 400;
    await resident.touches(zhCn.action.submit);
    await eventually(() => world.receiptPrinter.uncut, Boolean);
    await killsDevices();
    world.receiptPrinter.bytesPerSecond = undefined;
    await resident.reads(zhCn.print.ask);
    expect(world.receiptPrinter.receipts().filter(({ events }) => events.some(({ type }) => type === 'qr'))).toEqual(
      [],
    );
    await resident.touches(zhCn.paper.seenYes);
    await resident.sees('result');
    await eventually(
      () => world.receiptPrinter.uncut,
      (half) => half === undefined,
    ); // or the next resident's would hang on to it
    // "Yes, it is there": so nothing more comes out.
    expect(world.receiptPrinter.receipts().filter(({ events }) => events.some(({ type }) => type === 'qr'))).toEqual(
      [],
    );
    expect(world.platform.inspect()).toMatchObject({ cases: [{ serviceId: 'S10', deliveries: 1 }], duplicates: 0 });
  },
);

test.each([
  ['id-card-reader', 'not-connected'],
  ['receipt-printer', 'not-connected'],
  ['licence-printer', 'not-connected'],
] as const)(
  'a %s that is unplugged is on screen within two seconds, and ready within three of being back',
  AS_SOON_AS,
  async (device, fault) => {
    lobby = await openLobby();
    const { world, resident } = lobby;
    await resident.starts();
    await allOnline();
    const { short } = problemText(createLanguages()['zh-CN'].t, { device, fault });
    const tag = resident.page.locator('.service', { hasText: '社保参保证明' }).getByText(short);
    const shownInMs = await timed(async () => {
      await world.perform(device, 'unplug');
      await tag.waitFor();
    });
    const readyInMs = await timed(async () => {
      await world.perform(device, 'plug');
      await tag.waitFor({ state: 'detached' });
    });
    console.log(`${device}: on screen in ${Math.round(shownInMs)} ms, ready in ${Math.round(readyInMs)} ms`);
    expect(shownInMs).toBeLessThan(AFTER_UNPLUG_MS);
    expect(readyInMs).toBeLessThan(AFTER_PLUG_MS);
  },
);

test('a printer that falls silent is noticed, repaired step by step, told to the platform, and remembered', async () => {
  lobby = await openLobby();
  const { world } = lobby;
  await allOnline();
  // Waiting for the page is no fault of the camera.
  expect((await devicesOf(world)).find(({ id }) => id === 'camera')).toMatchObject({ faultsToday: 0 });
  await world.perform('receipt-printer', 'silence', 'on');
  const printer = async () => (await devicesOf(world)).find(({ id }) => id === 'receipt-printer');
  await eventually(printer, (found) => found?.state === 'offline');
  await eventually(printer, (found) => found?.repair?.rung === 'report');
  await eventually(
    () => world.platform.inspect().devices['longsha-24h-03']?.devices.find(({ id }) => id === 'receipt-printer'),
    (told) => told?.rung === 'report',
  );
  await world.perform('receipt-printer', 'silence', 'off');
  await eventually(printer, (found) => found?.state === 'online');
  expect(await printer()).toMatchObject({ faultsToday: 1 });
});
