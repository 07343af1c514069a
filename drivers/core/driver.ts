import type { Observable } from './observable.ts';
import type { DeviceStatus } from './status.ts';

/** What every device driver is, whatever its class adds. Constructing one stores its arguments and touches no port. */
export interface Driver<S extends DeviceStatus = DeviceStatus> {
  readonly status: Observable<S>;
  /** Connects, watches and reconnects until `signal` aborts. Never rejects: trouble shows in `status`. */
  run(signal: AbortSignal): Promise<void>;
}
