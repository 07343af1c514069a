import { afterEach, expect, test } from 'vitest';
import { Devices } from '../../main/devices/devices.ts';
import type { DevicesConfiguration } from '../../main/devices/protocol.ts';
import type { Receipt } from '../../printers/document/document.ts';
import { eventually } from '../support/eventually.ts';
import { deadEnd } from '../support/http-far-end.ts';
import { memoryLog } from '../support/memory-log.ts';

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** The real device process with these devices, once it has been told of them. */
async function devices(...specs: DevicesConfiguration['devices']): Promise<Devices> {
  const entry = new URL('../../main/device-process.ts', import.meta.url);
  const parts = new Devices({ devices: specs }, entry, memoryLog());
  const end = new AbortController();
  const running = parts.run(end.signal);
  stops.push(async () => {
    end.abort();
    await running;
  });
  await parts.process.state.until(({ state }) => state === 'running', AbortSignal.timeout(15_000));
  return parts;
}

const line = { kind: 'tcp', host: '127.0.0.1', port: 1 };
const reader = { id: 'reader', model: 'samv', line, options: {} };

test.each<[string, Partial<DevicesConfiguration['devices'][number]>, string]>([
  ['of a model that nobody makes', { model: 'sam_w' }, 'there is no model "sam_w"'],
  ['with options that its model does not have', { model: 'escpos', options: { width: 80 } }, 'width'],
  ['with a profile that is not there', { model: 'escpos', options: { profile: 'no-such-paper' } }, 'no-such-paper'],
  ['on a line that is none', { model: 'escpos', line: { kind: 'tcp', host: '127.0.0.1', port: -1 } }, 'port'],
  ['with no address to speak to', { model: 'ipp', options: {} }, 'url'],
])('a device %s is offline with the reason, and the others serve', async (_, wrong, reason) => {
  const address = await deadEnd();
  const printer = { id: 'licence', model: 'ipp', line: { kind: 'http' }, options: { url: `${address}/ipp` } };
  const parts = await devices({ id: 'wrong', model: 'x', line, options: {}, ...wrong }, reader, printer);
  await eventually(
    () => parts.states.value.get('wrong')?.status,
    (status) => status?.state === 'offline',
  );
  expect(parts.states.value.get('wrong')).toMatchObject({ status: { detail: expect.stringContaining(reason) } });
  expect(parts.serving('id-card-reader')).toMatchObject({ id: 'reader', model: 'samv' });
  expect(parts.states.value.get('licence')?.class).toBe('licence-printer');
});

test('a printer that is set up wrongly has certainly printed nothing, and nobody is sent to look for paper', async () => {
  const parts = await devices({ id: 'wrong', model: 'escpos', line, options: { width: 80 } });
  const receipt: Receipt = { kind: 'receipt', language: 'zh-CN', blocks: [{ type: 'title', text: '受理回执' }] };
  const outcome = await parts.printReceipt(receipt, new AbortController().signal);
  expect(outcome).toMatchObject({ outcome: 'not-printed', code: 'unsupported' });
});
