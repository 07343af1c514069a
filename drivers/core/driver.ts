import type { Observable } from './observable.ts';
import type { DeviceStatus } from './status.ts';

/** What a device says of itself, for technicians: `{ module: '05.03-…', baudRate: '115200' }`. Nothing of any resident. */
export type DeviceFacts = Readonly<Record<string, string>>;

/** What every device driver is, whatever its class adds. Constructing one stores its arguments and touches no port. */
export interface Driver<S extends DeviceStatus = DeviceStatus> {
  /** Watched by others, set by the driver alone, and set anew at every look at the device. */
  readonly status: Pick<Observable<S>, 'value' | 'subscribe' | 'until'>;
  /** How often the driver looks at an idle device. A status older than three of these says nothing about now. */
  readonly pollMs: number;
  /** Connects, watches and reconnects until `signal` aborts. Never rejects: trouble shows in `status`. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * The strongest that software can do to the device: drops what is under way, resets it, connects anew. Resolves once it has
   * answered. Rejects with a DeviceError, or with the signal's reason.
   */
  reset(signal: AbortSignal): Promise<void>;
  /**
   * Asks the device who and how it is, without using anything up; `line` is among what it says: the transport's name. Rejects
   * with a DeviceError, or with the signal's reason.
   */
  check(signal: AbortSignal): Promise<DeviceFacts>;
}
