import type { LightRate } from '../contract.ts';
import type { WriteRequest } from './codec.ts';
import type { LightMap } from './register-map.ts';

/**
 * How long a light is on, and then off. XFS4IoT names the rates and leaves the figures to the maker; the quickest stays below
 * the three flashes a second that WCAG 2.3.1 allows.
 */
const HALF_PERIOD_MS = { slow: 1_000, medium: 500, quick: 250 } as const;
/** All of them are multiples of it. */
export const FLASH_TICK_MS = 250;

/** What is written so that a light shows `rate`, `ticks` ticks after it began to. */
export function lightWrite(map: LightMap, rate: LightRate, ticks: number): WriteRequest {
  const shown = flashedByDriver(map, rate) ? phase(rate, ticks) : rate;
  if ('coil' in map) {
    return { function: 'write-coil', address: map.coil, on: (shown !== 'off') === (map.onWhen === 1) };
  }
  return { function: 'write-register', address: map.register, value: map.values[shown] ?? map.values.continuous };
}

/** Whether the driver's timer has to do what the board cannot. */
export function flashedByDriver(map: LightMap, rate: LightRate): rate is keyof typeof HALF_PERIOD_MS {
  return rate in HALF_PERIOD_MS && ('coil' in map || map.values[rate] === undefined);
}

function phase(rate: keyof typeof HALF_PERIOD_MS, ticks: number): 'off' | 'continuous' {
  return Math.floor((ticks * FLASH_TICK_MS) / HALF_PERIOD_MS[rate]) % 2 === 0 ? 'continuous' : 'off';
}
