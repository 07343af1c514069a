import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DeviceError, type DeviceStatus, type Driver, Observable } from '../../../drivers/core/index.ts';
import { DeviceSlot, type SlotReport } from '../../../main/devices/slot.ts';

const at = { observedAt: '2026-11-29T08:00:00.000Z', source: 'polled' } as const;

/** A driver whose status a test sets; it knows whether it runs and how often it was reset. */
class HandDriver implements Driver {
  readonly status = new Observable<DeviceStatus>({ state: 'starting', ...at });
  readonly pollMs = 1_000;
  running = false;
  resets = 0;

  async run(signal: AbortSignal): Promise<void> {
    this.running = true;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    this.running = false;
    this.status.set({ state: 'stopped', ...at });
  }

  async reset(): Promise<void> {
    this.resets += 1;
  }

  async check(): Promise<Record<string, string>> {
    return { line: 'hand' };
  }

  away(): void {
    this.status.set({ state: 'offline', cause: 'timeout', detail: 'silent', retryInMs: 1_000, ...at });
  }
}

let found: (HandDriver | DeviceError)[];
let made: HandDriver[];
let reports: SlotReport[];
let stop: AbortController;
let slot: DeviceSlot;
let running: Promise<void>;
const last = (): SlotReport | undefined => reports.at(-1);

beforeEach(() => {
  vi.useFakeTimers();
  [found, made, reports, stop] = [[], [], [], new AbortController()];
  slot = new DeviceSlot({
    deviceClass: 'id-card-reader',
    model: 'auto',
    resolve: async () => {
      const next = found.shift() ?? new HandDriver();
      if (next instanceof DeviceError) throw next;
      made.push(next);
      return { model: 'samv', driver: next };
    },
    report: (report) => reports.push(report),
  });
  running = slot.run(stop.signal);
});

afterEach(async () => {
  stop.abort();
  await running;
  await vi.advanceTimersByTimeAsync(0);
  expect(made.filter((driver) => driver.running)).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('what a device says is handed on with its model, and a stopped driver’s last word is not', async () => {
  await vi.advanceTimersByTimeAsync(0);
  made[0]?.status.set({ state: 'online', ...at });
  expect(last()).toMatchObject({ model: 'samv', pollMs: 1_000, status: { state: 'online' } });
  stop.abort();
  await running;
  expect(reports.some(({ status }) => status.state === 'stopped')).toBe(false);
});

test('a device that is not found is offline with the reason, and is looked for until it is there', async () => {
  stop.abort();
  await running;
  found = [new DeviceError('not-connected', 'no reader on USB'), new DeviceError('not-connected', 'no reader on USB')];
  stop = new AbortController();
  running = slot.run(stop.signal);
  await vi.advanceTimersByTimeAsync(0);
  expect(last()).toMatchObject({ model: 'auto', status: { state: 'offline', detail: 'no reader on USB' } });
  await expect(slot.check(stop.signal)).rejects.toMatchObject({ code: 'not-connected' });
  await vi.advanceTimersByTimeAsync(2_500);
  expect(last()).toMatchObject({ model: 'samv', status: { state: 'starting' } });
  await expect(slot.check(stop.signal)).resolves.toEqual({ line: 'hand' });
});

test('one that is set up wrongly is not looked for again by itself, and its report waits for a technician', async () => {
  stop.abort();
  await running;
  found = [new DeviceError('unsupported', 'there is no model "sam_w"')];
  stop = new AbortController();
  running = slot.run(stop.signal);
  const before = made.length;
  await vi.advanceTimersByTimeAsync(600_000);
  expect(made.length).toBe(before);
  expect(last()).toMatchObject({ status: { cause: 'unsupported' }, recovery: { rung: 'report' } });
});

test('a device that stays silent is reset, then found anew with another driver, one after the other', async () => {
  await vi.advanceTimersByTimeAsync(0);
  made[0]?.away();
  await vi.advanceTimersByTimeAsync(4_500);
  expect([made[0]?.resets, made.length]).toEqual([1, 1]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect([made[0]?.running, made[1]?.running]).toEqual([false, true]);
  made[1]?.status.set({ state: 'online', ...at });
  expect(last()).toMatchObject({ status: { state: 'online' }, recovery: undefined });
});

test('a person’s reset reaches the driver', async () => {
  await vi.advanceTimersByTimeAsync(0);
  await slot.reset(stop.signal);
  expect(made[0]?.resets).toBe(1);
});
