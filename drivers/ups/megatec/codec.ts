import { DeviceError } from '../../core/index.ts';
import type { UpsReading } from '../contract.ts';

/**
 * The Megatec protocol ("Q1"; NUT's drivers/nutdrv_qx_megatec.c), ASCII at 2400 8N1: `Q1` CR is answered by
 *
 *   (MMM.M NNN.N PPP.P QQQ RR.R S.SS TT.T b7b6b5b4b3b2b1b0 CR
 *
 * input, fault and output voltage, load in percent, frequency, battery voltage, temperature, flags. Some makers write dashes
 * where they measure nothing.
 */
export const LINE_END = 0x0d;
/** The answer has 46 characters before its end; some makers add a few. */
export const MAX_LINE_BYTES = 80;
export const QUERY = Buffer.from('Q1\r');

export interface Q1 {
  readonly inputVolts?: number;
  readonly faultVolts?: number;
  readonly outputVolts?: number;
  readonly loadPercent?: number;
  readonly hertz?: number;
  /** Of the whole battery, or of one of its cells: makers differ. */
  readonly batteryVolts?: number;
  readonly celsius?: number;
  readonly flags: Flags;
}

/** From b7 to b0. */
export const flagNames = [
  'utilityFailed',
  'batteryLow',
  'bypassOrBoost',
  'upsFailed',
  'standbyType',
  'testInProgress',
  'shutdownActive',
  'beeperOn',
] as const;
export type Flags = Readonly<Record<(typeof flagNames)[number], boolean>>;

const figures = ['inputVolts', 'faultVolts', 'outputVolts', 'loadPercent', 'hertz', 'batteryVolts', 'celsius'] as const;
const LAYOUT = /^\(((?:[\d.-]{1,6} ){7})([01]{8})$/;

/** A line without its CR. Throws `protocol` for anything but that answer. */
export function parseQ1(line: Uint8Array): Q1 {
  const [, values = '', bits = ''] = LAYOUT.exec(Buffer.from(line).toString('latin1').trim()) ?? [];
  if (bits === '') {
    throw new DeviceError(
      'protocol',
      `Q1: ${line.length} bytes that are no status: is this UPS one that speaks Megatec?`,
    );
  }
  const numbers = values.trim().split(' ');
  const known = figures.flatMap((name, at) => {
    const text = numbers[at] ?? '';
    return /^\d{1,4}(\.\d{1,3})?$/.test(text) ? [[name, Number(text)]] : [];
  });
  const flags = Object.fromEntries(flagNames.map((name, at) => [name, bits[at] === '1'])) as Flags;
  return { ...Object.fromEntries(known), flags };
}

/** What a UPS would write for it, with its CR; figures that are missing become dashes. */
export function encodeQ1(q1: Q1): Uint8Array {
  const { inputVolts, faultVolts, outputVolts, loadPercent, hertz, batteryVolts, celsius, flags } = q1;
  const text = [
    fixed(inputVolts, 3, 1),
    fixed(faultVolts, 3, 1),
    fixed(outputVolts, 3, 1),
    fixed(loadPercent, 3, 0),
    fixed(hertz, 2, 1),
    fixed(batteryVolts, 2, 1),
    fixed(celsius, 2, 1),
    flagNames.map((name) => (flags[name] ? '1' : '0')).join(''),
  ];
  return Buffer.from(`(${text.join(' ')}\r`, 'latin1');
}

function fixed(value: number | undefined, digits: number, decimals: number): string {
  const width = digits + (decimals > 0 ? decimals + 1 : 0);
  return value === undefined ? '-'.repeat(width) : value.toFixed(decimals).padStart(width, '0');
}

/** Throws `hardware-error` where the UPS says that it has failed. A low battery on mains is being charged. */
export function readingOf({ flags, loadPercent }: Q1): UpsReading {
  if (flags.upsFailed) throw new DeviceError('hardware-error', 'Q1: the UPS says that it has failed: call its service');
  const onBattery = flags.batteryLow ? 'battery-low' : 'battery';
  return {
    power: flags.utilityFailed ? onBattery : 'mains',
    shutdownOrdered: flags.shutdownActive,
    ...(loadPercent === undefined ? {} : { loadPercent }),
  };
}
