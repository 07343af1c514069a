import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { modbusCabinetOptions, pointsOf, readsFor } from '../../../../drivers/cabinet/modbus-cabinet/register-map.ts';

const readme = readFileSync(new URL('../../../../drivers/cabinet/README.md', import.meta.url), 'utf8');

test('the example of the README is a map', () => {
  const [, example = ''] = /```json\n(.*?)```/s.exec(readme) ?? [];
  const map = modbusCabinetOptions.parse(JSON.parse(example));
  expect(readsFor(pointsOf(map), map.readAlong)).toEqual([
    { function: 'read-inputs', address: 1, count: 7 },
    { function: 'read-registers', address: 30, count: 1 },
    { function: 'read-input-registers', address: 5, count: 1 },
  ]);
});

const front = { input: 1, openWhen: 1 };

test.each([
  ['no unit', { doors: { front } }],
  ['all boards at once', { unit: 0, doors: { front } }],
  ['nothing at all', { unit: 1 }],
  ['a word of another language', { unit: 1, doors: { front }, lamps: {} }],
  ['a light in no place', { unit: 1, lights: { kitchen: { coil: 1 } } }],
  ['a door whose contact says nothing', { unit: 1, doors: { front: { input: 1 } } }],
  ['a point in two tables', { unit: 1, doors: { front: { input: 1, coil: 2, openWhen: 1 } } }],
  ['a bit that a register lacks', { unit: 1, proximity: { register: 1, bit: 16 } }],
  ['a pulse that burns a lock', { unit: 1, doors: { front: { ...front, lock: { coil: 8, pulseMs: 60_000 } } } }],
])('%s is no map', (_, map) => {
  expect(modbusCabinetOptions.safeParse(map).success).toBe(false);
});

test('one coil for two doors, or for a door and a light, is refused: one command would move both', () => {
  const lock = { coil: 8, pulseMs: 300 };
  const twoDoors = { unit: 1, doors: { front: { ...front, lock }, rear: { input: 2, openWhen: 1, lock } } };
  const doorAndLight = { unit: 1, doors: { front: { ...front, lock } }, lights: { scanner: { coil: 8 } } };
  for (const map of [twoDoors, doorAndLight]) {
    const [issue] = modbusCabinetOptions.safeParse(map).error?.issues ?? [];
    expect(issue?.message).toBe('coil 8 drives two things: a command would move both');
  }
});

test('no read asks for more than one frame can carry', () => {
  const map = modbusCabinetOptions.parse({
    unit: 1,
    readAlong: 64,
    doors: { front: { register: 0, bit: 0, openWhen: 1 }, rear: { register: 64, bit: 1, openWhen: 1 } },
    alarms: { tamper: { register: 124, bit: 0 }, heat: { register: 125, bit: 0 } },
  });
  expect(readsFor(pointsOf(map), map.readAlong)).toEqual([
    { function: 'read-registers', address: 0, count: 125 },
    { function: 'read-registers', address: 125, count: 1 },
  ]);
});
