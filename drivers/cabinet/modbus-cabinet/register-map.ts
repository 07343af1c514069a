import { z } from 'zod';
import { type CabinetAlarm, type CabinetDoor, cabinetDoors, type LightPlace, lightPlaces } from '../contract.ts';
import { functions, MAX_BITS, MAX_REGISTERS, type ReadFunction, type ReadRequest } from './codec.ts';

/** As on the wire, from 0: what a manual calls coil 00001, input 10001 or register 40001 is 0 here. */
const address = z.int().min(0).max(65_535);
const word = z.int().min(0).max(65_535);
const level = z.union([z.literal(0), z.literal(1)]);

/** Where a board shows one bit: a discrete input, a coil, or a bit (0 is the lowest) of a register. */
function point<Extra extends z.core.$ZodShape>(extra: Extra) {
  const bit = z.int().min(0).max(15);
  return z.union([
    z.strictObject({ input: address, ...extra }),
    z.strictObject({ coil: address, ...extra }),
    z.strictObject({ register: address, bit, ...extra }),
    z.strictObject({ inputRegister: address, bit, ...extra }),
  ]);
}

const light = z.union([
  /** Flashed by the driver. `onWhen: 0` for a relay whose lamp is on at rest. */
  z.strictObject({ coil: address, onWhen: level.default(1) }),
  /** The value for each rate; those that the board lacks are flashed by the driver between `off` and `continuous`. */
  z.strictObject({
    register: address,
    values: z.strictObject({
      off: word,
      slow: word.optional(),
      medium: word.optional(),
      quick: word.optional(),
      continuous: word,
    }),
  }),
]);

const lock = z.strictObject({
  coil: address,
  /** Longer would heat a lock that is made for pulses. `board`: it ends the pulse itself (点动), which outlives our own end. */
  pulseMs: z.union([z.int().min(50).max(5_000), z.literal('board')]),
  /** The door springs open by itself within this time after the pulse; where it does not, the lock is stuck. */
  opensWithinMs: z.int().min(100).max(10_000).optional(),
});

const door = point({
  openWhen: level,
  /** A sensor of the bolt itself. */
  bolt: point({ lockedWhen: level }).optional(),
  lock: lock.optional(),
});

const sensor = point({ activeWhen: level.default(1) });

/** A board's registers as a terminal uses them. Boards differ by maker, so this is configuration; an example is in README.md. */
export const modbusCabinetOptions = z
  .strictObject({
    /** The board's address on the line; 0 would be all of them at once. */
    unit: z.int().min(1).max(247),
    lights: z.partialRecord(z.enum(lightPlaces), light).default({}),
    doors: z.partialRecord(z.enum(cabinetDoors), door).default({}),
    /** Neither of them active means `run`. */
    operatorSwitch: z.strictObject({ maintenance: sensor, supervisor: sensor.optional() }).optional(),
    alarms: z
      .strictObject({ tamper: sensor.optional(), heat: sensor.optional(), vibration: sensor.optional() })
      .default({}),
    proximity: sensor.optional(),
    /** Boards answer after 50 to 500 ms (makers' manuals); silence shows within two seconds up to here. */
    answerMs: z.int().min(50).max(450).default(400),
    /** Between two frames: 3.5 characters at 9,600 bit/s are 4 ms (MODBUS over serial line 2.5.1.1). Bridges may want more. */
    gapMs: z.int().min(2).max(100).default(5),
    /** Addresses that nobody asked for may be read along when they lie between two that are. 0 for a board that objects. */
    readAlong: z.int().min(0).max(64).default(8),
  })
  .superRefine((map, context) => {
    const outputs = outputsOf(map);
    if (outputs.length + readsFor(pointsOf(map), 0).length === 0) {
      context.addIssue({ code: 'custom', message: 'nothing is mapped: at least one light, door or sensor is needed' });
    }
    const twice = outputs.filter((name, at) => outputs.indexOf(name) !== at);
    for (const name of new Set(twice)) {
      context.addIssue({ code: 'custom', message: `${name} drives two things: a command would move both` });
    }
  });
export type ModbusCabinetOptions = z.output<typeof modbusCabinetOptions>;
export type LightMap = z.output<typeof light>;
export type LockMap = z.output<typeof lock>;
type PointMap = z.output<ReturnType<typeof point<Record<never, never>>>>;

function outputsOf({ lights, doors }: Pick<ModbusCabinetOptions, 'lights' | 'doors'>): string[] {
  const places = Object.values(lights).map((at) => ('coil' in at ? `coil ${at.coil}` : `register ${at.register}`));
  const locks = Object.values(doors).flatMap(({ lock: at }) => (at ? [`coil ${at.coil}`] : []));
  return [...places, ...locks];
}

/** One bit of the board, and whether 1 or 0 there means what the configuration says. */
interface Point {
  readonly table: ReadFunction;
  readonly address: number;
  readonly bit: number;
  readonly when: 0 | 1;
}

function pointOf(map: PointMap, when: 0 | 1): Point {
  if ('input' in map) return { table: 'read-inputs', address: map.input, bit: 0, when };
  if ('coil' in map) return { table: 'read-coils', address: map.coil, bit: 0, when };
  if ('register' in map) return { table: 'read-registers', address: map.register, bit: map.bit, when };
  return { table: 'read-input-registers', address: map.inputRegister, bit: map.bit, when };
}

/** What the driver looks at, by what it means. */
export interface Points {
  readonly doors: Readonly<Partial<Record<CabinetDoor, { readonly open: Point; readonly locked: Point | undefined }>>>;
  readonly maintenance: Point | undefined;
  readonly supervisor: Point | undefined;
  readonly alarms: Readonly<Partial<Record<CabinetAlarm, Point>>>;
  readonly proximity: Point | undefined;
}

export function pointsOf(map: Pick<ModbusCabinetOptions, 'doors' | 'operatorSwitch' | 'alarms' | 'proximity'>): Points {
  const { doors, operatorSwitch, alarms, proximity } = map;
  const active = (at: z.output<typeof sensor> | undefined): Point | undefined => at && pointOf(at, at.activeWhen);
  const known = <Value>(entries: readonly (readonly [string, Value | undefined])[]) =>
    Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  return {
    doors: known(
      Object.entries(doors).map(([name, at]) => [
        name,
        { open: pointOf(at, at.openWhen), locked: at.bolt && pointOf(at.bolt, at.bolt.lockedWhen) },
      ]),
    ),
    maintenance: active(operatorSwitch?.maintenance),
    supervisor: active(operatorSwitch?.supervisor),
    alarms: known(Object.entries(alarms).map(([name, at]) => [name, active(at)])),
    proximity: active(proximity),
  };
}

/** The fewest reads that cover every point, none of them longer than a frame, none with a hole wider than `readAlong`. */
export function readsFor(points: Points, readAlong: number): ReadRequest[] {
  const all = [
    ...Object.values(points.doors).flatMap(({ open, locked }) => [open, locked]),
    points.maintenance,
    points.supervisor,
    ...Object.values(points.alarms),
    points.proximity,
  ].filter((at) => at !== undefined);
  const reads: ReadRequest[] = [];
  for (const at of all.toSorted((a, b) => functions[a.table] - functions[b.table] || a.address - b.address)) {
    const last = reads.at(-1);
    const most = at.table === 'read-coils' || at.table === 'read-inputs' ? MAX_BITS : MAX_REGISTERS;
    const count = last ? at.address - last.address + 1 : 0;
    const joins = last?.function === at.table && count <= most && count - last.count - 1 <= readAlong;
    if (joins) reads[reads.length - 1] = { ...last, count: Math.max(count, last.count) };
    else reads.push({ function: at.table, address: at.address, count: 1 });
  }
  return reads;
}

/** Every output read back on its own. */
export function outputReads(map: ModbusCabinetOptions): ReadRequest[] {
  const coils = fittedLocks(map).map(({ coil }) => coil);
  const lights = fittedLights(map).map(([, at]): ReadRequest => {
    return 'coil' in at
      ? { function: 'read-coils', address: at.coil, count: 1 }
      : { function: 'read-registers', address: at.register, count: 1 };
  });
  return [...coils.map((coil) => ({ function: 'read-coils', address: coil, count: 1 }) as const), ...lights];
}

/** What a board's tables held at one look. */
export class Readings {
  readonly #words = new Map<string, number>();

  add(read: ReadRequest, values: readonly (number | boolean)[]): void {
    values.forEach((value, at) => {
      this.#words.set(`${read.function} ${read.address + at}`, Number(value));
    });
  }

  /** Whether the point stands as the configuration describes it; `undefined` where it was not read. */
  at(point: Point): boolean | undefined {
    const held = this.#words.get(`${point.table} ${point.address}`);
    return held === undefined ? undefined : ((held >> point.bit) & 1) === point.when;
  }
}

/** In the order of the places. */
export function fittedLights(map: ModbusCabinetOptions): [LightPlace, LightMap][] {
  return lightPlaces.flatMap((place) => {
    const fitted = map.lights[place];
    return fitted ? [[place, fitted] as [LightPlace, LightMap]] : [];
  });
}

export function fittedLocks(map: ModbusCabinetOptions): LockMap[] {
  return cabinetDoors.flatMap((name) => map.doors[name]?.lock ?? []);
}
