import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { nativeHidBus } from '../../../drivers/transport/native-hid.ts';
import { nativeUsbBus } from '../../../drivers/transport/native-usb.ts';
import { nativeSerialPorts } from '../../../drivers/transport/serial.ts';
import { usbTransport } from '../../../drivers/transport/usb.ts';

/** What this machine happens to have is of no matter: these run on one without USB too. */
const absent = { vendorId: 0xfffe, productId: 0xfffd };
const folder = fileURLToPath(new URL('../../../drivers/transport/', import.meta.url));

async function inProcess(source: string, ...options: string[]): Promise<string> {
  const parameters = [...options, '--input-type=module-typescript', '-e', source];
  const { stdout } = await promisify(execFile)(process.execPath, parameters, { cwd: folder, timeout: 20_000 });
  return stdout.trim();
}

test('a machine’s USB devices are listed with their ports; without USB there are none', async () => {
  for (const { port, vendorId } of await nativeUsbBus.list())
    expect([typeof port, typeof vendorId]).toEqual(['string', 'number']);
});

test('a device that is not plugged in is not connected', async () => {
  const line = usbTransport(absent);
  await expect(line.open(new AbortController().signal)).rejects.toMatchObject({ code: 'not-connected' });
  await expect(line.reset?.(new AbortController().signal)).rejects.toMatchObject({ code: 'not-connected' });
});

test('a machine’s HID collections are listed, or the missing library is named', async () => {
  const listed = await nativeHidBus.list().catch((error: unknown) => error);
  if (!Array.isArray(listed))
    expect(listed).toMatchObject({ name: 'DeviceError', code: 'unsupported', message: /^HID: / });
});

test('a machine’s serial ports are listed, or it is said why not', async () => {
  const listed = await nativeSerialPorts.list().catch((error: unknown) => error);
  if (!Array.isArray(listed)) expect(listed).toMatchObject({ name: 'DeviceError', code: 'unsupported' });
  expect(await nativeSerialPorts.realPath('/dev/not-there')).toBe('/dev/not-there');
});

test('a process that has watched for devices ends by itself once it no longer does', async () => {
  const source = `import { nativeUsbBus } from './native-usb.ts';
    const [first, second] = [nativeUsbBus.watch(() => {}), nativeUsbBus.watch(() => {})];
    await new Promise((resolve) => setTimeout(resolve, 200));
    first(); second(); second();
    console.log('ended');`;
  expect(await inProcess(source)).toBe('ended');
});

test('no native module is loaded before a bus is asked for', async () => {
  const source = `import { createRequire } from 'node:module';
    import { makeTransport } from './open.ts';
    makeTransport({ kind: 'usb', vendorId: 1, productId: 2 });
    makeTransport({ kind: 'hid', usagePage: 0x8c });
    const loaded = process.report.getReport().sharedObjects.filter((path) => /usb|HID/.test(path));
    console.log(loaded.filter((path) => path.endsWith('.node')).length);`;
  expect(await inProcess(source)).toBe('0');
});

test.each([
  [
    'libusb-1.0.so.0: cannot open shared object file: No such file',
    'HID: the system lacks the library libusb-1.0.so.0',
  ],
  ['No native build was found', 'HID: the native module cannot be loaded: No native build was found'],
])('a HID module that fails with "%s" says so, and ends nothing', async (message, said) => {
  const source = `import { registerHooks } from 'node:module';
    const broken = 'export default { setDriverType() {}, async devicesAsync() { throw new Error(${JSON.stringify(message)}); } }';
    registerHooks({ resolve: (name, context, next) => name !== 'node-hid' ? next(name, context)
      : { url: 'data:text/javascript,' + encodeURIComponent(broken), shortCircuit: true } });
    const { hidTransport } = await import('./hid.ts');
    const failure = await hidTransport({ usagePage: 0x8c }).open(new AbortController().signal).catch((error) => error);
    console.log(failure.code + ' ' + failure.message);`;
  expect(await inProcess(source)).toBe(`unsupported ${said}`);
});

test('a USB device that does not say how it is configured is not connected, and ends nothing', async () => {
  const source = `import { registerHooks } from 'node:module';
    const broken = 'export default { nativeGetDevices: async () => [{ vendorId: 1, productId: 2, bus: "001", ports: [3], '
      + 'open: async () => {}, close: async () => { throw new Error("twice") }, get configuration() { throw new Error("none") } }] }';
    registerHooks({ resolve: (name, context, next) => name !== 'usb/index.js' ? next(name, context)
      : { url: 'data:text/javascript,' + encodeURIComponent(broken), shortCircuit: true } });
    const { nativeUsbBus } = await import('./native-usb.ts');
    const [device] = await nativeUsbBus.list();
    const failure = await device.open().catch((error) => error);
    await new Promise((resolve) => setTimeout(resolve, 50));
    console.log(failure.code + ' ' + failure.message);`;
  expect(await inProcess(source)).toBe('not-connected USB: none');
});
