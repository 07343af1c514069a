import type { DeviceStatus, Driver } from '../core/index.ts';

/** Where a light can be: XFS4IoT's Lights class (`cardReader` … `fasciaLight`), as far as a terminal like ours has the place. */
export const lightPlaces = [
  'card-reader',
  'receipt-printer',
  'document-printer',
  'scanner',
  'contactless',
  'status-good',
  'status-warning',
  'status-bad',
  'status-supervisor',
  'status-in-service',
  'fascia-light',
] as const;
export type LightPlace = (typeof lightPlaces)[number];

/** XFS4IoT's flash rates; `continuous` is on without flashing. */
export const lightRates = ['off', 'slow', 'medium', 'quick', 'continuous'] as const;
export type LightRate = (typeof lightRates)[number];

/** The cabinet doors of XFS4IoT's Auxiliaries class. */
export const cabinetDoors = ['front', 'rear', 'left', 'right'] as const;
export type CabinetDoor = (typeof cabinetDoors)[number];

/**
 * `locked`: closed, and a bolt sensor says so. `tampered`: open although the bolt sensor says that it is locked. Without a
 * bolt sensor a door is `open` or `closed`, and nobody knows whether it is locked.
 */
export type DoorState = 'closed' | 'open' | 'locked' | 'tampered';
/** The mode switch inside the cabinet. */
export type OperatorSwitch = 'run' | 'maintenance' | 'supervisor';
/** `vibration` is XFS4IoT's seismic sensor. */
export const cabinetAlarms = ['tamper', 'heat', 'vibration'] as const;
export type CabinetAlarm = (typeof cabinetAlarms)[number];

/** What is fitted and not known at the moment is `unknown`, never fine; what is not fitted is `not-supported`. */
export type Observed<State extends string> = State | 'unknown' | 'not-supported';

export interface CabinetCondition {
  readonly doors: Readonly<Record<CabinetDoor, Observed<DoorState>>>;
  readonly operatorSwitch: Observed<OperatorSwitch>;
  readonly alarms: Readonly<Record<CabinetAlarm, Observed<'off' | 'on'>>>;
  /** Whether somebody stands before the terminal. */
  readonly proximity: Observed<'present' | 'not-present'>;
  /** What the board was last told, and has confirmed. */
  readonly lights: Readonly<Record<LightPlace, Observed<LightRate>>>;
}

export type CabinetStatus = DeviceStatus & CabinetCondition;

/** Lights, doors and sensors of the terminal's housing. */
export interface Cabinet extends Driver<CabinetStatus> {
  /**
   * Resolves when the board has taken it. The wish stands until the next one: where this call has failed the board is told
   * again, and a board that went away when it is back. Before the first wish a light is off.
   *
   * Rejects `unsupported` where no such light is fitted, `not-connected`, `outcome-unknown`, or with the signal's reason.
   */
  setLight(light: LightPlace, rate: LightRate, signal: AbortSignal): Promise<void>;
  /**
   * Drives the lock of one door; several doors are never driven at the same time. Resolves once the lock has been driven and,
   * where the door springs open by itself, it is open. It is driven to the end even when the caller has gone.
   *
   * Rejects `unsupported` where no lock is fitted; `hardware-error` where the door should have opened and has not;
   * `outcome-unknown` where the board may or may not have driven the lock: a person must look, nothing is repeated;
   * `not-connected`, or with the signal's reason.
   */
  unlock(door: CabinetDoor, signal: AbortSignal): Promise<void>;
}
