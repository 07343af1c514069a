import {
  type Channel,
  Connection,
  DeviceError,
  type DeviceErrorCode,
  type DeviceFacts,
  machineTime,
  Observable,
  observed,
  sleep,
  startingStatus,
  type Transport,
  Turnstile,
  unlessAborted,
  within,
} from '../../core/index.ts';
import type { Cabinet, CabinetDoor, CabinetStatus, LightPlace, LightRate } from '../contract.ts';
import type { ReadRequest, Request, WriteRequest } from './codec.ts';
import { conditionOf, unknownCondition } from './condition.ts';
import { FLASH_TICK_MS, flashedByDriver, lightWrite } from './lights.ts';
import { ModbusLink } from './link.ts';
import {
  fittedLights,
  fittedLocks,
  type LightMap,
  type LockMap,
  type ModbusCabinetOptions,
  outputReads,
  pointsOf,
  Readings,
  readsFor,
} from './register-map.ts';

/** A pulled cable often raises no event, only silence, and must be on screen within two seconds: this and two deadlines. */
const POLL_MS = 900;
/** While a door is expected to open. */
const DOOR_POLL_MS = 100;
/** For the last word to a lock that is still driven when the driver stops. */
const LAST_WORD_MS = 100;

const SAID_BY_THE_BOARD: readonly DeviceErrorCode[] = ['unsupported', 'invalid-data', 'hardware-error'];

/** What a light shall show, and since which tick of the flashing. */
interface Wish {
  readonly rate: LightRate;
  readonly sinceTick: number;
}

/**
 * A board of coils, inputs and registers behind Modbus RTU, on a serial line or on a bridge that passes the bytes on.
 *
 *   connected ─ locks off, lights as wished, first look ─► online ─┬─ looks every 0.9 s
 *                                                                  └─ flashes what the board cannot, every 0.25 s
 */
export class ModbusCabinetDriver implements Cabinet {
  readonly status: Observable<CabinetStatus>;
  readonly pollMs = POLL_MS;
  readonly #map: ModbusCabinetOptions;
  readonly #reads: readonly ReadRequest[];
  readonly #lights: ReadonlyMap<LightPlace, LightMap>;
  readonly #connection: Connection;
  readonly #unlocks = new Turnstile();
  readonly #wishes = new Map<LightPlace, Wish>();
  /** By light: the wish that the board of this connection is being told or was, and the one that it has confirmed. */
  readonly #told = new Map<LightPlace, Wish>();
  readonly #confirmed = new Map<LightPlace, Wish>();
  #readings = new Readings();
  #tick = 0;
  #link: ModbusLink | undefined;
  /** What the board has not answered outlives a connection, as its late answer does. */
  #owed: Request | undefined;
  /** The lock whose coil is on until we end its pulse. */
  #driven: LockMap | undefined;

  constructor(transport: Transport, map: ModbusCabinetOptions) {
    this.#map = map;
    const reads = readsFor(pointsOf(map), map.readAlong);
    this.#reads = reads.length > 0 ? reads : outputReads(map).slice(0, 1); // a board without sensors is alive all the same
    this.#lights = new Map(fittedLights(map));
    for (const place of this.#lights.keys()) this.#wishes.set(place, { rate: 'off', sinceTick: 0 });
    this.status = new Observable<CabinetStatus>({ ...startingStatus(), ...unknownCondition(map) });
    let link: ModbusLink | undefined;
    this.#connection = new Connection(transport, {
      serve: async (channel, signal, connected) => {
        link = this.#linkOver(channel);
        try {
          await unlessAborted([signal], this.#connect(link, signal));
          connected();
          const life = Promise.race([this.#watch(link, signal), this.#flash(link, signal)]);
          return await unlessAborted([signal], life);
        } finally {
          if (signal.aborted) await this.#lastWord(link);
        }
      },
      ended: (failure, next) => {
        this.#owed = link?.owed ?? this.#owed;
        this.#link = undefined;
        this.#told.clear();
        this.#confirmed.clear();
        this.#readings = new Readings();
        link?.end(failure);
        if (next !== 'stopping') this.#offline(failure, next.retryInMs);
      },
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#connection.run(signal);
    this.status.set({ state: 'stopped', ...observed('inferred'), ...unknownCondition(this.#map) });
  }

  reset(signal: AbortSignal): Promise<void> {
    return this.#connection.reset(signal);
  }

  async check(signal: AbortSignal): Promise<DeviceFacts> {
    await this.#look(this.#required(), signal);
    const { doors } = this.status.value;
    const fitted = Object.entries(doors).filter(([, state]) => state !== 'not-supported');
    return {
      line: this.#connection.name,
      unit: String(this.#map.unit),
      doors: fitted.map(([name, state]) => `${name} ${state}`).join(', ') || 'none',
      lights: [...this.#lights.keys()].join(', ') || 'none',
    };
  }

  async setLight(light: LightPlace, rate: LightRate, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#lights.has(light)) throw this.#notFitted(`light at the ${light}`);
    this.#wishes.set(light, { rate, sinceTick: this.#tick });
    await unlessAborted([signal], this.#tell(this.#required(), light));
  }

  async unlock(door: CabinetDoor, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const lock = this.#map.doors[door]?.lock;
    if (!lock) throw this.#notFitted(`lock on the ${door} door`);
    await this.#unlocks.run(() => this.#drive(this.#required(), door, lock), signal);
  }

  /** To the end, even when the caller has gone: a lock that is driven must be let go. */
  async #drive(link: ModbusLink, door: CabinetDoor, lock: LockMap): Promise<void> {
    if (lock.pulseMs !== 'board') this.#driven = lock;
    let begun = false;
    try {
      await link.begin(lockWrite(lock, 'on'));
      begun = true;
      if (lock.pulseMs !== 'board') await sleep(lock.pulseMs, link.ended);
      await this.#letGo(link);
      await this.#opened(link, door, lock.opensWithinMs);
    } catch (cause) {
      await this.#letGo(link);
      if (!begun || cause !== link.ended.reason) throw cause;
      throw new DeviceError('outcome-unknown', `${door} door: the line was lost while its lock was driven`, { cause });
    }
  }

  async #letGo(link: ModbusLink): Promise<void> {
    const lock = this.#driven;
    if (!lock || link.ended.aborted) return; // connecting anew begins with letting go of every lock
    this.#driven = undefined;
    await link.setLevel(lockWrite(lock, 'off')).catch((cause: unknown) => {
      this.#driven = lock;
      link.end(cause);
      throw cause;
    });
  }

  /** Looks at the door, until it is open where it opens by itself. */
  async #opened(link: ModbusLink, door: CabinetDoor, withinMs: number | undefined): Promise<void> {
    const untilMs = performance.now() + (withinMs ?? 0);
    for (;;) {
      await this.#look(link, link.ended);
      const state = this.status.value.doors[door];
      if (withinMs === undefined || state === 'open' || state === 'tampered') return;
      if (performance.now() >= untilMs) {
        const seen = `the lock was driven, and ${withinMs} ms later the door is ${state}`;
        throw new DeviceError(
          'hardware-error',
          `${this.#connection.name}: ${door} door: ${seen}: look at lock and contact`,
        );
      }
      await sleep(DOOR_POLL_MS, link.ended);
    }
  }

  async #lastWord(link: ModbusLink): Promise<void> {
    if (!this.#driven) return;
    const letGo = link.send(lockWrite(this.#driven, 'off'));
    await within(LAST_WORD_MS, 'letting go of a lock', [], letGo).catch(() => undefined); // the line may have gone as well
  }

  async #tell(link: ModbusLink, place: LightPlace): Promise<void> {
    const [map, wish] = [this.#lights.get(place), this.#wishes.get(place)];
    if (!map || !wish) return;
    this.#told.set(place, wish);
    this.#confirmed.delete(place);
    try {
      await link.setLevel(lightWrite(map, wish.rate, this.#tick - wish.sinceTick));
      if (this.#wishes.get(place) === wish && !link.ended.aborted) this.#confirmed.set(place, wish);
    } catch (error) {
      if (this.#told.get(place) === wish) this.#told.delete(place); // the next look begins with another try
      throw error;
    } finally {
      this.#showLights(link);
    }
  }

  #required(): ModbusLink {
    if (!this.#link) throw new DeviceError('not-connected', `${this.#connection.name}: no board is connected`);
    return this.#link;
  }

  #notFitted(what: string): DeviceError {
    return new DeviceError('unsupported', `${this.#connection.name}: the configuration has no ${what}`);
  }

  #show(observedAt: string): void {
    const condition = conditionOf(this.#map, this.#readings, (place) => this.#confirmed.get(place)?.rate);
    this.status.set({ state: 'online', observedAt, source: 'polled', ...condition });
  }

  /** What the sensors said is as old as it was. */
  #showLights(link: ModbusLink): void {
    if (this.#link === link && this.status.value.state === 'online') this.#show(this.status.value.observedAt);
  }

  #offline(failure: DeviceError, retryInMs: number): void {
    this.status.set({
      state: 'offline',
      cause: failure.code,
      detail: `${this.#connection.name}: ${failure.message}`,
      retryInMs,
      ...observed(SAID_BY_THE_BOARD.includes(failure.code) ? 'polled' : 'inferred'),
      ...unknownCondition(this.#map),
    });
  }

  #linkOver(channel: Channel): ModbusLink {
    const { unit, answerMs, gapMs } = this.#map;
    const fences = [...this.#reads, ...outputReads(this.#map)];
    return new ModbusLink(channel, { unit, answerMs, gapMs, fences }, this.#owed);
  }

  /** A lock that an earlier run of this program left on is let go first: it would burn. */
  async #connect(link: ModbusLink, signal: AbortSignal): Promise<void> {
    for (const lock of fittedLocks(this.#map)) {
      signal.throwIfAborted();
      if (lock.pulseMs !== 'board') await link.setLevel(lockWrite(lock, 'off'));
    }
    this.#driven = undefined;
    await this.#catchUp(link, signal);
    link.ended.throwIfAborted(); // a line given up meanwhile must not be taken for the present one
    this.#link = link;
    await this.#look(link, signal);
  }

  /** Ends only by rejecting. */
  async #watch(link: ModbusLink, signal: AbortSignal): Promise<never> {
    for (;;) {
      await sleep(POLL_MS, signal, link.ended);
      await this.#catchUp(link, signal);
      await this.#look(link, signal);
    }
  }

  /** Lights whose wish the board has not taken, or could not be told. */
  async #catchUp(link: ModbusLink, signal: AbortSignal): Promise<void> {
    for (const place of this.#lights.keys()) {
      signal.throwIfAborted();
      if (this.#told.get(place) === this.#wishes.get(place)) continue;
      await this.#tell(link, place).catch((error: unknown) => {
        // One lamp that the board fails to switch stays `unknown`; a map that does not fit the board is everybody's trouble.
        if (link.ended.aborted || !isOfOneLamp(error)) throw error;
      });
    }
  }

  async #look(link: ModbusLink, signal: AbortSignal): Promise<void> {
    const readings = new Readings();
    for (const read of this.#reads) readings.add(read, await link.read(read, signal));
    link.ended.throwIfAborted();
    this.#readings = readings;
    if (this.#link === link) this.#show(machineTime());
  }

  /** Ends only by rejecting. */
  async #flash(link: ModbusLink, signal: AbortSignal): Promise<never> {
    for (;;) {
      await sleep(FLASH_TICK_MS, signal, link.ended);
      this.#tick += 1;
      for (const [place, map] of this.#lights) {
        const wish = this.#wishes.get(place);
        if (!wish || wish !== this.#told.get(place) || !flashedByDriver(map, wish.rate)) continue;
        const ticks = this.#tick - wish.sinceTick;
        const write = lightWrite(map, wish.rate, ticks);
        if (!isSame(write, lightWrite(map, wish.rate, ticks - 1))) await link.setLevel(write);
      }
    }
  }
}

function lockWrite(lock: LockMap, coil: 'on' | 'off'): WriteRequest {
  return { function: 'write-coil', address: lock.coil, on: coil === 'on' };
}

function isOfOneLamp(error: unknown): boolean {
  return error instanceof DeviceError && ['hardware-error', 'timeout', 'outcome-unknown'].includes(error.code);
}

function isSame(one: WriteRequest, other: WriteRequest): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
