import { afterEach, expect, test, vi } from 'vitest';
import { Devices } from '../../../main/devices/devices.ts';
import type { PreparedPrint } from '../../../main/devices/prepared-print.ts';
import { deviceContract } from '../../../main/devices/protocol.ts';
import type { AnyStatus } from '../../../main/devices/schemas.ts';
import type { Receipt } from '../../../printers/document/document.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { printNow } from '../../support/print-now.ts';

const forever = new AbortController().signal;
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  vi.useRealTimers();
  for (const stop of stops.splice(0)) await stop();
});

const observed = { observedAt: '2026-11-21T08:00:00.000Z', source: 'polled' } as const;
const offline = { state: 'offline', cause: 'timeout', detail: '', retryInMs: 1, ...observed } as const;

/** The core's side of a device process with a reader and a receipt printer, before that process is started. */
function idle(readers: Record<string, string> = { 'reader-1': '' }) {
  const line = { kind: 'tcp' };
  const spec = (id: string, model: string, behaviour = '') => ({ id, model, line, options: { behaviour } });
  const configuration = {
    devices: [
      ...Object.entries(readers).map(([id, behaviour]) => spec(id, 'id-card-reader', behaviour)),
      spec('printer-1', 'receipt-printer'),
    ],
  };
  const log = memoryLog();
  const parts = new Devices(configuration, new URL('../../support/device-child.ts', import.meta.url), log);
  return { parts, log };
}

function devices(readers?: Record<string, string>) {
  const { parts, log } = idle(readers);
  const end = new AbortController();
  const running = parts.run(end.signal);
  stops.push(async () => {
    end.abort();
    await running;
  });
  const isRunning = () => parts.process.state.until(({ state }) => state === 'running', AbortSignal.timeout(15_000));
  return { parts, log, isRunning };
}

const receipt = (title: string): Receipt => ({
  kind: 'receipt',
  language: 'zh-CN',
  blocks: [{ type: 'title', text: title }],
});

test('a device is known once its process has told of it, and each change is logged once', async () => {
  const { parts, log, isRunning } = devices();
  expect(parts.serving('id-card-reader')).toBeUndefined();
  await isRunning();
  expect(parts.serving('id-card-reader')).toMatchObject({ id: 'reader-1', status: { state: 'online' } });
  expect(parts.serving('receipt-printer')).toMatchObject({ id: 'printer-1', status: { paper: 'full' } });
  expect(parts.serving('licence-printer')).toBeUndefined();
  expect(log.entries.map(({ fields }) => fields)).toMatchObject([{ device: 'reader-1' }, { device: 'printer-1' }]);
});

test('a card crosses with its portrait, and only this reader’s progress is shown', async () => {
  const { parts, isRunning } = devices();
  await isRunning();
  const onProgress = vi.fn();
  const { card, portrait } = await parts.readCard(forever, onProgress);
  expect([card.idNumber, portrait]).toEqual(['230299197506180027', Uint8Array.of(0xff, 0xd8)]);
  expect(onProgress.mock.calls).toEqual([['reading']]);
});

test('a printer’s word is handed on as it is', async () => {
  const { parts, isRunning } = devices();
  await isRunning();
  expect(await printNow(parts, receipt('print'), forever)).toEqual({ outcome: 'printed' });
  expect(await printNow(parts, receipt('jam'), forever)).toMatchObject({
    outcome: 'not-printed',
    code: 'media-jammed',
  });
});

test('without a process, or without a printer, certainly nothing was printed', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { parts } = idle();
  const receiptIsPrinted = printNow(parts, receipt('print'), forever);
  await vi.advanceTimersByTimeAsync(6_000);
  expect(await receiptIsPrinted).toMatchObject({ outcome: 'not-printed', code: 'not-connected' });
  parts.report({ id: 'a', class: 'receipt-printer', model: 'x', status: { state: 'online', ...observed } });
  expect(await printNow(parts, receipt('print'), forever)).toMatchObject({ outcome: 'not-printed' });
  await expect(parts.readCard(forever, vi.fn())).rejects.toMatchObject({ code: 'not-connected' });
});

test('a printer that is coming back is waited for, six seconds at most', async () => {
  const { parts, isRunning } = devices();
  await isRunning();
  parts.report({ id: 'printer-1', class: 'receipt-printer', model: 'x', status: offline });
  const printed = printNow(parts, receipt('print'), forever);
  parts.report({ id: 'printer-1', class: 'receipt-printer', model: 'x', status: { state: 'online', ...observed } });
  expect(await printed).toEqual({ outcome: 'printed' });
});

test('a visit that has moved on waits for no printer, and leaves no timer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { parts } = idle();
  const [visit, reason] = [new AbortController(), new Error('left')];
  const printed = expect(printNow(parts, receipt('print'), visit.signal)).rejects.toBe(reason);
  visit.abort(reason);
  await printed;
  expect(vi.getTimerCount()).toBe(0);
});

test('when the device process dies while printing, nobody knows, and a failure of the call is no better', async () => {
  const { parts, isRunning } = devices();
  await isRunning();
  expect(await printNow(parts, receipt('die'), forever)).toMatchObject({
    outcome: 'unknown',
    code: 'outcome-unknown',
  });
  await isRunning();
  expect(await printNow(parts, receipt('fail'), forever)).toMatchObject({
    outcome: 'unknown',
    detail: 'there is no such device',
  });
});

test('devices of a process that died are offline with unknown paper, the page’s camera is not, and all come back', async () => {
  const { parts, isRunning } = devices();
  const online = { state: 'online', observedAt: '2026-11-21T08:00:00.000Z', source: 'event' } as const;
  parts.report({ id: 'camera', class: 'camera', model: 'page', status: online });
  const { pid } = await isRunning();
  const down = parts.process.state.until(({ state }) => state === 'down', AbortSignal.timeout(5_000));
  process.kill(pid ?? 0, 'SIGKILL');
  await down;
  expect(parts.serving('receipt-printer')?.status).toMatchObject({
    state: 'offline',
    cause: 'not-connected',
    paper: 'unknown',
  });
  expect(parts.serving('id-card-reader')?.status).toMatchObject({ state: 'offline', source: 'inferred' });
  expect(parts.serving('id-card-reader')?.status).not.toHaveProperty('paper');
  expect(parts.serving('camera')?.status).toEqual(online);
  await isRunning();
  expect(parts.serving('receipt-printer')?.status).toMatchObject({ state: 'online', paper: 'full' });
});

test('of two devices of a class, the one that is online serves, and rather the one with paper', () => {
  const { parts } = idle();
  const say = (id: string, status: AnyStatus) => parts.report({ id, class: 'receipt-printer', model: 'x', status });
  say('a', offline);
  say('b', { state: 'online', ...observed, paper: 'out' });
  expect(parts.serving('receipt-printer')?.id).toBe('b');
  say('c', { state: 'online', ...observed, paper: 'low' });
  expect(parts.serving('receipt-printer')?.id).toBe('c');
});

test('of two readers the first that gets a card brings it, and one that goes away leaves the other waiting', async () => {
  const { parts, isRunning } = devices({ 'reader-1': 'gone', 'reader-2': 'slow' });
  await isRunning();
  const onProgress = vi.fn();
  const { card } = await parts.readCard(forever, onProgress);
  expect(card.name).toBe('reader-2');
  expect(onProgress.mock.calls).toContainEqual(['reading']);
});

test('of two readers one that comes back is waited on again, while the other waits', async () => {
  const { parts, isRunning } = devices({ 'reader-1': 'gone-once', 'reader-2': 'no-card' });
  await isRunning();
  const say = (status: AnyStatus) =>
    parts.report({ id: 'reader-1', class: 'id-card-reader', model: 'id-card-reader', status });
  const read = parts.readCard(forever, vi.fn());
  await parts.check('reader-1', forever); // by its answer the reader has said that it is gone
  say(offline);
  say({ state: 'online', ...observed });
  await expect(read).resolves.toMatchObject({ card: { name: '林晓岚' } });
});

test('where every reader is gone, the last word is told', async () => {
  const { parts, isRunning } = devices({ 'reader-1': 'gone', 'reader-2': 'gone' });
  await isRunning();
  await expect(parts.readCard(forever, vi.fn())).rejects.toMatchObject({ code: 'not-connected' });
});

test('a device whose driver has stopped looking is not ready, whatever it said last', async () => {
  vi.useFakeTimers();
  const { parts } = idle();
  const end = new AbortController();
  const say = (status: AnyStatus) =>
    parts.report({ id: 'printer', class: 'receipt-printer', model: 'x', status, pollMs: 1_000 });
  say({ state: 'online', ...observed, paper: 'full' });
  parts.report({ id: 'camera', class: 'camera', model: 'page', status: { state: 'online', ...observed } });
  const watching = parts.watchAges(end.signal);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(parts.serving('receipt-printer')?.status.state).toBe('online');
  await vi.advanceTimersByTimeAsync(1_500);
  expect(parts.serving('receipt-printer')?.status).toMatchObject({
    state: 'offline',
    cause: 'timeout',
    paper: 'unknown',
    source: 'inferred',
  });
  expect(parts.serving('camera')?.status.state).toBe('online');
  say({ state: 'online', ...observed, paper: 'full' });
  expect(parts.serving('receipt-printer')?.status.state).toBe('online');
  end.abort();
  await watching;
  expect(vi.getTimerCount()).toBe(0);
});

test('a change is told once, with the step that its repair has come to', () => {
  const { parts } = idle();
  const changes: (string | undefined)[] = [];
  parts.onChange(({ device }) => changes.push(`${device.status.state} ${device.recovery?.rung ?? '-'}`));
  const say = (status: AnyStatus, rung?: 'reopen' | 'reset') => {
    const recovery = rung && { rung, since: observed.observedAt, attempts: 0 };
    parts.report({ id: 'a', class: 'ups', model: 'x', status, recovery });
  };
  say({ state: 'online', ...observed });
  say({ state: 'online', ...observed, observedAt: '2026-11-21T08:00:01.000Z' });
  say(offline, 'reopen');
  say(offline, 'reopen');
  say(offline, 'reset');
  expect(changes).toEqual(['online -', 'offline reopen', 'offline reset']);
});

test('with the battery nearly empty no page is begun', async () => {
  const { parts, isRunning } = devices();
  await isRunning();
  const say = (power: 'mains' | 'battery-low') =>
    parts.report({ id: 'ups', class: 'ups', model: 'nut', status: { state: 'online', ...observed, power } });
  say('battery-low');
  expect(parts.power.terminal).toBe('finish-then-shut-down');
  expect(await printNow(parts, receipt('print'), forever)).toMatchObject({ outcome: 'not-printed' });
  say('mains');
  expect(parts.power.terminal).toBe('go-on');
  expect(await printNow(parts, receipt('print'), forever)).toEqual({ outcome: 'printed' });
});

test('a battery that was nearly empty is not taken for mains while its UPS cannot be asked, whatever the reason', async () => {
  const { parts, isRunning } = devices();
  const { pid = 0 } = await isRunning();
  const battery: AnyStatus = { state: 'online', ...observed, power: 'battery-low', lastKnownPower: 'battery-low' };
  const say = (status: AnyStatus) => parts.report({ id: 'ups', class: 'ups', model: 'nut', status });
  const lastBreath = { terminal: 'finish-then-shut-down', mayStartPrint: false };
  say(battery);
  const down = parts.process.state.until(({ state }) => state === 'down', AbortSignal.timeout(5_000));
  process.kill(pid, 'SIGKILL');
  await down;
  expect(parts.power).toEqual(lastBreath);
  say({ state: 'starting', ...observed });
  expect(parts.power).toEqual(lastBreath);
  say({ ...offline, power: 'unknown', lastKnownPower: 'unknown', shutdownOrdered: false });
  expect(parts.power).toEqual(lastBreath);
  say({ ...battery, power: 'mains', lastKnownPower: 'mains' });
  expect(parts.power.terminal).toBe('go-on');
});

test('a code is scanned for a visitor, where there is a scanner', async () => {
  const { parts, isRunning } = devices();
  await isRunning();
  await expect(parts.scanCode('visit-1', forever)).rejects.toMatchObject({ code: 'not-connected' });
  const online: AnyStatus = { state: 'online', ...observed, scanner: 'off' };
  parts.report({ id: 'scanner', class: 'barcode-scanner', model: 'hid-pos', status: online });
  await expect(parts.scanCode('visit-1', forever)).resolves.toMatchObject({ text: 'visit-1' });
});

test('what a technician asks of a device reaches it, and of one that is not there is refused', async () => {
  const { parts, isRunning } = devices();
  await isRunning();
  await expect(parts.reset('reader-1', forever)).resolves.toBeUndefined();
  await expect(parts.check('reader-1', forever)).resolves.toEqual({ line: 'reader-1' });
  await expect(parts.test('reader-1', forever)).resolves.toMatchObject({ passed: true });
});

test('a device that says a great deal is cut short, not refused', () => {
  const { status } = deviceContract.events.status.parse({
    ...{ deviceId: 'scanner', class: 'document-scanner', model: 'escl' },
    status: { ...offline, detail: 'jammed, '.repeat(10_000) },
  });
  expect(status).toMatchObject({ cause: 'timeout', detail: expect.stringMatching(/^(jammed, ){125}$/) });
  const formats = 'image/jpeg, '.repeat(1_000);
  expect(deviceContract.methods.checkDevice.result.parse({ formats })['formats']).toHaveLength(1_000);
});

/** A receipt that has come to its printer's gate. */
async function atTheGate(parts: Devices, title: string, signal = forever): Promise<PreparedPrint> {
  const print = await parts.prepare(receipt(title), { jobName: 'job-1' }, signal);
  if (!('run' in print)) throw new Error(`not prepared: ${print.outcome}`);
  return print;
}

test('a print that is prepared is printed when it is run, and tells its own stages', async () => {
  const { parts, isRunning } = devices();
  await isRunning();
  const print = await atTheGate(parts, 'print');
  expect(print.printerId).toBe('printer-1');
  const stages: string[] = [];
  expect(await print.run(forever, (stage) => stages.push(stage))).toEqual({ outcome: 'printed' });
  expect(stages).toEqual(['printing', 'presented']);
  await expect(print.run(forever)).rejects.toThrow('once');
});

test('a print that cannot even be prepared comes back as not printed', async () => {
  const { parts, isRunning } = devices();
  expect(await parts.prepare(receipt('jam'), { jobName: 'job-1' }, forever)).toMatchObject({ code: 'not-connected' });
  await isRunning();
  const jammed = { outcome: 'not-printed', code: 'media-jammed' };
  expect(await parts.prepare(receipt('jam'), { jobName: 'job-1' }, forever)).toMatchObject(jammed);
  const named = await parts.prepare(receipt('print'), { jobName: '王小明' }, forever);
  expect(named).toMatchObject({ outcome: 'not-printed' });
}, 20_000);

test('a print that is discarded is not printed', async () => {
  const { parts, isRunning } = devices();
  await isRunning();
  const print = await atTheGate(parts, 'print');
  await print.discard();
  await expect(print.run(forever)).rejects.toThrow('once');
});

test('a print whose caller leaves while its answer is on the way keeps no printer waiting', async () => {
  const { parts, isRunning } = devices();
  await isRunning();
  const leaving = new AbortController();
  const reason = new Error('left');
  parts.onChange(({ device }) => {
    if (device.status.paper === 'low') leaving.abort(reason); // at the gate
  });
  const preparing = parts.prepare(receipt('watched'), { jobName: 'job-1' }, leaving.signal);
  await expect(preparing).rejects.toBe(reason);
  const isOff = () => parts.states.value.get('printer-1')?.status.paper === 'out';
  await parts.states.until(isOff, AbortSignal.timeout(5_000));
});

test('when the device process dies before a prepared print is run, it is certainly not printed', async () => {
  const { parts, isRunning } = devices();
  const { pid = 0 } = await isRunning();
  const [early, late] = [await atTheGate(parts, 'print'), await atTheGate(parts, 'print')];
  const down = parts.process.state.until(({ state }) => state === 'down', AbortSignal.timeout(5_000));
  process.kill(pid, 'SIGKILL');
  await down;
  expect(await early.run(forever)).toMatchObject({ outcome: 'not-printed', code: 'not-connected' });
  await isRunning();
  expect(await late.run(forever)).toMatchObject({ outcome: 'not-printed', code: 'canceled' });
});

test('when it dies after that, nobody knows', async () => {
  const { parts, isRunning } = devices();
  await isRunning();
  const print = await atTheGate(parts, 'die');
  expect(await print.run(forever)).toMatchObject({ outcome: 'unknown', code: 'outcome-unknown' });
});

test('with the battery nearly empty nothing is prepared', async () => {
  const { parts, isRunning } = devices();
  await isRunning();
  parts.report({
    id: 'ups',
    class: 'ups',
    model: 'nut',
    status: { state: 'online', ...observed, power: 'battery-low' },
  });
  expect(await parts.prepare(receipt('print'), { jobName: 'job-1' }, forever)).toMatchObject({
    outcome: 'not-printed',
  });
});

test.each([
  ['job-that-was-printed', { outcome: 'printed' }],
  ['job-that-never-came', 'unheard-of'],
  ['job-of-a-dumb-printer', undefined],
])('the printer’s word on %s is handed on', async (name, word) => {
  const { parts, isRunning } = devices();
  await isRunning();
  const job = { name, begunAt: '2026-11-21T08:00:00.000Z' };
  expect(await parts.whatBecameOf('printer-1', job, forever)).toEqual(word);
});

test.each([
  ['job-that-was-printed', { outcome: 'printed' }],
  ['job-that-never-came', undefined],
])('of %s, taken back, the printer’s word is handed on', async (name, word) => {
  const { parts, isRunning } = devices();
  await isRunning();
  const job = { name, begunAt: '2026-11-21T08:00:00.000Z' };
  expect(await parts.withdraw('printer-1', job, forever)).toEqual(word);
});
