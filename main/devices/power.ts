import { type PowerAdvice, powerAdvice, type UpsPower } from '../../drivers/ups/contract.ts';
import type { DeviceState } from './devices.ts';

interface Seen {
  readonly power: UpsPower;
  readonly lastKnownPower: UpsPower;
  readonly shutdownOrdered: boolean;
  readonly sinceMs: number;
}

const GO_ON: PowerAdvice = { terminal: 'go-on', mayStartPrint: true };

/** What the terminal does about its power, from what its UPS says; without one, or before it has spoken, it goes on. */
export class PowerWatch {
  readonly #seen = new Map<string, Seen>();

  /** The UPS's status, whenever it is set. What was known stays known while nobody can ask, whoever asks next. */
  observe({ id, class: deviceClass, status }: DeviceState): void {
    if (deviceClass !== 'ups') return;
    const before = this.#seen.get(id);
    const { power = 'unknown', lastKnownPower = 'unknown', shutdownOrdered = false } = status;
    const known = [power, lastKnownPower, before?.lastKnownPower].find((word) => word && word !== 'unknown');
    this.#seen.set(id, {
      power,
      lastKnownPower: known ?? 'unknown',
      shutdownOrdered: shutdownOrdered || (power === 'unknown' && before?.shutdownOrdered === true),
      sinceMs: before?.power === power ? before.sinceMs : performance.now(),
    });
  }

  advice(ups: DeviceState | undefined): PowerAdvice {
    const seen = ups && this.#seen.get(ups.id);
    return seen ? powerAdvice(seen, performance.now() - seen.sinceMs) : GO_ON;
  }
}
