import { type PowerAdvice, powerAdvice, type UpsPower } from '../../drivers/ups/contract.ts';
import type { DeviceState } from './devices.ts';

interface Seen {
  readonly power: UpsPower;
  readonly sinceMs: number;
}

const GO_ON: PowerAdvice = { terminal: 'go-on', mayStartPrint: true };

/** What the terminal does about its power, from what its UPS says; without one, or before it has spoken, it goes on. */
export class PowerWatch {
  readonly #seen = new Map<string, Seen>();

  /** The UPS's status, whenever it is set. */
  observe({ id, class: deviceClass, status }: DeviceState): void {
    if (deviceClass !== 'ups' || status.power === undefined) return;
    if (this.#seen.get(id)?.power !== status.power) {
      this.#seen.set(id, { power: status.power, sinceMs: performance.now() });
    }
  }

  advice(ups: DeviceState | undefined): PowerAdvice {
    const { power, lastKnownPower = 'unknown', shutdownOrdered = false } = ups?.status ?? {};
    const seen = ups && this.#seen.get(ups.id);
    if (power === undefined || !seen) return GO_ON;
    return powerAdvice({ power, lastKnownPower, shutdownOrdered }, performance.now() - seen.sinceMs);
  }
}
