import {
  DeviceError,
  type DeviceModel,
  type HidCollection,
  type SerialPorts,
  type Transport,
  Turnstile,
  type UsbId,
  within,
} from './core/index.ts';
import { withoutKeyboards } from './transport/hid.ts';
import { baudRates, type LineBuses, makeTransport, nativeLineBuses, type TransportSpec } from './transport/open.ts';
import { nativeSerialPorts } from './transport/serial.ts';
import { usbIdText } from './transport/usb.ts';

/** Ports are asked side by side; the slowest has five speeds for each of a class's models. */
const DISCOVERY_MS = 12_000;
/** A port on which nobody answered is left alone for so long: whatever hangs there was sent things that it does not understand. */
const LEFT_ALONE_MS = 10_000;
const MAX_TOLD = 20;

/** Where discovery looks. Tests hand in simulated buses. */
export interface Buses extends LineBuses {
  readonly serial: SerialPorts;
}

export const nativeBuses: Buses = { ...nativeLineBuses, serial: nativeSerialPorts };

export interface Discovered<M> {
  readonly model: M;
  /** Whole enough to open the very device again. Claimed: whoever asked releases it when it is of no more use. */
  readonly line: TransportSpec;
}

/**
 * The lines that somebody has: those that the configuration names, from the start, and those that were discovered. One for all
 * devices of a terminal, so that two of a class get two lines and no port is asked that is another's.
 */
export class Claims {
  readonly #configured: readonly TransportSpec[];
  readonly #taken = new Set<TransportSpec>();
  readonly #turn = new Turnstile();
  /** When nobody answered on a port, by the question and the port. */
  readonly #silentAtMs = new Map<string, number>();

  constructor(configured: readonly TransportSpec[] = []) {
    this.#configured = configured;
  }

  /** A configured device that names no more than its ids has every device with these ids. */
  has(line: TransportSpec): boolean {
    return [...this.#configured, ...this.#taken].some((other) => overlap(line, other));
  }

  release(line: TransportSpec): void {
    this.#taken.delete(line);
  }

  take(line: TransportSpec): void {
    this.#taken.add(line);
  }

  /** Serial paths that are claimed, as they were written. */
  serialPaths(): string[] {
    return [...this.#configured, ...this.#taken].flatMap((line) => (line.kind === 'serial' ? [line.path] : []));
  }

  /** One search at a time: a port cannot be asked two things at once. */
  alone<T>(search: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#turn.run(search, signal);
  }

  wasSilent(question: string): boolean {
    const atMs = this.#silentAtMs.get(question);
    return atMs !== undefined && performance.now() - atMs < LEFT_ALONE_MS;
  }

  noteSilence(question: string): void {
    this.#silentAtMs.set(question, performance.now());
  }

  /** A port that has gone may come back with another device behind it. */
  forgetSilenceExcept(isPresent: (question: string) => boolean): void {
    for (const question of this.#silentAtMs.keys()) if (!isPresent(question)) this.#silentAtMs.delete(question);
  }
}

function overlap(line: TransportSpec, other: TransportSpec): boolean {
  if (line.kind === 'serial') return other.kind === 'serial' && line.path === other.path;
  if (line.kind === 'tcp') return other.kind === 'tcp' && line.host === other.host && line.port === other.port;
  if (line.kind !== other.kind) return false;
  const parts = ['vendorId', 'productId', 'serialNumber', 'port', 'usagePage', 'usage', 'path'] as const;
  const [one, two]: Readonly<Record<string, unknown>>[] = [line, other];
  return parts.every((part) => one?.[part] === undefined || two?.[part] === undefined || one[part] === two[part]);
}

/**
 * Which of `models` is there, and on which line: by USB ids, by HID usages, by the ids of serial adapters, and at last by asking
 * on the serial ports that nobody has. Rejects `not-connected` with everything that was looked at, `timeout`, or with the
 * signal's reason.
 */
export async function discover<M extends DeviceModel>(
  models: readonly M[],
  claims: Claims,
  buses: Buses,
  signal: AbortSignal,
): Promise<Discovered<M>> {
  signal.throwIfAborted();
  const what = `looking for ${models.map(({ id }) => id).join(' or ') || 'a device without a model'}`;
  const over = new AbortController();
  const onAbort = (): void => over.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const search = async (): Promise<Discovered<M>> => {
    const looked: string[] = [];
    const steps = [byUsb, byHid, bySerialId, byAsking];
    for (const step of steps) {
      const found = await step(models, claims, buses, looked, over.signal);
      over.signal.throwIfAborted();
      if (!found) continue;
      claims.take(found.line);
      return found;
    }
    throw new DeviceError('not-connected', `${what}: ${told(looked)}`);
  };
  try {
    return await claims.alone(() => within(DISCOVERY_MS, what, [over.signal], search()), signal);
  } finally {
    over.abort(new DeviceError('canceled', `${what}: over`));
    signal.removeEventListener('abort', onAbort);
  }
}

/** A machine with many ports has more to tell than anybody reads. */
function told(looked: readonly string[]): string {
  const more = looked.length - MAX_TOLD;
  return [...looked.slice(0, MAX_TOLD), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

type Step = <M extends DeviceModel>(
  models: readonly M[],
  claims: Claims,
  buses: Buses,
  looked: string[],
  signal: AbortSignal,
) => Promise<Discovered<M> | undefined>;

function speaking<M extends DeviceModel>(models: readonly M[], kind: 'usb' | 'hid' | 'serial'): M[] {
  return models.filter(({ transports }) => transports.includes(kind));
}

/** `undefined` for a bus that cannot be looked at; the technician is told why. */
async function listed<T>(looked: string[], list: Promise<readonly T[]>): Promise<readonly T[] | undefined> {
  return await list.catch((error: unknown) => {
    looked.push(DeviceError.from(error).message);
    return undefined;
  });
}

function sameIds(one: UsbId, two: UsbId): boolean {
  return one.vendorId === two.vendorId && one.productId === two.productId;
}

const byUsb: Step = async (models, claims, { usb }, looked) => {
  const wanted = speaking(models, 'usb').flatMap((model) =>
    (model.recognition?.usb ?? []).map((ids) => ({ model, ids })),
  );
  if (wanted.length === 0) return undefined;
  const devices = await listed(looked, usb.list());
  if (!devices) return undefined;
  for (const { model, ids } of wanted) {
    const { vendorId, productId } = ids;
    const alike = devices.filter((device) => sameIds(device, ids));
    const free = alike.find((device) => {
      const serialNumber = device.serialNumber();
      return !claims.has({
        ...ids,
        kind: 'usb',
        port: device.port,
        ...(serialNumber !== undefined && { serialNumber }),
      });
    });
    if (free) return { model, line: { kind: 'usb', vendorId, productId, port: free.port } };
    looked.push(`USB ${usbIdText(ids)}: ${alike.length === 0 ? 'not plugged in' : `${alike.length}, taken`}`);
  }
  return undefined;
};

const byHid: Step = async (models, claims, { hid }, looked) => {
  const wanted = speaking(models, 'hid').flatMap((model) =>
    (model.recognition?.hid ?? []).map((use) => ({ model, use })),
  );
  if (wanted.length === 0) return undefined;
  const all = await listed(looked, hid.list());
  if (!all) return undefined;
  const usable = withoutKeyboards(all);
  for (const { model, use } of wanted) {
    const alike = usable.filter(({ usagePage, usage }) => usagePage === use.usagePage && usage === use.usage);
    const free = alike.find((one) => !claims.has({ kind: 'hid', ...one }));
    if (free) return { model, line: hidLine(free) };
    const name = `HID usage ${use.usagePage.toString(16)}/${use.usage.toString(16)}`;
    looked.push(`${name}: ${alike.length === 0 ? 'not plugged in' : `${alike.length}, taken`}`);
  }
  const keyboards = new Set(all.filter((one) => !usable.includes(one)).map(({ path }) => path)).size;
  if (keyboards > 0) looked.push(`HID: ${keyboards} in keyboard mode`);
  return undefined;
};

/** By its socket where that is known: the path is another after replugging. */
function hidLine({ vendorId, productId, usagePage, usage, port, path }: HidCollection): TransportSpec {
  return { kind: 'hid', vendorId, productId, usagePage, usage, ...(port === undefined ? { path } : { port }) };
}

const bySerialId: Step = async (models, claims, { serial }, looked) => {
  const wanted = speaking(models, 'serial').flatMap((model) =>
    (model.recognition?.serial ?? []).map((ids) => ({ model, ids })),
  );
  if (wanted.length === 0) return undefined;
  const ports = await listed(looked, serial.list());
  if (!ports) return undefined;
  const taken = await takenPaths(claims, serial);
  for (const { model, ids } of wanted) {
    const alike = ports.filter(({ usb }) => usb && sameIds(usb, ids));
    const port = alike.find(({ path }) => !taken.has(path));
    if (port) return { model, line: serialLine(port.path, model) };
    looked.push(
      `serial adapter ${usbIdText(ids)}: ${alike.length === 0 ? 'not plugged in' : `${alike.length}, taken`}`,
    );
  }
  return undefined;
};

/** Without a speed where the device can be asked for it. */
function serialLine(path: string, { recognition }: DeviceModel): TransportSpec {
  const [first] = recognition?.baudRates ?? [];
  return { kind: 'serial', path, ...(recognition?.probe || first === undefined ? {} : baudOf(first)) };
}

function baudOf(baudRate: number): { baudRate?: BaudRate } {
  const known = baudRates.find((rate) => rate === baudRate);
  return known === undefined ? {} : { baudRate: known };
}

type BaudRate = NonNullable<Extract<TransportSpec, { kind: 'serial' }>['baudRate']>;

async function takenPaths(claims: Claims, serial: SerialPorts): Promise<Set<string>> {
  return new Set(await Promise.all(claims.serialPaths().map((path) => serial.realPath(path))));
}

const byAsking: Step = async (models, claims, { serial, openSerial }, looked, signal) => {
  const askable = speaking(models, 'serial').filter(({ recognition }) => recognition?.probe && recognition.baudRates);
  if (askable.length === 0) return undefined;
  const ports = await listed(looked, serial.list());
  if (!ports) return undefined;
  const taken = await takenPaths(claims, serial);
  claims.forgetSilenceExcept((question) => ports.some(({ path }) => question.endsWith(` ${path}`)));
  const asked = ports.map(async ({ path }) => {
    const question = `${askable.map(({ id }) => id).join('+')} ${path}`;
    if (taken.has(await serial.realPath(path))) {
      looked.push(`${path}: another device's`);
      return undefined;
    }
    if (claims.wasSilent(question)) {
      looked.push(`${path}: no answer a moment ago`);
      return undefined;
    }
    const found = await ask(path, askable, openSerial, looked, signal);
    if (!found) claims.noteSilence(question);
    return found;
  });
  // All of them to the end, as none may be left open; then the first in the order of the list.
  const found = await Promise.all(asked);
  if (ports.length === 0) looked.push('serial: no port');
  return found.find((one) => one !== undefined);
};

async function ask<M extends DeviceModel>(
  path: string,
  models: readonly M[],
  openSerial: Buses['openSerial'],
  looked: string[],
  signal: AbortSignal,
): Promise<Discovered<M> | undefined> {
  const rates: number[] = [];
  for (const model of models) {
    for (const baudRate of model.recognition?.baudRates ?? []) {
      signal.throwIfAborted();
      try {
        const channel = await openSerial(path, baudRate).open(signal);
        try {
          const answers = await model.recognition?.probe?.(channel, signal);
          if (answers) return { model, line: { kind: 'serial', path, ...baudOf(baudRate) } };
        } finally {
          await channel.close();
        }
        rates.push(baudRate);
      } catch (error) {
        signal.throwIfAborted();
        looked.push(DeviceError.from(error).message);
        return undefined;
      }
    }
  }
  looked.push(`${path}: no answer at ${[...new Set(rates)].join(', ')}`);
  return undefined;
}

export interface AutoTransport extends Transport {
  /** The line that was found is anybody's again. */
  forget(): void;
}

/**
 * The line of a device whose configuration says `auto`: looked for when it is first opened, and again when the line that was
 * found cannot be opened any more. Its name is that of the line, once there is one.
 */
export function autoTransport(model: DeviceModel, claims: Claims, buses: Buses = nativeBuses): AutoTransport {
  let found: { readonly line: TransportSpec; readonly transport: Transport } | undefined;
  const forget = (): void => {
    if (found) claims.release(found.line);
    found = undefined;
  };
  return {
    forget,
    get name() {
      return found?.transport.name ?? `auto:${model.id}`;
    },
    open: async (signal) => {
      if (found) {
        try {
          return await found.transport.open(signal);
        } catch (error) {
          signal.throwIfAborted();
          if (DeviceError.from(error).code !== 'not-connected') throw error;
          forget();
        }
      }
      const { line } = await discover([model], claims, buses, signal);
      found = { line, transport: makeTransport(line, model, buses) };
      return await found.transport.open(signal);
    },
    appeared: async (signal) => {
      signal.throwIfAborted();
      await somethingAppears(buses, signal);
    },
    reset: async (signal) => {
      await found?.transport.reset?.(signal);
    },
  };
}

async function somethingAppears({ usb, hid }: Buses, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const end = (settle: () => void): void => {
      for (const unwatch of unwatching) unwatch();
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = (): void => end(() => reject(signal.reason));
    const unwatching = [usb, hid].map((bus) =>
      bus.watch((change) => {
        if (change === 'connected') end(resolve);
      }),
    );
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
