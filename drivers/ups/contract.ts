import type { DeviceStatus, Driver } from '../core/index.ts';

/**
 * Where the terminal's power comes from. XFS4IoT's Auxiliaries class says the same in four flags: `powering` is our `battery`,
 * `low` our `battery-low`, `engaged` stands while the battery carries the load, and `recovered` is `mains` after it.
 * `unknown`: the UPS cannot be asked, or says neither; nobody may take that for mains.
 */
export type UpsPower = 'mains' | 'battery' | 'battery-low' | 'unknown';

/** What a UPS says at one look; what it does not say is left out. */
export interface UpsReading {
  readonly power: UpsPower;
  /** Whoever minds the UPS has announced that the power will be cut. It does not go back on that. */
  readonly shutdownOrdered: boolean;
  readonly chargePercent?: number;
  readonly runtimeSeconds?: number;
  readonly loadPercent?: number;
  /** The UPS asks for a new battery. */
  readonly replaceBattery?: boolean;
}

export type UpsStatus = DeviceStatus &
  UpsReading & {
    /** What `power` last was when it was known: a UPS that falls silent on battery has not gone back to mains. */
    readonly lastKnownPower: UpsPower;
  };

/** An uninterruptible power supply: it is watched, never commanded. */
export interface Ups extends Driver<UpsStatus> {}

/** A lamp flickers and a UPS takes over for a second or two; that is no reason to alarm a resident. */
const WARN_AFTER_MS = 10_000;
/** NUT's upsmon waits as long (DEADTIME) for a UPS that fell silent on battery, and then counts the power as lost. */
const SILENT_ON_BATTERY_MS = 15_000;

export interface PowerAdvice {
  /** `finish-then-shut-down`: the present resident finishes, nobody else begins, then the machine shuts down. */
  readonly terminal: 'go-on' | 'warn' | 'finish-then-shut-down';
  /** A page that stops half way in the printer is worse than one that is not begun. */
  readonly mayStartPrint: boolean;
}

/**
 * What a terminal does about its power. `sinceMs`: for how long `status.power` has been what it is.
 *
 * A UPS that cannot be asked, last seen on mains or never seen, changes nothing here: its own status is `offline`, which is for
 * the technician, and no terminal goes out of service because a cable between two programs came off.
 */
export function powerAdvice(
  status: Pick<UpsStatus, 'power' | 'shutdownOrdered' | 'lastKnownPower'>,
  sinceMs: number,
): PowerAdvice {
  const onBattery = status.lastKnownPower !== 'mains' && status.lastKnownPower !== 'unknown';
  if (status.shutdownOrdered || status.power === 'battery-low') return SHUT_DOWN;
  if (status.power === 'unknown' && onBattery) {
    return sinceMs >= SILENT_ON_BATTERY_MS || status.lastKnownPower === 'battery-low'
      ? SHUT_DOWN
      : { terminal: 'warn', mayStartPrint: false };
  }
  if (status.power === 'battery' && sinceMs >= WARN_AFTER_MS) return { terminal: 'warn', mayStartPrint: true };
  return { terminal: 'go-on', mayStartPrint: true };
}

const SHUT_DOWN: PowerAdvice = { terminal: 'finish-then-shut-down', mayStartPrint: false };
