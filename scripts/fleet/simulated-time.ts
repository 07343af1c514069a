import { mock } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** So many turns of the event loop without anything under way: what an answer sets off has settled. */
const QUIET_TURNS = 3;

/**
 * Timers and calendar of this process under our hand: minutes pass in milliseconds, while sockets and disks work as ever. Time
 * moves only while nothing is under way, so that no deadline of a terminal runs out because this machine is slow.
 */
export class SimulatedTime {
  readonly #busy: () => boolean;

  constructor({ startsAt, busy }: { readonly startsAt: Date; readonly busy: () => boolean }) {
    this.#busy = busy;
    mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: startsAt });
  }

  async pass(ms: number): Promise<void> {
    mock.timers.tick(ms);
    for (let quiet = 0; quiet < QUIET_TURNS; ) {
      await nextTurn();
      quiet = this.#busy() ? 0 : quiet + 1;
    }
  }

  end(): void {
    mock.timers.reset();
  }
}
