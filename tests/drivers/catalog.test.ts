import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { idCardReaderModels, makeTransport, transportSchema } from '../../drivers/catalog.ts';

const readme = readFileSync(new URL('../../drivers/README.md', import.meta.url), 'utf8');
const line = makeTransport({ kind: 'tcp', host: '127.0.0.1', port: 4001 });

test('the table in the README lists the models of the catalog, and no others', () => {
  const rows = readme.split('\n').flatMap((row) => {
    const [, id, deviceClass, title, transports] = row.split('|').map((cell) => cell.trim());
    return /^`[a-z0-9-]+`$/.test(id ?? '') ? [[id, deviceClass, title, transports]] : [];
  });
  expect(rows).toEqual(
    idCardReaderModels.map((model) => [`\`${model.id}\``, model.class, model.title, model.transports.join(', ')]),
  );
});

test.each(idCardReaderModels)(
  '$id makes a driver that has not started, and refuses options that it does not know',
  async (model) => {
    const driver = await model.create(line, {});
    expect(driver.status.value.state).toBe('starting');
    await expect(model.create(line, { baud: 9_600 })).rejects.toMatchObject({ name: 'ZodError' });
  },
);

test.each([
  [{ kind: 'serial', path: '/dev/ttyS1', baudRate: 115_200 }, 'serial:/dev/ttyS1@115200'],
  [{ kind: 'serial', path: 'COM3', baudRate: 9_600 }, 'serial:COM3@9600'],
  [{ kind: 'tcp', host: '10.0.0.7', port: 9100 }, 'tcp:10.0.0.7:9100'],
])('%o is the line %s', (spec, name) => {
  expect(makeTransport(transportSchema.parse(spec)).name).toBe(name);
});

test.each([
  { kind: 'serial', path: '/dev/ttyS1', baudRate: 115_201 },
  { kind: 'serial', path: 'ttyS1', baudRate: 9_600 },
  { kind: 'serial', path: '/dev/ttyS1' },
  { kind: 'tcp', host: '', port: 9100 },
  { kind: 'tcp', host: '10.0.0.7', port: 0 },
  { kind: 'tcp', host: '10.0.0.7', port: 70_000 },
  { kind: 'tcp', host: '10.0.0.7', port: 9100, keepAlive: false },
  { kind: 'usb', vendor: 1_024 },
])('%o is no line', (spec) => {
  expect(transportSchema.safeParse(spec).success).toBe(false);
});
