import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { driverModels, makeTransport, modelsOf, transportSchema } from '../../drivers/catalog.ts';
import { DeviceError, type DeviceModel, deviceClasses } from '../../drivers/core/index.ts';
import { type AnyStatus, deviceStatus } from '../../main/devices/schemas.ts';
import { type licencePrinterModels, printerModels, type receiptPrinterModels } from '../../printers/catalog.ts';

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

test.each([...new Set(driverModels.map((model) => model.class))])(
  'the class %s has a contract and a README',
  (folder) => {
    const home = new URL(`../../drivers/${folder}/`, import.meta.url);
    expect(['contract.ts', 'README.md'].filter((name) => !existsSync(new URL(name, home)))).toEqual([]);
  },
);

type Said<Model> = Model extends DeviceModel<infer D> ? D['status']['value'] : never;
type Fields<Status> = Status extends unknown ? keyof Status : never;
type AnyModel = (typeof driverModels | typeof receiptPrinterModels | typeof licencePrinterModels)[number];
type Dropped = Exclude<Fields<Said<AnyModel>>, Fields<AnyStatus>>;

test('whatever a driver may say in its status has a place in the schema, or it would be dropped on its way to the core', () => {
  const dropped: Readonly<Record<Dropped, never>> = {}; // a field that tsc misses here belongs in main/devices/schemas.ts
  expect(dropped).toEqual({});
});

/** The options that a model cannot do without. */
const least: Readonly<Record<string, object>> = {
  nut: { ups: 'su700' },
  escl: { url: 'http://scanner.example/eSCL' },
  sane: { device: 'test:0' },
  'modbus-cabinet': { unit: 1, lights: { scanner: { coil: 1 } } },
  escpos: { profile: 'generic-80' },
  ipp: { url: 'ipp://printer.example/ipp/print' },
};

test.each([...driverModels, ...printerModels])(
  '$id makes a driver that has not started, whose status the core understands, and refuses options that it does not know',
  async (model) => {
    const options = least[model.id] ?? {};
    const driver = await model.create(line, options);
    expect(driver.status.value.state).toBe('starting');
    expect(deviceStatus.parse(driver.status.value)).toEqual(driver.status.value);
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
  const [samv] = modelsOf('id-card-reader');
  expect(makeTransport(spec, samv).name).toBe('serial:/dev/ttyS1');
  expect(() => makeTransport(spec)).toThrow(DeviceError);
  expect(() => makeTransport(spec)).toThrow(/baudRate is missing/);
});
