import type { Observable } from './observable.ts';
import type { DeviceStatus } from './status.ts';

/** What every device driver is, whatever its class adds. Constructing one stores its arguments and touches no port. */
export interface Driver<S extends DeviceStatus = DeviceStatus> {
  /** Watched by others, set by the driver alone. */
  readonly status: Pick<Observable<S>, 'value' | 'subscribe' | 'until'>;
  /** Connects, watches and reconnects until `signal` aborts. Never rejects: trouble shows in `status`. */
  run(signal: AbortSignal): Promise<void>;
}
