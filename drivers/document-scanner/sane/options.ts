import { DeviceError } from '../../core/index.ts';
import type { FeederState, ScannedPage, ScanSettings } from '../contract.ts';

/**
 * One line of `scanimage -A`, which names what a device can be set to:
 *
 *     --mode Gray|Color [Gray]
 *     --resolution 75..1200dpi (in steps of 1) [300]
 *     --duplex[=(yes|no)] [inactive]
 *     -x 0..215.9mm [215.9]
 */
export interface SaneOption {
  readonly name: string;
  /** What it can be set to, where that is a list. */
  readonly values: readonly string[];
  /** Where it is a range. */
  readonly range?: { readonly min: number; readonly max: number; readonly step: number };
  readonly current: string;
  /** Not to be set as things stand; another option may change that. */
  readonly inactive: boolean;
}

export type SaneOptions = ReadonlyMap<string, SaneOption>;

const MAX_OPTIONS = 500;
const OPTION = /^ {4}(-[a-z]|--[A-Za-z0-9][\w-]*)(\[=\(.*?\)\]| [^[]*?)? ?((?:\[[^\]]*\] ?)*)$/;
const RANGE = /^(?:auto\|)?(-?[\d.]+)\.\.(-?[\d.]+)[a-zA-Z%]*(?: \(in steps of ([\d.]+)\))?$/;
const UNIT = /(?<=\d)(?:dpi|mm|pel|bit|us|%)$/;

/** Fails `protocol` where the text holds no option at all. */
export function parseOptions(text: string): SaneOptions {
  const options = new Map<string, SaneOption>();
  for (const line of text.split('\n')) {
    const [, flag, taken = '', states = ''] = OPTION.exec(line) ?? [];
    if (flag === undefined || options.size === MAX_OPTIONS) continue;
    const name = flag.replace(/^-+/, '');
    const brackets = [...states.matchAll(/\[([^\]]*)\]/g)].map(([, inside = '']) => inside);
    options.set(name, {
      name,
      ...settable(taken),
      current: brackets[0] ?? '',
      inactive: brackets.includes('inactive'),
    });
  }
  if (options.size === 0) throw new DeviceError('protocol', 'scanimage -A: no option in what it wrote');
  return options;
}

function settable(taken: string): Pick<SaneOption, 'values' | 'range'> {
  const text = taken.replace(/^\[=\(|\)\]$/g, '').trim();
  const [, min, max, step] = RANGE.exec(text) ?? [];
  if (min !== undefined && max !== undefined) {
    return { values: [], range: { min: Number(min), max: Number(max), step: Number(step ?? 0) } };
  }
  const values = text.split('|').filter((value) => value !== '' && value !== 'auto');
  const last = values.pop();
  return { values: last === undefined ? [] : [...values, last.replace(UNIT, '')] };
}

/** What backends call them, lower case. */
const modeNames: Readonly<Record<ScanSettings['colour'], readonly RegExp[]>> = {
  colour: [/colou?r/],
  grey: [/gr[ae]y/, /colou?r/],
  'black-white': [/line ?art|black|binary|monochrome|bitmap/, /gr[ae]y/, /colou?r/],
};
const FEEDER = /adf|feeder/i;
const BOTH_SIDES = /duplex|both/i;
const BACK_SIDE = /back/i;
const GLASS = /flatbed|platen|glass|normal|table/i;
/** In millimetres. */
const A4 = { x: 210, y: 297 } as const;

export interface SaneTicket {
  /** In the order in which the device must be told: what is active depends on what came before. */
  readonly args: readonly string[];
  readonly mediaType: ScannedPage['mediaType'];
}

/** The options that make this device do as asked. Fails `unsupported` where none do. */
export function ticketFor(options: SaneOptions, settings: ScanSettings): SaneTicket {
  const mode = modeFor(options, settings.colour);
  const resolution = resolutionFor(options, settings.dpi);
  // JPEG has no pixels of one bit.
  const mediaType =
    mode !== undefined && modeNames['black-white'][0]?.test(mode.toLowerCase()) ? 'image/png' : 'image/jpeg';
  const size = (['x', 'y'] as const).flatMap((side) => {
    const { range, inactive } = options.get(side) ?? {};
    return range && !inactive ? [`-${side}`, String(Math.min(A4[side], range.max))] : [];
  });
  return {
    args: [
      ...sourceArgs(options, settings),
      ...(mode === undefined ? [] : [`--mode=${mode}`]),
      ...(resolution === undefined ? [] : [`--resolution=${resolution}`]),
      ...size,
      ...(settings.source === 'platen' ? ['--batch-count=1'] : []),
    ],
    mediaType,
  };
}

function sourceArgs(options: SaneOptions, { source, duplex }: ScanSettings): readonly string[] {
  const values = options.get('source')?.values ?? [];
  if (source === 'platen') {
    if (values.length === 0) return [];
    const glass = values.find((value) => GLASS.test(value)) ?? refuse('it has no glass');
    return [`--source=${glass}`];
  }
  const feeders = values.filter((value) => FEEDER.test(value));
  const twoSided = feeders.find((value) => BOTH_SIDES.test(value));
  const oneSided = feeders.find((value) => !BOTH_SIDES.test(value) && !BACK_SIDE.test(value));
  if (!duplex) {
    if (!oneSided) refuse(feeders.length === 0 ? 'it has no feeder' : 'its feeder scans both sides only');
    const simplex = options.get('adf-mode')?.values.find((value) => /simplex/i.test(value));
    return [`--source=${oneSided}`, ...(simplex ? [`--adf-mode=${simplex}`] : [])];
  }
  if (twoSided) return [`--source=${twoSided}`];
  const both = options.get('adf-mode')?.values.find((value) => BOTH_SIDES.test(value));
  if (oneSided && both) return [`--source=${oneSided}`, `--adf-mode=${both}`];
  if (oneSided && options.get('duplex')?.values.includes('yes')) return [`--source=${oneSided}`, '--duplex=yes'];
  return refuse('it has no feeder that scans both sides');
}

function modeFor(options: SaneOptions, colour: ScanSettings['colour']): string | undefined {
  const { values = [] } = options.get('mode') ?? {};
  if (values.length === 0) return undefined; // it has but one
  for (const pattern of modeNames[colour]) {
    const mode = values.find((value) => pattern.test(value.toLowerCase()));
    if (mode !== undefined) return mode;
  }
  return refuse(`no mode for ${colour}`);
}

function resolutionFor(options: SaneOptions, wanted: number): number | undefined {
  const { values = [], range } = options.get('resolution') ?? {};
  if (range) {
    const { min, max, step } = range;
    const enough = step > 0 ? min + Math.ceil(Math.max(0, wanted - min) / step) * step : Math.max(min, wanted);
    return enough <= max ? enough : max;
  }
  const rising = values
    .map(Number)
    .filter((dpi) => dpi > 0)
    .sort((one, other) => one - other);
  return rising.find((dpi) => dpi >= wanted) ?? rising.at(-1);
}

/** What the device's sensors say, where it has any that SANE shows (`page-loaded`, `cover-open` of fujitsu, canon_dr, kodak). */
export function feederOf(options: SaneOptions): FeederState {
  const sources = options.get('source')?.values ?? [];
  if (!sources.some((value) => FEEDER.test(value))) return 'not-supported';
  if (options.get('cover-open')?.current === 'yes') return 'open';
  const loaded = options.get('page-loaded') ?? options.get('adf-loaded');
  if (loaded?.current === 'yes') return 'loaded';
  return loaded?.current === 'no' ? 'empty' : 'unknown';
}

function refuse(why: string): never {
  throw new DeviceError('unsupported', `SANE scanner: ${why}`);
}
