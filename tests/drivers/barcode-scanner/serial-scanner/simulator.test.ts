import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ProfileId } from '../../../../drivers/barcode-scanner/serial-scanner/options.ts';
import { SerialScannerSimulator } from '../../../../drivers/barcode-scanner/serial-scanner/simulator.ts';
import type { Attachment } from '../../../../drivers/simulation/far-end.ts';
import { bytes, frame, hex } from '../vectors.ts';

let scanner: SerialScannerSimulator;
let host: Attachment;
let chunks: Buffer[];

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  host.detach();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function connect(profile: ProfileId, faults: Partial<SerialScannerSimulator> = {}): void {
  scanner = Object.assign(new SerialScannerSimulator(profile), faults);
  attach();
}

function attach(): void {
  chunks = [];
  host = scanner.attach((chunk) => chunks.push(Buffer.from(chunk)));
}

const said = () => Buffer.concat(chunks.splice(0)).toString('latin1');

/** Sends frames of the manual, by id or in hex; returns what was answered at once, in hex. */
function ask(...requests: string[]): string {
  chunks = [];
  for (const request of requests) host.receive(/^(nl|hw|em)-/.test(request) ? frame(request) : bytes(request));
  return hex(Buffer.concat(chunks));
}

describe('the simulated scanner', () => {
  test.each([
    ['newland', 'nl-trigger', 'nl-trigger-reply'],
    ['newland', '7E 01 30303030 40 585858585858 31 3B 03', 'nl-bad-tag-reply'],
    ['newland', '7E 01 30303030 40 53434E4D4F4439 3B 03', 'nl-range-reply'],
    ['honeywell', 'hw-usbserial', 'hw-usbserial-reply'],
    ['oem-engine', 'em-trigger', 'em-ok'],
    ['oem-engine', 'em-trigger-crc', 'em-ok'],
    ['oem-engine', '7E00080100020102DB', 'em-crc-error'],
    ['oem-engine', '7E0009010000 00 DEC8', 'em-invalid'],
  ] as const)("of profile %s answers %s with the manual's %s", (profile, request, reply) => {
    connect(profile);
    expect(ask(request)).toBe(hex(frame(reply)));
  });

  test.each([
    ['newland', 'nl-trigger', 'nl-stop'],
    ['honeywell', 'hw-trigger', 'hw-untrigger'],
    ['oem-engine', 'em-trigger', '7E000801000200ABCD'],
  ] as const)('of profile %s is lit by %s, dark after %s, and reads only in between', (profile, on, off) => {
    connect(profile);
    scanner.present('dark');
    ask(on);
    said();
    expect(scanner.isLit).toBe(true);
    ask(off);
    said();
    scanner.present('dark again');
    expect([scanner.isLit, said()]).toEqual([false, '']);
    ask(on);
    said();
    scanner.present('A');
    scanner.present('B');
    expect([scanner.isLit, said()]).toEqual([false, 'A\r\n']);
  });

  test('stops reading by itself, and reads a code that lies before it', () => {
    connect('newland');
    ask('nl-trigger');
    vi.advanceTimersByTime(5_000);
    expect(scanner.isLit).toBe(false);
    scanner.lay('A');
    ask('nl-trigger');
    said();
    vi.advanceTimersByTime(120);
    expect(said()).toBe('A\r\n');
  });

  test('that only sends reports a code again and again while it lies there, to whoever is connected', () => {
    connect('generic');
    scanner.lay('A');
    vi.advanceTimersByTime(250);
    expect(said()).toBe('A\r\nA\r\n');
    host.detach();
    vi.advanceTimersByTime(1_000);
    attach();
    vi.advanceTimersByTime(130);
    expect(said()).toBe('A\r\n');
    scanner.lay(undefined);
    vi.advanceTimersByTime(1_000);
    expect(said()).toBe('');
  });

  test('can answer late, in pieces with gaps, or not at all', () => {
    connect('newland', { delayMs: 50, chunkBytes: 6, chunkGapMs: 10 });
    ask('nl-trigger');
    expect(chunks).toEqual([]);
    vi.advanceTimersByTime(70);
    expect(chunks.map(({ length }) => length)).toEqual([6, 6, 5]);
    scanner.silent = true;
    ask('nl-trigger');
    vi.advanceTimersByTime(1_000);
    expect(chunks).toEqual([]);
  });

  test('understands commands byte by byte and behind noise', () => {
    connect('honeywell');
    for (const byte of Buffer.concat([bytes('00 7E 16 16'), frame('hw-usbserial')])) host.receive(Uint8Array.of(byte));
    expect(hex(Buffer.concat(chunks))).toBe(hex(frame('hw-usbserial-reply')));
    expect(ask('hw-beep')).toBe('');
  });

  test('does not store a flood, whatever it is', () => {
    for (const profile of ['generic', 'newland', 'honeywell', 'oem-engine'] as const) {
      connect(profile, { delayMs: 1 });
      for (let sent = 0; sent < 2_000; sent += 1) {
        host.receive(frame('nl-trigger'));
        host.receive(frame('em-trigger'));
        host.receive(Buffer.alloc(300, 0x7e));
      }
      expect(vi.getTimerCount()).toBeLessThanOrEqual(256);
      host.detach();
    }
  });
});
