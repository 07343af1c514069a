import { readdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { getDocumentProxy } from 'unpdf';
import { afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { driverModels } from '../../drivers/catalog.ts';
import { Devices } from '../../main/devices/devices.ts';
import type { PreparedPrint } from '../../main/devices/prepared-print.ts';
import type { DevicesConfiguration } from '../../main/devices/protocol.ts';
import { devicePrinters } from '../../main/printing/device-printers.ts';
import { printerModels } from '../../printers/catalog.ts';
import type { Calibration } from '../../printers/document/calibration.ts';
import type { Receipt } from '../../printers/document/document.ts';
import type { PaperDocument } from '../../printers/document/printable.ts';
import type { SealPicture } from '../../printers/document/seal.ts';
import { fullTray } from '../../printers/ipp/simulated-tray.ts';
import { IppSimulator } from '../../printers/ipp/simulator.ts';
import { mm } from '../../printers/pdf/sheet.ts';
import { programScript } from '../../scripts/build/programs.ts';
import { licences } from '../printers/licences.ts';
import { insuranceCertificate } from '../printers/pdf-certificates.ts';
import { largestSeal, sealOf } from '../printers/seal-pictures.ts';
import { eventually } from '../support/eventually.ts';
import { deadEnd } from '../support/http-far-end.ts';
import { memoryLog } from '../support/memory-log.ts';
import { printNow } from '../support/print-now.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** The real device process with these devices, once it has been told of them; for the test that runs now. */
async function devices(...specs: DevicesConfiguration['devices']): Promise<Devices> {
  const { parts, stop } = await startDevices(...specs);
  stops.push(stop);
  return parts;
}

async function startDevices(...specs: DevicesConfiguration['devices']) {
  const entry = pathToFileURL(await programScript('device-process'));
  const parts = new Devices({ devices: specs }, entry, memoryLog());
  const end = new AbortController();
  const running = parts.run(end.signal);
  const stop = async (): Promise<void> => {
    end.abort();
    await running;
  };
  await parts.process.state.until(({ state }) => state === 'running', AbortSignal.timeout(15_000));
  return { parts, stop };
}

const line = { kind: 'tcp', host: '127.0.0.1', port: 1 };
const reader = { id: 'reader', model: 'samv', line, options: {} };

test('devices that are set up wrongly are offline with the reason, and the others serve', async () => {
  const wrong: readonly [id: string, wrong: Partial<DevicesConfiguration['devices'][number]>, reason: string][] = [
    ['no-such-model', { model: 'sam_w' }, 'there is no model "sam_w"'],
    ['no-such-option', { model: 'escpos', options: { width: 80 } }, 'width'],
    ['without-profile', { model: 'escpos' }, 'printers/escpos/profiles'],
    ['no-such-profile', { model: 'escpos', options: { profile: 'no-such-paper' } }, 'no-such-paper'],
    ['no-line', { model: 'escpos', line: { kind: 'tcp', host: '127.0.0.1', port: -1 } }, 'port'],
    ['no-address', { model: 'ipp', options: {} }, 'url'],
  ];
  const address = await deadEnd();
  const printer = { id: 'licence', model: 'ipp', line: { kind: 'http' }, options: { url: `${address}/ipp` } };
  const specs = wrong.map(([id, spec]) => ({ id, model: 'x', line, options: {}, ...spec }));
  const parts = await devices(...specs, reader, printer);
  const status = (id: string) => parts.states.value.get(id)?.status;
  await eventually(
    () => wrong.map(([id]) => status(id)?.state),
    (states) => states.every((state) => state === 'offline'),
  );
  for (const [id, , reason] of wrong) expect(status(id), id).toMatchObject({ detail: expect.stringContaining(reason) });
  expect(parts.serving('id-card-reader')).toMatchObject({ id: 'reader', model: 'samv' });
  expect(parts.states.value.get('licence')?.class).toBe('licence-printer');
});

test('every model of the catalogs is driven, as a device of its class', async () => {
  const models = [...driverModels, ...printerModels];
  const refused = { 'no such option': true }; // so that nothing is looked for on the machine of this test
  const parts = await devices(...models.map(({ id }) => ({ id, model: id, line, options: refused })));
  const states = await eventually(
    () => [...parts.states.value.values()],
    (all) => all.length === models.length && all.every(({ status }) => status.state === 'offline'),
  );
  expect(states.map(({ id, class: deviceClass }) => [id, deviceClass])).toEqual(
    models.map((model) => [model.id, model.class]),
  );
  for (const { status } of states) expect(status).toMatchObject({ detail: expect.stringContaining('no such option') });
});

test('what a driver compiles as it is loaded is kept for the next start, although this process is killed at its end', async () => {
  onTestFinished(() => void vi.unstubAllEnvs());
  /** In files, with these devices. */
  const kept = async (enough: (files: number) => boolean, ...specs: Parameters<typeof devices>): Promise<number> => {
    const folder = temporaryFolder();
    vi.stubEnv('NODE_COMPILE_CACHE', folder);
    const parts = await devices(...specs);
    return await eventually(async () => {
      // Written behind the answer to the first, and before the next is read.
      for (const _ of [1, 2]) await parts.process.call('ping', null, AbortSignal.timeout(15_000));
      return readdirSync(folder, { recursive: true }).length;
    }, enough);
  };
  const receipts = { id: 'receipts', model: 'escpos', line, options: { profile: 'generic-80' } };
  const wrong = { ...receipts, model: 'none of ours' };
  const without = await kept((files) => files > 20, wrong);
  await kept((files) => files > without, receipts);
});

test('a printer that is set up wrongly has certainly printed nothing, and nobody is sent to look for paper', async () => {
  const parts = await devices({ id: 'wrong', model: 'escpos', line, options: { width: 80 } });
  const receipt: Receipt = { kind: 'receipt', language: 'zh-CN', blocks: [{ type: 'title', text: '受理回执' }] };
  const outcome = await printNow(parts, receipt, new AbortController().signal);
  expect(outcome).toMatchObject({ outcome: 'not-printed', code: 'unsupported' });
});

test('a paper is taken back from no printer that is not found yet or is set up wrongly, and from one that is gone at once', async () => {
  const parts = await devices(
    { id: 'wrong', model: 'ipp', line: { kind: 'http' }, options: {} },
    { id: 'receipts', model: 'escpos', line, options: { profile: 'generic-80' } },
  );
  await eventually(
    () => parts.states.value.get('receipts')?.status,
    (status) => status?.state !== 'starting' && status !== undefined,
  );
  const withdraw = (id: string) =>
    parts.withdraw(id, { name: 'job-1', begunAt: new Date().toISOString() }, new AbortController().signal);
  await expect(withdraw('wrong')).rejects.toMatchObject({ code: 'not-connected' });
  expect([await withdraw('receipts'), await withdraw('sold')]).toEqual([undefined, undefined]);
});

describe('a licence printer on the network', () => {
  const forever = new AbortController().signal;
  const printer = new IppSimulator();
  let parts: Devices;
  /** Of earlier tests: the printer and the device process are the same for all, as a process starts and lays out its first paper in 0.6 s. */
  let jobsBefore = 0;

  beforeAll(async () => {
    const { url, close } = await printer.start();
    const started = await startDevices({ id: 'licence', model: 'ipp', line: { kind: 'http' }, options: { url } });
    parts = started.parts;
    return async () => {
      await started.stop();
      await close();
    };
  });

  beforeEach(async () => {
    printer.trays = [fullTray('tray-1'), fullTray('tray-2', 'iso_a4_210x297mm', 'stationery-preprinted')];
    jobsBefore = printer.jobs().length;
    await eventually(
      () => parts.states.value.get('licence')?.status,
      (status) => status?.state === 'online',
    );
  });

  const jobs = () => printer.jobs().slice(jobsBefore);

  async function prepared(jobName: string): Promise<PreparedPrint> {
    const sheet = { media: 'iso_a4_210x297mm', source: 'tray-2' };
    const print = await parts.prepare(insuranceCertificate, { jobName, sheet }, forever);
    if (!('run' in print)) throw new Error(JSON.stringify(print));
    return print;
  }

  test('prints what was prepared when it is run, on the sheet that was asked for', async () => {
    const print = await prepared('job-1');
    expect(jobs()).toEqual([]);
    const stages: string[] = [];
    expect(await print.run(forever, (stage) => stages.push(stage))).toEqual({ outcome: 'printed' });
    expect(stages).toEqual(['printing', 'presented']);
    expect(jobs()).toMatchObject([{ jobName: 'job-1', drawnFrom: ['tray-2'] }]);
  });

  test('is free for others when a prepared print is discarded', async () => {
    const print = await prepared('job-1');
    await print.discard();
    expect(await (await prepared('job-2')).run(forever)).toEqual({ outcome: 'printed' });
    expect(jobs()).toMatchObject([{ jobName: 'job-2' }]);
  });

  test('knows what became of a job that a device process died over', async () => {
    const { msPerSheet, sheetsOut } = printer;
    onTestFinished(() => void Object.assign(printer, { msPerSheet }));
    printer.msPerSheet = 1_000;
    const pid = parts.process.state.value.pid ?? 0;
    const begunAt = new Date().toISOString();
    const print = await prepared('job-of-a-dead-process');
    const outcome = print.run(forever, (stage) => {
      if (stage === 'printing') process.kill(pid, 'SIGKILL');
    });
    expect(await outcome).toMatchObject({ outcome: 'unknown' });
    await parts.process.state.until(({ state }) => state === 'running', AbortSignal.timeout(15_000));
    const word = await parts.whatBecameOf(print.printerId, { name: 'job-of-a-dead-process', begunAt }, forever);
    expect(word).toEqual({ outcome: 'printed' });
    expect(printer.sheetsOut).toBe(sheetsOut + 1);
  }, 30_000);

  test('puts a licence where the calibration of that printer says', async () => {
    const calibrations = { licence: { offsetXMm: 3, offsetYMm: -2, rotationDeg: 0 } };
    const xs = [await firstTextAt({}), await firstTextAt(calibrations)];
    const [[x = 0, y = 0], [movedX, movedY]] = [xs[0]!, xs[1]!];
    expect([movedX, movedY]).toEqual([expect.closeTo(x + mm(3), 1), expect.closeTo(y + mm(2), 1)]); // up in PDF is up
  });

  test.each<[string, PaperDocument]>([
    ['a licence that goes on blanks of another series', licences['food-business-licence']],
    ['a licence for plain paper', licences['tax-certificate']],
    ['a certificate', insuranceCertificate],
  ])('has no blank spoiled by %s', async (_, document) => {
    const onBlank = { jobName: 'job-1', copies: 1, printerId: 'licence', tray: 'tray-2', series: 'business-licence' };
    const printers = devicePrinters({ devices: parts, calibrations: {} });
    const outcome = await printers.prepare(document, onBlank, forever);
    expect(outcome).toMatchObject({ outcome: 'not-printed', code: 'invalid-data' });
    expect(jobs()).toEqual([]);
  });

  test('draws no numbered blank for a certificate, however empty the other tray is', async () => {
    const numberedTrays = [{ printerId: 'licence', tray: 'tray-2' }];
    const printers = devicePrinters({ devices: parts, calibrations: {} });
    const prepare = () =>
      printers.prepare(insuranceCertificate, { jobName: 'job-1', copies: 1, numberedTrays }, forever);
    const print = await prepare();
    if ('outcome' in print) throw new Error(JSON.stringify(print));
    expect(await print.run(forever, () => undefined)).toEqual({ outcome: 'printed' });
    printer.sheets = 0;
    expect(await prepare()).toMatchObject({ outcome: 'not-printed', code: 'paper-out' });
    expect(jobs()).toMatchObject([{ drawnFrom: ['tray-1'] }]);
  });

  test('prints the largest seal, and nothing with a seal that is damaged', async () => {
    const printers = devicePrinters({ devices: parts, calibrations: {} });
    const prepare = (seal: SealPicture) =>
      printers.prepare({ ...insuranceCertificate, seal }, { jobName: 'job-1', copies: 1 }, forever);
    const [seal, cut] = [largestSeal(), sealOf(Buffer.from(largestSeal().png, 'base64').subarray(0, -12))];
    expect(await prepare(cut)).toMatchObject({
      outcome: 'not-printed',
      code: 'invalid-data',
      detail: expect.stringContaining('seal: is cut off'),
    });
    const print = await prepare(seal);
    if ('outcome' in print) throw new Error(JSON.stringify(print));
    expect(await print.run(forever, () => undefined)).toEqual({ outcome: 'printed' });
    expect(Buffer.from(printer.documents().at(-1)!.pdf).includes('/SMask')).toBe(true);
  });

  /** From the lower left, in points. */
  async function firstTextAt(calibrations: Record<string, Calibration>): Promise<readonly number[]> {
    const onBlank = { jobName: 'job-1', copies: 1, printerId: 'licence', tray: 'tray-2', series: 'business-licence' };
    const printers = devicePrinters({ devices: parts, calibrations });
    const print = await printers.prepare(licences['business-licence'], onBlank, forever);
    if ('outcome' in print) throw new Error(JSON.stringify(print));
    expect(await print.run(forever, () => undefined)).toEqual({ outcome: 'printed' });
    const page = await (await getDocumentProxy(new Uint8Array(printer.documents().at(-1)!.pdf))).getPage(1);
    const [first] = (await page.getTextContent()).items;
    if (!first || !('transform' in first)) throw new Error('a licence without a text');
    return first.transform.slice(4);
  }

  test('is not told anything when the caller of a prepared print has left', async () => {
    const print = await prepared('job-1');
    const reason = new Error('left');
    await expect(print.run(AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(await (await prepared('job-2')).run(forever)).toEqual({ outcome: 'printed' });
    expect(jobs()).toMatchObject([{ jobName: 'job-2' }]);
  });
});
