import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { driverModels, idCardReaderModels, makeTransport, transportSchema } from '../../drivers/catalog.ts';
import { DeviceError, deviceClasses } from '../../drivers/core/index.ts';
import { printerModels } from '../../printers/catalog.ts';

const line = makeTransport({ kind: 'tcp', host: '127.0.0.1', port: 4001 });

test.each([
  ['drivers', driverModels],
  ['printers', printerModels],
])('the table in the README of %s lists the models of its catalog, and no others', (folder, models) => {
  const readme = readFileSync(new URL(`../../${folder}/README.md`, import.meta.url), 'utf8');
  const rows = readme.split('\n').flatMap((row) => {
    const [, id, deviceClass, title, transports] = row.split('|').map((cell) => cell.trim());
    return /^`[a-z0-9-]+`$/.test(id ?? '') && transports ? [[id, deviceClass, title, transports]] : [];
  });
  expect(rows).toEqual(
    models.map((model) => [`\`${model.id}\``, model.class, model.title, model.transports.join(', ')]),
  );
});

test('no two models have one id, and every class that a terminal can be fitted with has a model', () => {
  const all = [...driverModels, ...printerModels];
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  expect([...new Set(all.map((model) => model.class))].sort()).toEqual([...deviceClasses].sort());
});

/** What a model cannot do without. */
const least: Readonly<Record<string, object>> = {
  nut: { ups: 'su700' },
  escl: { url: 'http://scanner.example/eSCL' },
  sane: { device: 'test:0' },
  'modbus-cabinet': { unit: 1, lights: { scanner: { coil: 1 } } },
  ipp: { url: 'ipp://printer.example/ipp/print' },
};

test.each([...driverModels, ...printerModels])(
  '$id makes a driver that has not started, and refuses options that it does not know',
  async (model) => {
    const options = least[model.id] ?? {};
    const driver = await model.create(line, options);
    expect(driver.status.value.state).toBe('starting');
    await expect(model.create(line, { ...options, baud: 9_600 })).rejects.toMatchObject({ name: 'ZodError' });
  },
);

test.each([
  [{ kind: 'serial', path: '/dev/ttyS1', baudRate: 115_200 }, 'serial:/dev/ttyS1@115200'],
  [{ kind: 'serial', path: 'COM3', baudRate: 9_600 }, 'serial:COM3@9600'],
  [{ kind: 'tcp', host: '10.0.0.7', port: 9100 }, 'tcp:10.0.0.7:9100'],
  [{ kind: 'usb', vendorId: '0400', productId: 'C35A' }, 'usb:0400:c35a'],
  [{ kind: 'usb', vendorId: 0x0400, productId: 0xc35a, port: '1-2.3' }, 'usb:0400:c35a@1-2.3'],
  [{ kind: 'usb', vendorId: '0400', productId: 'c35a', serialNumber: 'A7' }, 'usb:0400:c35a#A7'],
  [{ kind: 'hid', vendorId: '0c2e', productId: '0b61' }, 'hid:0c2e:0b61'],
  [{ kind: 'hid', usagePage: 0x8c, usage: 2, port: '1-4' }, 'hid:usage 8c/02 @1-4'],
  [{ kind: 'hid', path: '/dev/hidraw0' }, 'hid:/dev/hidraw0'],
])('%o is the line %s', (spec, name) => {
  expect(makeTransport(transportSchema.parse(spec)).name).toBe(name);
});

test.each([
  { kind: 'serial', path: '/dev/ttyS1', baudRate: 115_201 },
  { kind: 'serial', path: 'ttyS1', baudRate: 9_600 },
  { kind: 'tcp', host: '', port: 9100 },
  { kind: 'tcp', host: '10.0.0.7', port: 0 },
  { kind: 'tcp', host: '10.0.0.7', port: 70_000 },
  { kind: 'tcp', host: '10.0.0.7', port: 9100, keepAlive: false },
  { kind: 'usb', vendor: 1_024 },
  { kind: 'usb', vendorId: '0400' },
  { kind: 'usb', vendorId: '400', productId: 'c35a' },
  { kind: 'usb', vendorId: 0x10000, productId: 1 },
  { kind: 'hid' },
  { kind: 'hid', vendorId: '0c2e' },
  { kind: 'hid', port: '1-4' },
])('%o is no line', (spec) => {
  expect(transportSchema.safeParse(spec).success).toBe(false);
});

test('a serial line without a speed is asked at each speed of its model, and is refused where the model has none', () => {
  const spec = transportSchema.parse({ kind: 'serial', path: '/dev/ttyS1' });
  const [samv] = idCardReaderModels;
  expect(makeTransport(spec, samv).name).toBe('serial:/dev/ttyS1');
  expect(() => makeTransport(spec)).toThrow(DeviceError);
  expect(() => makeTransport(spec)).toThrow(/baudRate is missing/);
});
