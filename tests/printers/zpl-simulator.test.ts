import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Attachment } from '../../drivers/simulation/far-end.ts';
import { dotsOf } from '../../printers/zpl/printed-label.ts';
import { ZplSimulator } from '../../printers/zpl/simulator.ts';

const vectors: {
  hostStatus: { means: string; hex: string }[];
  graphics: { id: string; bytesPerRow: number; acs?: string; z64?: string; hex: string }[];
  labels: { id: string; zpl: string }[];
} = JSON.parse(readFileSync(new URL('zpl-vectors.json', import.meta.url), 'utf8'));

let printer: ZplSimulator;
let host: Attachment;
let said: string;

const send = (text: string): void => host.receive(Buffer.from(text));
function answers(text: string): string {
  said = '';
  send(text);
  return said;
}
function connect(): void {
  host = printer.attach((bytes) => {
    said += Buffer.from(bytes).toString('latin1').replaceAll('\x02', '<').replaceAll('\x03', '>');
  });
}
const label = (id: string): string => vectors.labels.find((each) => each.id === id)!.zpl;

beforeEach(() => {
  vi.useFakeTimers();
  printer = new ZplSimulator({ labelMs: 1_000 });
  said = '';
  connect();
});
afterEach(() => {
  host.detach();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('the simulated ZPL printer', () => {
  test('answers ~HS as printers do', () => {
    send('^XA^LL330^XZ~JA');
    vi.advanceTimersByTime(2_000);
    // The printer of the vector is in direct thermal mode; this one has a ribbon.
    const [sample] = vectors.hostStatus.map(({ hex }) =>
      Buffer.from(hex, 'hex').toString('latin1').replaceAll('\x02', '<').replaceAll('\x03', '>'),
    );
    expect(answers('~HS')).toBe(sample?.replace('000,0,0,0,0,2', '000,0,0,0,1,2'));
  });

  test.each([
    [{ paperOut: true }, /^<030,1,1,/],
    [{ headOpen: true }, /<000,0,1,0,/],
    [{ ribbonOut: true }, /<000,0,0,1,/],
    [{ paused: true }, /^<030,0,1,/],
    [{ tooHot: true }, /^<\S*,1>/],
  ])('%j shows in ~HS', (fault, pattern) => {
    printer.set(fault);
    expect(answers('~HS')).toMatch(pattern);
  });

  test('counts a format while it draws it, and copies while it prints them', () => {
    const counters = (): string => {
      const [one = '', two = ''] = answers('~HS').split('\r\n');
      return `${one.split(',')[4]} ${two.split(',')[8]}`;
    };
    send('^XA^PQ2^XZ');
    expect(counters()).toBe('001 00000000');
    vi.advanceTimersByTime(500);
    expect(counters()).toBe('000 00000002');
    vi.advanceTimersByTime(1_000);
    expect(counters()).toBe('000 00000001');
    vi.advanceTimersByTime(1_000);
    expect([counters(), printer.printedCount]).toEqual(['000 00000000', 2]);
  });

  test('prints what it holds while its host is away', () => {
    send('^XA^PQ3^XZ');
    host.detach();
    vi.advanceTimersByTime(10_000);
    connect();
    expect(printer.printedCount).toBe(3);
  });

  test('half a label is forgotten with ~JX, and waits for its rest across connections without', () => {
    send('^XA^FO0,0');
    host.detach();
    connect();
    send('^FDrest^FS^XZ');
    send('^XA^FO0,0~JX^XZ');
    vi.advanceTimersByTime(5_000);
    expect(printer.labels().map(({ format }) => format.items.length)).toEqual([1]);
  });

  test('~JA finishes the label at the head and forgets the others', () => {
    send('^XA^PQ9^XZ^XA^XZ');
    vi.advanceTimersByTime(1_500);
    send('~JA');
    vi.advanceTimersByTime(20_000);
    expect(printer.printedCount).toBe(2);
  });

  test.each([
    ['is printed once more when the head is closed', '', 1],
    ['is not printed again after ^JZN', '^JZN', 0],
  ])('a label that was broken off %s', (_, command, count) => {
    printer.set({ opensHeadInNextLabel: true });
    send(`^XA${command}^XZ`);
    vi.advanceTimersByTime(5_000);
    expect([printer.faults.headOpen, printer.printedCount]).toEqual([true, 0]);
    printer.set({ headOpen: false });
    vi.advanceTimersByTime(5_000);
    expect(printer.printedCount).toBe(count);
  });

  test('stops when its labels have come to an end, and goes on when it is refilled', () => {
    printer.set({ labelsLeft: 1 });
    send('^XA^PQ3^XZ');
    vi.advanceTimersByTime(10_000);
    expect([printer.printedCount, answers('~HS').slice(0, 8)]).toEqual([1, '<030,1,1']);
    printer.set({ paperOut: false });
    vi.advanceTimersByTime(10_000);
    expect(printer.printedCount).toBe(3);
  });

  test.each(vectors.graphics)('burns the dots of $id', ({ bytesPerRow, acs, z64, hex }) => {
    const total = hex.length / 2;
    send(
      `^XA^PW${bytesPerRow * 8}^LL${total / bytesPerRow}^FO0,0^GFA,${total},${total},${bytesPerRow},${acs ?? z64}^FS^XZ`,
    );
    vi.advanceTimersByTime(2_000);
    expect(Buffer.from(dotsOf(printer.labels()[0]!).bits).toString('hex').toUpperCase()).toBe(hex);
  });

  test('keeps texts and QR codes as items', async () => {
    send('^XA^FO1,2^A0N,40,40^FH^FD_E5_8A_9E^FS^XZ');
    send(label('qr'));
    send(label('code128'));
    vi.advanceTimersByTime(5_000);
    const items = printer.labels().map(({ format }) => format.items);
    expect(items[0]).toEqual([{ type: 'text', x: 1, y: 2, heightDots: 40, text: '办' }]);
    expect(items[1]).toMatchObject([{ type: 'qr', data: 'https://example.gov.cn/v?id=1', moduleDots: 6 }]);
    expect(items[2]?.[0]).toEqual({ type: 'unknown', command: '^BC' });
    expect((await printer.paperPng('all'))?.subarray(1, 4).toString()).toBe('PNG');
  });

  test('answers in two packets, late, without line ends, or not at all', () => {
    printer.set({ splitsAnswers: true, answersAfterMs: 100, leavesOutLineEnds: true });
    expect(answers('~HS')).toBe('');
    vi.advanceTimersByTime(100);
    expect(said).toMatch(/^<030[^>]*$/);
    vi.advanceTimersByTime(100);
    expect(said).toMatch(/><000.*><1234,0>$/);
    printer.set({ silent: true });
    answers('~HS~HI');
    vi.advanceTimersByTime(1_000);
    expect(said).toBe('');
  });

  test('survives formats without end and sizes without measure', async () => {
    for (let at = 0; at < 200; at += 1) send('^XA^PW999999^LL999999^PQ99999999^GFA,99999,99999,1,zF^FS^XZ');
    expect(answers('~HS')).toMatch(/,021,1,/);
    vi.advanceTimersByTime(200_000);
    expect(printer.labels().length).toBeLessThanOrEqual(50);
    expect((await printer.paperPng('all'))?.length).toBeLessThan(1024 * 1024);
  });
});
