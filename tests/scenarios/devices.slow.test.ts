import { expect, test } from 'vitest';
import { createLanguages } from '../../renderer/i18n/i18n.ts';
import { problemText } from '../../renderer/i18n/problem-text.ts';
import { zhCn } from '../../renderer/i18n/zh-cn.ts';
import { devicesOf } from '../support/control-client.ts';
import { eventually } from '../support/eventually.ts';
import { lobbyOfFile } from '../support/lobby.ts';
import { processesOf } from '../support/processes.ts';

/** "Devices ready in ≤ 2 s" after a kill; "ready ≤ 3 s after replug; unplugged is on screen ≤ 2 s". */
const AFTER_KILL_MS = 2_000;
const AFTER_PLUG_MS = 3_000;
const AFTER_UNPLUG_MS = 2_000;

/** Whatever else the machine does only makes it later: the best of three counts. */
const AS_SOON_AS = { retry: 2 };

const shared = lobbyOfFile();

/** How long it takes until `done` is so. */
async function timed(done: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await done();
  return performance.now() - startedMs;
}

const allOnline = () =>
  eventually(
    () => devicesOf(shared.lobby.world),
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
    const { world, resident } = shared.lobby;
    await allOnline();
    await resident.starts();
    await resident.chooses('敬老优待证');
    await resident.sees('identify');
    const readBefore = world.reader.reads;
    world.reader.readMs = 2_500;
    world.placeCard('wei');
    await resident.reads(zhCn.identify.reading.title);
    await killsDevices();
    world.reader.readMs = 100;
    await resident.sees('form');
    expect(world.reader.reads).toBe(readBefore + 1);
    await resident.givesUp();
  },
);

test(
  'a device process that is killed in the middle of a receipt prints nothing twice: the resident is asked',
  AS_SOON_AS,
  async () => {
    const { world, resident } = shared.lobby;
    const receiptsWithCode = (): number =>
      world.receiptPrinter.receipts().filter(({ events }) => events.some(({ type }) => type === 'qr')).length;
    const [before, casesBefore] = [receiptsWithCode(), world.platform.inspect().cases.length];
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
    expect(receiptsWithCode()).toBe(before);
    await resident.touches(zhCn.paper.seenYes);
    await resident.sees('result');
    await eventually(
      () => world.receiptPrinter.uncut,
      (half) => half === undefined,
    ); // or the next resident's would hang on to it
    // "Yes, it is there": so nothing more comes out.
    expect(receiptsWithCode()).toBe(before);
    const { cases, duplicates } = world.platform.inspect();
    expect(cases.slice(casesBefore)).toMatchObject([{ serviceId: 'S10', deliveries: 1 }]);
    expect(duplicates).toBe(0);
    await resident.touches(zhCn.action.finish);
  },
);

test(
  'a device that is unplugged is on screen within two seconds, and ready within three of being back',
  AS_SOON_AS,
  async () => {
    const { world, resident } = shared.lobby;
    await resident.starts();
    for (const device of ['id-card-reader', 'receipt-printer', 'licence-printer'] as const) {
      await allOnline();
      const { short } = problemText(createLanguages()['zh-CN'].t, { device, fault: 'not-connected' });
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
      expect(shownInMs, device).toBeLessThan(AFTER_UNPLUG_MS);
      expect(readyInMs, device).toBeLessThan(AFTER_PLUG_MS);
    }
    await resident.touches(zhCn.action.leave);
  },
);
