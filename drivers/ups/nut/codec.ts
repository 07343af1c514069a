import { DeviceError } from '../../core/index.ts';
import type { UpsReading } from '../contract.ts';

/**
 * Network UPS Tools, network protocol 1.3 (NUT's docs/net-protocol.txt): lines of words, ended by LF. A word with anything but
 * letters, digits and a few marks in it stands in double quotes; a backslash takes the next character as it is.
 */
export const LINE_END = 0x0a;
/** A line of upsd is at most LARGEBUF long (include/common.h). */
export const MAX_LINE_BYTES = 1_024;
/** The richest drivers know some two hundred. */
export const MAX_VARIABLES = 2_000;
const PLAIN_WORD = /^[A-Za-z0-9._@:/-]+$/;

/** Words must be free of control characters: a line end would begin another command. */
export function encodeLine(words: readonly string[]): Uint8Array {
  const quoted = words.map((word) => (PLAIN_WORD.test(word) ? word : `"${word.replace(/[\\"#]/g, '\\$&')}"`));
  return Buffer.from(`${quoted.join(' ')}\n`);
}

/** The words of one line, quotes and backslashes undone. Throws `protocol` where a quote is never closed. */
export function parseLine(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes).toString().replace(/\r$/, '');
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!;
    if (character === '"') {
      quoted = !quoted;
      word ??= '';
    } else if (character === '\\' && at + 1 < text.length) {
      at += 1;
      word = (word ?? '') + text[at]!;
    } else if (!quoted && (character === ' ' || character === '\t')) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (quoted) throw new DeviceError('protocol', 'upsd: a line with a quote that is not closed');
  if (word !== undefined) words.push(word);
  return words;
}

export type Variables = ReadonlyMap<string, string>;

/** Takes an answer's lines one by one. What `take` gives is the whole answer; `undefined` asks for more. */
export interface Expected<Answer> {
  take(words: readonly string[]): Answer | undefined;
}

/** `OK`, with whatever follows it. */
export function expectOk(): Expected<true> {
  return {
    take: (words) => {
      if (words[0] === 'OK') return true;
      throw unexpected(words);
    },
  };
}

/** `BEGIN LIST VAR ups`, any number of `VAR ups name "value"`, `END LIST VAR ups`. */
export function expectVariables(ups: string): Expected<Variables> {
  const variables = new Map<string, string>();
  let begun = false;
  return {
    take: (words) => {
      const isFrame = (word: string): boolean =>
        words.length === 4 && words[0] === word && words[1] === 'LIST' && words[2] === 'VAR' && words[3] === ups;
      if (!begun) {
        if (!isFrame('BEGIN')) throw unexpected(words);
        begun = true;
        return undefined;
      }
      if (isFrame('END')) return variables;
      const [kind, of, name, value] = words;
      if (kind !== 'VAR' || of !== ups || name === undefined || value === undefined) throw unexpected(words);
      if (variables.size >= MAX_VARIABLES) throw new DeviceError('protocol', 'upsd: a list of variables without end');
      variables.set(name, value);
      return undefined;
    },
  };
}

/** What upsd says instead of an answer, and what a technician does about it. */
const errors: Readonly<Record<string, Pick<DeviceError, 'code'> & { readonly nextStep: string }>> = {
  'ACCESS-DENIED': {
    code: 'not-authorised',
    nextStep: 'compare user, password and role (upsmon secondary) with upsd.users, and LISTEN in upsd.conf',
  },
  'INVALID-USERNAME': { code: 'not-authorised', nextStep: 'compare the user with upsd.users' },
  'INVALID-PASSWORD': { code: 'not-authorised', nextStep: 'compare the password with upsd.users' },
  'USERNAME-REQUIRED': { code: 'not-authorised', nextStep: 'configure a user of upsd.users' },
  'PASSWORD-REQUIRED': { code: 'not-authorised', nextStep: 'configure the password of upsd.users' },
  'UNKNOWN-UPS': { code: 'unsupported', nextStep: 'compare the configured name with what `upsc -l` lists' },
  'DRIVER-NOT-CONNECTED': {
    code: 'not-connected',
    nextStep: "upsd has lost the UPS's driver: look at `upsdrvctl start` and its log",
  },
  'DATA-STALE': {
    code: 'timeout',
    nextStep: 'the UPS does not answer its driver any more: check the cable to the UPS',
  },
};

/** The DeviceError behind an `ERR …` line; `undefined` for any other line. */
export function refusalOf(words: readonly string[], asked: string): DeviceError | undefined {
  if (words[0] !== 'ERR') return undefined;
  const word = /^[A-Z-]{1,40}$/.test(words[1] ?? '') ? words[1]! : 'without a reason';
  const { code, nextStep } = errors[word] ?? { code: 'unsupported', nextStep: 'this upsd does not do what we ask for' };
  return new DeviceError(code, `${asked}: ${word}: ${nextStep}`);
}

function unexpected(words: readonly string[]): DeviceError {
  const first = /^[A-Za-z-]{1,20}$/.test(words[0] ?? '') ? words[0] : 'no word that we know';
  return new DeviceError('protocol', `upsd: a line that begins with ${first} was not expected here`);
}

/**
 * `ups.status` is a list of tokens (NUT's docs/new-drivers.txt), and unknown ones are ignored. On battery counts, even where the
 * UPS says that it is calibrating (CAL) or on mains as well: a shutdown too many loses nothing. Neither OB nor OL (OFF,
 * BYPASS alone) is `unknown`. Throws `not-connected` for WAIT, when the UPS's driver has no data yet.
 */
export function readingOf(variables: Variables): UpsReading {
  const tokens = new Set((variables.get('ups.status') ?? '').split(/\s+/));
  if (tokens.has('WAIT')) {
    throw new DeviceError('not-connected', "upsd: WAIT: the UPS's driver has no data of it yet");
  }
  const onBattery = tokens.has('LB') ? 'battery-low' : 'battery';
  return {
    power: tokens.has('OB') ? onBattery : tokens.has('OL') ? 'mains' : 'unknown',
    shutdownOrdered: tokens.has('FSD'),
    replaceBattery: tokens.has('RB'),
    ...figure('chargePercent', variables.get('battery.charge'), 100),
    ...figure('runtimeSeconds', variables.get('battery.runtime'), 10_000_000),
    ...figure('loadPercent', variables.get('ups.load'), 1_000),
  };
}

/** Decimal with a point (net-protocol.txt, TYPE); anything else is left out. */
function figure<Name extends string>(
  name: Name,
  text: string | undefined,
  most: number,
): Partial<Record<Name, number>> {
  if (text === undefined || !/^\d{1,12}(\.\d{1,12})?$/.test(text) || Number(text) > most) return {};
  return { [name]: Number(text) } as Partial<Record<Name, number>>;
}
