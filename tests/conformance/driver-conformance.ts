import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { DeviceStatus, Driver } from '../../drivers/core/index.ts';
import type { SimulatedLine } from '../../drivers/simulation/simulated-line.ts';
import { Noise } from '../support/noise.ts';
import { retainedBytes } from '../support/retained-bytes.ts';

/** What a model lends the suite, fresh for every test: a driver that has not run, and the line to its simulated device. */
export interface ConformanceSetup {
  readonly driver: Driver;
  /** A `SimulatedLine`, or whatever has its faults. */
  readonly line: Pick<SimulatedLine, 'unplug' | 'plug' | 'inject' | 'toHost' | 'openChannels'>;
  /** The model's main operation. It may resolve or reject; the suite asks only that it ends. */
  readonly command: (signal: AbortSignal) => Promise<unknown>;
  /** From plugging in to `online`; three seconds at the most. */
  readonly onlineWithinMs: number;
  /**
   * From the moment an idle device falls silent to `offline`; by default what makes it be on screen within two seconds. `never`
   * where the device has nothing that it could be asked: it then stays `online`, and `command` must give up by itself.
   */
  readonly noticedWithinMs?: number | 'never';
  /** Channels that an idle device holds: 1, or 0 where each exchange has a connection of its own and is seen to fail at a poll. */
  readonly idleChannels?: 0 | 1;
  /** Until a caller who gives up is let go: at once, unless the device must first be told. */
  readonly letGoWithinMs?: number;
  /** From the moment a device falls silent to `offline`, and to the end of a command that is under way. Default 30 s. */
  readonly silentWithinMs?: number;
  /**
   * Puts another medium before the device, and says what `command` must then resolve with. Left out where an answer says
   * nothing that could belong to somebody else.
   */
  readonly nextMedium?: () => unknown;
}

const noise = new Noise();
const PIECE_BYTES = 4_096;
const FLOOD_BYTES = 65_536;

const STEP_MS = 20;
/** "Promptly": one step of the event loop would do; a driver may need a few. */
const PROMPT_MS = 200;
/** A device that is gone must be on screen within two seconds: this, and the way from the device process to the page. */
const NOTICED_WITHIN_MS = 1_800;

// Fake timers replace the global; drivers over real sockets need the event loop to turn as well.
const realSetImmediate = setImmediate;

/**
 * What every device driver promises, whatever its class. `setup` must place the simulator so that `command` succeeds, and
 * a simulator must leave no timer behind once its host has gone.
 */
export function driverConformance(name: string, setup: () => ConformanceSetup): void {
  describe(`${name}, as every driver,`, () => {
    let subject: ConformanceSetup;
    let stop: AbortController;
    let running: Promise<void> | undefined;
    const idleChannels = (): number => subject.idleChannels ?? 1;
    const noticedMs = (): number | 'never' => subject.noticedWithinMs ?? NOTICED_WITHIN_MS;
    const unpluggedMs = (): number => (idleChannels() === 1 ? PROMPT_MS : NOTICED_WITHIN_MS);
    const letGoMs = (): number => subject.letGoWithinMs ?? PROMPT_MS;
    const state = (): DeviceStatus['state'] => subject.driver.status.value.state;

    beforeEach(() => {
      vi.useFakeTimers();
      subject = setup();
      stop = new AbortController();
      running = undefined;
    });

    afterEach(async () => {
      await stopped();
      vi.useRealTimers();
    });

    async function pass(ms: number, done: () => boolean = () => false): Promise<void> {
      for (let passedMs = 0; passedMs < ms && !done(); passedMs += STEP_MS) {
        await vi.advanceTimersByTimeAsync(STEP_MS);
        await new Promise((resolve) => realSetImmediate(resolve));
      }
    }

    async function reaches(wanted: DeviceStatus['state'], withinMs: number): Promise<void> {
      await pass(withinMs, () => state() === wanted);
      expect(subject.driver.status.value).toMatchObject({ state: wanted });
    }

    async function online(): Promise<void> {
      expect(subject.onlineWithinMs).toBeLessThanOrEqual(3_000);
      running ??= subject.driver.run(stop.signal);
      await reaches('online', subject.onlineWithinMs);
    }

    async function stopped(): Promise<void> {
      stop.abort();
      const end = running && watch(running);
      await pass(PROMPT_MS, () => end?.settled ?? true);
      if (end) expect(end, 'run() after its signal aborted').toEqual({ settled: true, value: undefined });
    }

    async function settles(end: Ending, withinMs: number): Promise<void> {
      await pass(withinMs, () => end.settled);
      expect(end).toMatchObject({ settled: true });
    }

    test('touches nothing while it is only constructed', async () => {
      await pass(1_000);
      expect([state(), subject.line.openChannels, vi.getTimerCount()]).toEqual(['starting', 0, 0]);
    });

    test('starts without its device, says why, and is online once it is plugged in', async () => {
      subject.line.unplug();
      running = subject.driver.run(stop.signal);
      await reaches('offline', PROMPT_MS);
      expect(subject.driver.status.value).toMatchObject({ cause: 'not-connected', detail: expect.stringMatching(/./) });
      subject.line.plug();
      await online();
    });

    test('a command without a device ends at once', async () => {
      subject.line.unplug();
      running = subject.driver.run(stop.signal);
      await reaches('offline', PROMPT_MS);
      await settles(watch(subject.command(stop.signal)), PROMPT_MS);
    });

    test('a cable pulled during a command ends the command, and the device is online soon after it is back', async () => {
      await online();
      subject.line.toHost = () => undefined;
      const end = watch(subject.command(stop.signal));
      await pass(2 * STEP_MS);
      expect(end.settled, 'a command that nobody has answered').toBe(false);
      subject.line.unplug();
      await settles(end, letGoMs());
      await reaches('offline', unpluggedMs());
      expect(subject.line.openChannels).toBe(0);
      subject.line.toHost = (bytes) => bytes;
      subject.line.plug();
      await online();
      expect(subject.line.openChannels).toBe(idleChannels());
    });

    test('a cable pulled many times leaves one channel open', async () => {
      for (let pull = 0; pull < 10; pull += 1) {
        await online();
        subject.line.unplug();
        await reaches('offline', unpluggedMs());
        subject.line.plug();
      }
      await online();
      expect(subject.line.openChannels).toBe(idleChannels());
    });

    test('silence ends a command, shows as offline where the device can be asked, and is forgotten when it speaks again', async () => {
      await online();
      subject.line.toHost = () => undefined;
      const end = watch(subject.command(stop.signal));
      await settles(end, subject.silentWithinMs ?? 30_000);
      if (noticedMs() !== 'never') await reaches('offline', subject.silentWithinMs ?? 30_000);
      subject.line.toHost = (bytes) => bytes;
      await online();
    });

    test('an idle device that falls silent is noticed, where it can be asked', async () => {
      await online();
      subject.line.toHost = () => undefined;
      const withinMs = noticedMs();
      if (withinMs === 'never') await reaches('online', 3 * subject.driver.pollMs);
      else await reaches('offline', withinMs);
    });

    test('the status of an idle device is never older than three polls', async () => {
      await online();
      const { observedAt } = subject.driver.status.value;
      await pass(3 * subject.driver.pollMs, () => subject.driver.status.value.observedAt !== observedAt);
      expect(subject.driver.status.value).toMatchObject({ state: 'online' });
      expect(subject.driver.status.value.observedAt).not.toBe(observedAt);
    });

    test('a reset ends what is under way and brings the device back', async () => {
      await online();
      subject.line.toHost = () => undefined;
      const end = watch(subject.command(stop.signal));
      await pass(2 * STEP_MS);
      subject.line.toHost = (bytes) => bytes;
      const reset = watch(subject.driver.reset(stop.signal));
      await settles(reset, subject.onlineWithinMs);
      expect(reset).toEqual({ settled: true, value: undefined });
      await settles(end, subject.silentWithinMs ?? 30_000);
      await reaches('online', subject.onlineWithinMs);
      expect(subject.line.openChannels).toBe(idleChannels());
    });

    test('a reset of a device that is not there says so', async () => {
      subject.line.unplug();
      running = subject.driver.run(stop.signal);
      await reaches('offline', PROMPT_MS);
      const reset = watch(subject.driver.reset(stop.signal));
      await settles(reset, subject.onlineWithinMs);
      expect(reset.error).toMatchObject({ code: 'not-connected' });
    });

    test('a device that is asked says who it is, and one that is not there that it is not', async () => {
      await online();
      const asked = watch(subject.driver.check(stop.signal));
      await settles(asked, subject.onlineWithinMs);
      expect(asked.value).toMatchObject({ line: expect.stringMatching(/./) });
      subject.line.unplug();
      await reaches('offline', 3 * subject.driver.pollMs);
      const missing = watch(subject.driver.check(stop.signal));
      await settles(missing, subject.silentWithinMs ?? 30_000);
      expect(missing.error).toMatchObject({ code: 'not-connected' });
    });

    test('a flood is survived in bounded memory, idle and during a command', async () => {
      await online();
      const most = retainedBytes(Number.POSITIVE_INFINITY) + 512 * 1024;
      flood(1);
      const end = watch(subject.command(stop.signal));
      flood(1);
      expect(retainedBytes(most)).toBeLessThan(most);
      await pass(subject.silentWithinMs ?? 30_000, () => end.settled);
      await online();
    });

    test('random noise with every answer neither throws nor lasts', async () => {
      await online();
      subject.line.toHost = (bytes) => Uint8Array.of(...noise.bytes(1 + (bytes.length % 7)), ...bytes.subarray(1));
      const end = watch(subject.command(stop.signal));
      await pass(subject.silentWithinMs ?? 30_000, () => end.settled);
      subject.line.toHost = (bytes) => bytes;
      await online();
    });

    test.each(['has timed out', 'was given up by its caller'])(
      'what a device answers after a command %s never answers the next one',
      async (ending) => {
        await online();
        const late: Uint8Array[] = [];
        subject.line.toHost = (bytes) => {
          late.push(bytes.slice());
          return undefined;
        };
        const leaving = new AbortController();
        const first = watch(subject.command(leaving.signal));
        if (ending === 'has timed out') await settles(first, subject.silentWithinMs ?? 30_000);
        else await pass(2 * STEP_MS);
        leaving.abort(new Error('the resident has left'));
        await settles(first, letGoMs());
        const expected = subject.nextMedium?.();
        // A line keeps its order: what was late comes before whatever the device says next. A connection takes it along.
        subject.line.toHost = (bytes) => (idleChannels() === 1 ? Buffer.concat([...late.splice(0), bytes]) : bytes);
        await online();
        const second = watch(subject.command(stop.signal));
        await settles(second, subject.silentWithinMs ?? 30_000);
        if (subject.nextMedium) expect(second).toEqual({ settled: true, value: expected });
      },
    );

    test('a caller who gives up is let go at once, before and during a command', async () => {
      await online();
      const gaveUp = new Error('the resident has left');
      await settles(watch(subject.command(AbortSignal.abort(gaveUp))), PROMPT_MS);
      subject.line.toHost = () => undefined;
      const leaving = new AbortController();
      const end = watch(subject.command(leaving.signal));
      await pass(2 * STEP_MS);
      leaving.abort(gaveUp);
      await settles(end, letGoMs());
    });

    test('stopping during a command leaves no timer, no open channel and no waiting caller', async () => {
      await online();
      subject.line.toHost = () => undefined;
      const end = watch(subject.command(new AbortController().signal));
      await pass(2 * STEP_MS);
      await stopped();
      await settles(end, letGoMs());
      expect([state(), subject.line.openChannels, vi.getTimerCount()]).toEqual(['stopped', 0, 0]);
    });

    test('a driver that was stopped while it asked stays stopped, whatever is answered', async () => {
      await online();
      const asked = watch(subject.driver.check(new AbortController().signal));
      await stopped();
      await settles(asked, subject.silentWithinMs ?? 30_000);
      expect(state()).toBe('stopped');
    });

    test.each([20, 300, 1_000])('stopping %d ms into connecting to a silent device ends at once', async (ms) => {
      subject.line.toHost = () => undefined;
      running = subject.driver.run(stop.signal);
      await pass(ms);
      await stopped();
      expect([state(), subject.line.openChannels, vi.getTimerCount()]).toEqual(['stopped', 0, 0]);
    });

    test('stopping while offline leaves no timer', async () => {
      subject.line.unplug();
      running = subject.driver.run(stop.signal);
      await pass(5_000);
      await stopped();
      expect([state(), subject.line.openChannels, vi.getTimerCount()]).toEqual(['stopped', 0, 0]);
    });

    /** In pieces of 4 KB that each begin elsewhere in the noise. */
    function flood(megabytes: number): void {
      const bytes = noise.bytes(FLOOD_BYTES + PIECE_BYTES);
      for (let piece = 0; piece < (megabytes * 1024 * 1024) / PIECE_BYTES; piece += 1) {
        const from = noise.number(FLOOD_BYTES);
        subject.line.inject(bytes.slice(from, from + PIECE_BYTES));
      }
    }
  });
}

type Ending = { settled: boolean; value?: unknown; error?: unknown };

function watch(work: Promise<unknown>): Ending {
  const ending: Ending = { settled: false };
  work.then(
    (value) => Object.assign(ending, { settled: true, value }),
    (error: unknown) => Object.assign(ending, { settled: true, error }),
  );
  return ending;
}
