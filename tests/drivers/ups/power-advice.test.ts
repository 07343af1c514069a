import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { powerAdvice, type UpsPower } from '../../../drivers/ups/contract.ts';

const advice = (power: UpsPower, sinceMs: number, own: { shutdownOrdered?: boolean; lastKnownPower?: UpsPower } = {}) =>
  powerAdvice({ power, shutdownOrdered: false, lastKnownPower: power, ...own }, sinceMs);

describe('on battery', () => {
  test('a flicker alarms nobody, ten seconds do', () => {
    expect(advice('battery', 9_999)).toEqual({ terminal: 'go-on', mayStartPrint: true });
    expect(advice('battery', 10_000)).toEqual({ terminal: 'warn', mayStartPrint: true });
  });

  test('a low battery ends the day after the present resident, and starts no print', () => {
    expect(advice('battery-low', 0)).toEqual({ terminal: 'finish-then-shut-down', mayStartPrint: false });
  });

  test('a UPS that falls silent on battery has not gone back to mains', () => {
    const silent = (sinceMs: number, lastKnownPower: UpsPower) => advice('unknown', sinceMs, { lastKnownPower });
    expect(silent(0, 'battery')).toEqual({ terminal: 'warn', mayStartPrint: false });
    expect(silent(15_000, 'battery').terminal).toBe('finish-then-shut-down');
    expect(silent(0, 'battery-low').terminal).toBe('finish-then-shut-down');
  });
});

test('an ordered shutdown counts whatever the power is, mains too', () => {
  for (const power of ['mains', 'battery', 'battery-low', 'unknown'] as const) {
    expect(advice(power, 0, { shutdownOrdered: true }).terminal).toBe('finish-then-shut-down');
  }
});

test('a UPS that cannot be asked and was last seen on mains, or never, takes no terminal out of service', () => {
  for (const lastKnownPower of ['mains', 'unknown'] as const) {
    expect(advice('unknown', 3_600_000, { lastKnownPower })).toEqual({ terminal: 'go-on', mayStartPrint: true });
  }
});

test('no print is started on a low battery or before an ordered shutdown, and advice only ever gets stricter with time', () => {
  const power = fc.constantFrom<UpsPower>('mains', 'battery', 'battery-low', 'unknown');
  const severity = { 'go-on': 0, warn: 1, 'finish-then-shut-down': 2 };
  fc.assert(
    fc.property(power, power, fc.boolean(), fc.nat(), fc.nat(), (now, last, shutdownOrdered, sinceMs, moreMs) => {
      const status = { power: now, lastKnownPower: now === 'unknown' ? last : now, shutdownOrdered };
      const [early, late] = [powerAdvice(status, sinceMs), powerAdvice(status, sinceMs + moreMs)];
      expect(severity[late.terminal]).toBeGreaterThanOrEqual(severity[early.terminal]);
      if (now === 'battery-low' || shutdownOrdered) expect(early.mayStartPrint).toBe(false);
    }),
  );
});
