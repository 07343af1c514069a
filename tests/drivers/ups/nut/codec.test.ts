import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  encodeLine,
  expectOk,
  expectVariables,
  MAX_VARIABLES,
  parseLine,
  readingOf,
  refusalOf,
  type Variables,
} from '../../../../drivers/ups/nut/codec.ts';
import { nutOptions } from '../../../../drivers/ups/nut/options.ts';
import { variableLine } from '../../../../drivers/ups/nut/simulator.ts';
import { messageDecoderConformance } from '../../../conformance/decoder-conformance.ts';

const words = (text: string): string[] => parseLine(Buffer.from(text));
const reading = (variables: Record<string, string>) => readingOf(new Map(Object.entries(variables)));

describe('lines of words', () => {
  test("the protocol's own examples are read", () => {
    expect(words('VAR su700 ups.status "OL"')).toEqual(['VAR', 'su700', 'ups.status', 'OL']);
    expect(words('UPS su700 "Development box"')).toEqual(['UPS', 'su700', 'Development box']);
    expect(words('OK Goodbye')).toEqual(['OK', 'Goodbye']);
    expect(words('SET VAR su700 ups.id "My \\"small\\" UPS \\\\ #1"').at(-1)).toBe('My "small" UPS \\ #1');
    expect(words('VAR su700 ups.id ""')).toEqual(['VAR', 'su700', 'ups.id', '']);
  });

  test('the commands are written as upsd expects them', () => {
    expect(Buffer.from(encodeLine(['LIST', 'VAR', 'su700'])).toString()).toBe('LIST VAR su700\n');
    expect(Buffer.from(encodeLine(['PASSWORD', 'a b"c\\d'])).toString()).toBe('PASSWORD "a b\\"c\\\\d"\n');
  });

  test('whatever words are written are read again, and stay on one line', () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !/\p{Cc}/u.test(text));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), (some) => {
        const line = Buffer.from(encodeLine(some));
        expect(line.indexOf('\n')).toBe(line.length - 1);
        expect(parseLine(line.subarray(0, -1))).toEqual(some);
      }),
    );
  });

  test.each([
    ['OK\r', ['OK']],
    ['a\rb', ['a\rb']],
    ['a\tb   c', ['a', 'b', 'c']],
    ['a ', ['a']],
    ['ab\\', ['ab\\']],
    ['\\ a b', [' a', 'b']],
    ['a"b c"d', ['ab cd']],
    ['', []],
  ])('%j is %j', (line, expected) => {
    expect(words(line)).toEqual(expected);
  });

  test('a quote that is never closed is no line', () => {
    expect(() => words('VAR su700 ups.id "half')).toThrow('upsd: a line with a quote that is not closed');
  });

  test('OK is OK with whatever follows; anything else is not, and is named where it is a word', () => {
    expect(expectOk().take(words('OK Goodbye'))).toBe(true);
    const of = (line: string) => () => expectOk().take(words(line));
    expect(of('HELLO-there you')).toThrow('upsd: a line that begins with HELLO-there was not expected here');
    for (const line of ['', 'HE11O', '1OK', 'OK1', `${'a'.repeat(21)}`]) {
      expect(of(line), line).toThrow('upsd: a line that begins with no word that we know was not expected here');
    }
  });

  messageDecoderConformance('a line of upsd', parseLine, Buffer.from('VAR su700 ups.mfr "A \\"B\\" \\\\ C"'));
});

describe('a list of variables', () => {
  const list = (...lines: string[]): Variables | undefined => {
    const expected = expectVariables('su700');
    return lines.map((line) => expected.take(words(line))).at(-1);
  };

  test('is whole at its end, and not before', () => {
    expect(list('BEGIN LIST VAR su700', 'VAR su700 ups.mfr "APC"', 'VAR su700 ups.status "OL"')).toBeUndefined();
    const whole = list('BEGIN LIST VAR su700', 'VAR su700 ups.mfr "APC"', 'END LIST VAR su700');
    expect(whole).toEqual(new Map([['ups.mfr', 'APC']]));
  });

  test.each([
    [['OK']],
    [['BEGIN LIST VAR another']],
    [['VAR su700 ups.status "OL"']],
    [['BEGIN LIST VAR su700', 'VAR another ups.status "OL"']],
    [['BEGIN LIST VAR su700', 'BEGIN LIST VAR su700']],
    [['BEGIN LIST VAR su700', 'VAR su700 ups.status']],
    [['']],
    [['BEGIN LIST VAR su700 more']],
    [['BEGIN LIST CMD su700']],
    [['BEGIN SET VAR su700']],
    [['BEGIN LIST VAR su700', 'VAX su700 ups.status "OL"']],
    [['BEGIN LIST VAR su700', 'VAR su700']],
  ])('%j is none', (lines) => {
    expect(() => list(...lines)).toThrow(expect.objectContaining({ code: 'protocol' }));
  });

  test('that does not end is given up', () => {
    const expected = expectVariables('su700');
    const take = (at: number) => expected.take(parseLine(variableLine('su700', `x.${at}`, 'y').subarray(0, -1)));
    expected.take(words('BEGIN LIST VAR su700'));
    for (let at = 0; at < MAX_VARIABLES; at += 1) expect(take(at)).toBeUndefined();
    expect(() => take(MAX_VARIABLES)).toThrow('upsd: a list of variables without end');
  });
});

describe('what a UPS says', () => {
  test.each([
    ['OL', 'mains'],
    ['OL CHRG', 'mains'],
    ['OL LB CHRG', 'mains'],
    ['OL TRIM', 'mains'],
    ['OL FUTURE-TOKEN', 'mains'],
    ['OB', 'battery'],
    ['OB DISCHRG', 'battery'],
    ['OB LB', 'battery-low'],
    ['LB OB DISCHRG', 'battery-low'],
    ['OB LB CAL', 'battery-low'],
    ['OL OB', 'battery'],
    ['OFF', 'unknown'],
    ['BYPASS', 'unknown'],
    ['ol', 'unknown'],
    ['', 'unknown'],
  ])('%j is %s', (status, power) => {
    expect(reading({ 'ups.status': status }).power).toBe(power);
  });

  test('a UPS without a status is unknown, never on mains', () => {
    expect(reading({})).toMatchObject({ power: 'unknown', shutdownOrdered: false });
  });

  test('an ordered shutdown and a worn battery are seen beside the power', () => {
    expect(reading({ 'ups.status': 'FSD OL RB' })).toMatchObject({
      power: 'mains',
      shutdownOrdered: true,
      replaceBattery: true,
    });
  });

  test('figures are figures, and anything else is left out', () => {
    expect(reading({ 'battery.charge': '90', 'battery.runtime': '1200.5', 'ups.load': '23' })).toMatchObject({
      chargePercent: 90,
      runtimeSeconds: 1200.5,
      loadPercent: 23,
    });
    expect(reading({ 'battery.charge': '100', 'battery.runtime': '10000000.25' })).toMatchObject({
      chargePercent: 100,
    });
    expect(reading({ 'battery.runtime': '0.25', 'ups.load': '1000' })).toMatchObject({
      runtimeSeconds: 0.25,
      loadPercent: 1_000,
    });
    for (const text of ['100.01', ' 90', '90 ', '90.', '.5', '-1', `1.${'0'.repeat(13)}`]) {
      expect(reading({ 'battery.charge': text }), text).not.toHaveProperty('chargePercent');
    }
    const odd = reading({ 'battery.charge': '900', 'battery.runtime': '0x10', 'ups.load': '1,5' });
    expect(Object.keys(odd)).toEqual(['power', 'shutdownOrdered', 'replaceBattery']);
  });

  test('a driver that has no data yet says nothing of the power', () => {
    expect(() => reading({ 'ups.status': 'WAIT' })).toThrow(
      expect.objectContaining({ code: 'not-connected', message: expect.stringContaining('no data of it yet') }),
    );
    expect(reading({ 'ups.status': 'OL   RB' })).toMatchObject({ power: 'mains', replaceBattery: true });
  });
});

test.each([
  ['ACCESS-DENIED', 'not-authorised', 'compare user, password and role'],
  ['INVALID-PASSWORD', 'not-authorised', 'upsd.users'],
  ['USERNAME-REQUIRED', 'not-authorised', 'upsd.users'],
  ['UNKNOWN-UPS', 'unsupported', 'upsc -l'],
  ['DRIVER-NOT-CONNECTED', 'not-connected', 'upsdrvctl'],
  ['DATA-STALE', 'timeout', 'check the cable to the UPS'],
  ['UNKNOWN-COMMAND', 'unsupported', 'does not do what we ask for'],
])('%s is %s, with the next step', (word, code, nextStep) => {
  const refusal = refusalOf(['ERR', word], 'LIST VAR su700');
  expect(refusal).toMatchObject({ code, message: expect.stringContaining(nextStep) });
  expect(refusal?.message).toContain(`LIST VAR su700: ${word}`);
});

test.each([['ERR'], ['ERR', ''], ['ERR', 'ACCESS-DENIED1'], ['ERR', '1ACCESS-DENIED'], ['ERR', 'A'.repeat(41)]])(
  '%s %s is an error without a reason that we know',
  (...line) => {
    expect(refusalOf(line, 'LOGIN')?.message).toBe('LOGIN: without a reason: this upsd does not do what we ask for');
  },
);

test('an error without a known form is an error, and nothing of it is quoted', () => {
  expect(refusalOf(['ERR', '<script>'], 'LOGIN')).toMatchObject({ message: expect.not.stringContaining('script') });
  expect(refusalOf(['OK'], 'LOGIN')).toBeUndefined();
});

test.each([
  { ups: '' },
  { ups: 'a\nFSD a' },
  { ups: 'su700', username: 'u' },
  { ups: 'su700', username: 'u', password: 'x\r\ny' },
  { ups: 'su700', host: 'a' },
])('%j is no configuration', (options) => {
  expect(nutOptions.safeParse(options).success).toBe(false);
});
