import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { DeviceChange } from '../../../main/devices/devices.ts';
import { followPrinters } from '../../../main/printing/follow-printers.ts';
import { memoryLog } from '../../support/memory-log.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function change(deviceClass: string, state: 'online' | 'stopped'): DeviceChange {
  const at = '2026-11-30T08:00:00.000Z';
  const status = { state, observedAt: at, source: 'polled' } as const;
  return { device: { id: 'laser', class: deviceClass, model: 'ipp', status }, at };
}

function follow(printing: { recover: () => Promise<void>; takeBack: () => Promise<void> }) {
  const listeners = new Set<(change: DeviceChange) => void>();
  const devices = {
    onChange: (listener: (change: DeviceChange) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const stop = new AbortController();
  const running = followPrinters({ printing, devices, log: memoryLog() }, stop.signal);
  return {
    say: (said: DeviceChange) => {
      for (const listener of listeners) listener(said);
    },
    async ends() {
      stop.abort();
      await running;
      return listeners.size;
    },
  };
}

test('papers of before are followed up at the start, and taken back whenever a licence printer is there again', async () => {
  const did: string[] = [];
  const { say, ends } = follow({
    recover: async () => void did.push('recover'),
    takeBack: async () => void did.push('take back'),
  });
  await vi.advanceTimersByTimeAsync(0);
  expect(did).toEqual(['recover', 'take back']);
  say(change('receipt-printer', 'online'));
  say(change('licence-printer', 'stopped'));
  await vi.advanceTimersByTimeAsync(0);
  expect(did).toHaveLength(2);
  say(change('licence-printer', 'online'));
  await vi.advanceTimersByTimeAsync(0);
  expect(did).toHaveLength(3);
  await vi.advanceTimersByTimeAsync(60_000); // and every minute, as one may be there and not let go
  expect(did).toHaveLength(4);
  expect(await ends()).toBe(0);
});

test('a printer that comes back while the others are asked is asked as well; what fails is tried again', async () => {
  let asked = 0;
  const first = Promise.withResolvers<void>();
  const { say, ends } = follow({
    recover: () => Promise.reject(new Error('disk')),
    takeBack: async () => {
      asked += 1;
      if (asked === 1) await first.promise;
    },
  });
  await vi.advanceTimersByTimeAsync(0);
  say(change('licence-printer', 'online'));
  first.reject(new Error('disk'));
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toBe(2);
  await ends();
});
