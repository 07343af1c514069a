import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SamvSimulator } from '../../../../drivers/id-card-reader/samv/simulator.ts';
import type { Attachment } from '../../../../drivers/simulation/far-end.ts';
import { citizenCard } from './cards.ts';
import { bytes, frame, textBlock, vectors } from './vectors.ts';

let reader: SamvSimulator;
let host: Attachment;
let chunks: Buffer[];

beforeEach(() => {
  vi.useFakeTimers();
  reader = new SamvSimulator();
  chunks = [];
  host = reader.attach((chunk) => chunks.push(Buffer.from(chunk)));
});
afterEach(() => {
  host.detach();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** Sends frames of the manual, by id or in hex; returns everything that was answered at once, in hex. */
function ask(...requests: string[]): string {
  chunks.length = 0;
  for (const request of requests) host.receive(request.startsWith('req-') ? frame(request) : bytes(request));
  return answered();
}
const answered = () => Buffer.concat(chunks).toString('hex').toUpperCase();
const hex = (id: string) => frame(id).toString('hex').toUpperCase();

describe('the simulated reader', () => {
  test.each([
    ['req-sam-reset', 'rsp-status-90'],
    ['req-sam-status', 'rsp-status-90'],
    ['req-sam-id', 'rsp-sam-id'],
    ['req-find', 'rsp-status-80'],
    ['req-select', 'rsp-status-81'],
    ['req-read-base', 'rsp-status-41'],
    ['req-set-max-rf-80', 'rsp-status-90'],
    ['req-bad-checksum', 'rsp-status-10'],
  ])('without a card answers %s with %s', (request, reply) => {
    expect(ask(request)).toBe(hex(reply));
  });

  test.each([
    ['domestic', 'rsp-read-base-domestic'],
    ['domestic-long', 'rsp-read-base-domestic-long'],
    ['hmt-J', 'rsp-read-base-hmt-J'],
    ['foreign2017-I', 'rsp-read-base-foreign2017-I'],
    ['foreign2023-Y', 'rsp-read-base-foreign2023-Y'],
  ])('gives the card %s exactly as the manual has it', (card, reply) => {
    reader.placeCard({ text: textBlock(card), wlt: frame(reply).subarray(10 + 260, -1) });
    expect(ask('req-find')).toBe(hex('rsp-find-ok'));
    expect(ask('req-select')).toBe(hex('rsp-select-ok'));
    expect(ask('req-read-base')).toBe(hex(reply));
  });

  test.each(['rsp-read-base-fp0-domestic', 'rsp-read-base-fp1024-domestic'])('gives fingerprints as in %s', (reply) => {
    const data = frame(reply).subarray(10, -1);
    const fingerprints = data.subarray(6 + 256 + 1_024);
    reader.placeCard({ text: textBlock('domestic'), wlt: data.subarray(262, 1_286), fingerprints });
    ask('req-find', 'req-select');
    expect(ask('req-read-base-fp')).toBe(hex(reply));
  });

  test('gives the appended address, or says that there is none', () => {
    reader.placeCard({ text: citizenCard(), appendedAddress: '上海市示例区示例路9号' });
    expect(ask('req-read-address')).toBe(hex('rsp-status-23'));
    ask('req-find', 'req-select');
    expect(ask('req-read-address')).toBe(hex('rsp-address-70'));
    reader.placeCard({ text: citizenCard() });
    ask('req-find', 'req-select');
    expect(ask('req-read-address')).toBe(hex('rsp-address-none'));
    expect(ask('req-read-card-mid')).toHaveLength(2 * 39);
  });

  test('does not find a card twice until it has been lifted, not even after a reset', () => {
    reader.placeCard({ text: citizenCard() });
    ask('req-find', 'req-select', 'req-read-base');
    expect(ask('req-find')).toBe(hex('rsp-status-80'));
    expect(ask('req-sam-reset', 'req-find')).toBe(hex('rsp-status-90') + hex('rsp-status-80'));
    reader.removeCard();
    reader.placeCard({ text: citizenCard() });
    expect(ask('req-find')).toBe(hex('rsp-find-ok'));
  });

  test('reads only what was found and selected, and a reset undoes both', () => {
    reader.placeCard({ text: citizenCard() });
    expect(ask('req-read-base')).toBe(hex('rsp-status-23'));
    ask('req-find');
    expect(ask('req-read-base')).toBe(hex('rsp-status-23'));
    ask('req-select', 'req-sam-reset');
    expect(ask('req-read-base')).toBe(hex('rsp-status-23'));
  });

  test('after a failed read starts at find again', () => {
    reader.placeCard({ text: citizenCard() });
    reader.readFailures.push(0x41);
    ask('req-find', 'req-select');
    expect(ask('req-read-base')).toBe(hex('rsp-status-41'));
    expect(ask('req-read-base')).toBe(hex('rsp-status-23'));
    expect(ask('req-find')).toBe(hex('rsp-find-ok'));
  });

  test('takes the five speeds of the manual and no other', () => {
    for (const baudRate of [115_200, 57_600, 38_400, 19_200, 9_600]) {
      expect(ask(`req-set-baud-${baudRate}`)).toBe(hex('rsp-status-90'));
      expect(reader.baudRate).toBe(baudRate);
    }
    expect(ask('AAAAAA9669 0003 60 05 66')).toBe(hex('rsp-status-21'));
  });

  test.each([
    ['a length below three', 'AAAAAA9669 0002 10 12', 'rsp-status-11'],
    ['data where none belongs', 'AAAAAA9669 0004 2001 00 25', 'rsp-status-11'],
    ['no data where some belongs', 'AAAAAA9669 0003 61FF 9D', 'rsp-status-11'],
    ['an unknown command', 'AAAAAA9669 0003 77FF 8B', 'rsp-status-21'],
    ['an unknown parameter', 'AAAAAA9669 0003 2003 20', 'rsp-status-21'],
  ])('answers %s as the manual says', (_, request, reply) => {
    expect(ask(request)).toBe(hex(reply));
  });

  test('can be a module that keeps silent about garbled requests', () => {
    reader.reportsGarbledRequests = false;
    expect(ask('req-bad-checksum', 'req-find')).toBe(hex('rsp-status-80'));
  });

  test('understands requests byte by byte and behind noise', () => {
    const stream = Buffer.concat([bytes('00AAAA77'), frame('req-find'), frame('req-sam-status')]);
    for (const byte of stream) host.receive(Uint8Array.of(byte));
    expect(answered()).toBe(hex('rsp-status-80') + hex('rsp-status-90'));
  });

  test('answers in order and one after the other, after its delay', async () => {
    reader.delayMs = 100;
    ask('req-sam-id', 'req-find');
    await vi.advanceTimersByTimeAsync(100);
    expect(answered()).toBe(hex('rsp-sam-id'));
    await vi.advanceTimersByTimeAsync(100);
    expect(answered()).toBe(hex('rsp-sam-id') + hex('rsp-status-80'));
  });

  test('can answer in pieces with gaps, behind noise, damaged, or not at all', async () => {
    Object.assign(reader, { chunkBytes: 4, chunkGapMs: 2, noise: bytes('AAAA') });
    ask('req-sam-status');
    expect(chunks.map(({ length }) => length)).toEqual([4]);
    await vi.advanceTimersByTimeAsync(6);
    expect(chunks.map(({ length }) => length)).toEqual([4, 4, 4, 1]);
    expect(answered()).toBe(`AAAA${hex('rsp-status-90')}`);
    reader = new SamvSimulator();
    host = reader.attach((chunk) => chunks.push(Buffer.from(chunk)));
    reader.damages.push('flipped-bit', 'cut');
    expect(ask('req-sam-status')).toBe('AAAAAA9669000400009494');
    expect(ask('req-sam-status')).toBe('AAAAAA9669');
    expect(ask('req-sam-status')).toBe(hex('rsp-status-90'));
    reader.silent = true;
    expect(ask('req-sam-status')).toBe('');
  });

  test('a card that was lifted during the read cannot be read', async () => {
    reader.placeCard({ text: citizenCard() });
    reader.readMs = 1_500;
    ask('req-find', 'req-select', 'req-read-base');
    await vi.advanceTimersByTimeAsync(1_000);
    reader.removeCard();
    await vi.advanceTimersByTimeAsync(500);
    expect(answered().endsWith(hex('rsp-status-41'))).toBe(true);
  });

  test('what one host has asked is not answered to the next', async () => {
    reader.delayMs = 100;
    ask('req-sam-id');
    host.detach();
    host = reader.attach((chunk) => chunks.push(Buffer.from(chunk)));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(answered()).toBe('');
  });

  test('a broken module takes no command, and one that is not authorised tells its id', () => {
    reader.condition = 'self-test-failed';
    for (const request of ['req-sam-reset', 'req-sam-status', 'req-find'])
      expect(ask(request)).toBe(hex('rsp-status-60'));
    reader.condition = 'not-authorised';
    expect(ask('req-sam-status')).toBe(hex('rsp-status-66'));
    expect(ask('req-sam-id')).toBe(hex('rsp-sam-id'));
    Object.assign(reader, { condition: 'self-test-failed', resetCures: true });
    expect(ask('req-sam-reset')).toBe(hex('rsp-status-90'));
  });

  test('a flood of requests is not stored', () => {
    reader.delayMs = 1;
    for (let request = 0; request < 10_000; request += 1) host.receive(frame('req-find'));
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(10_000);
    expect(chunks.length).toBeLessThan(300);
  });

  test('every request of the manual is known', () => {
    for (const { id, valid } of vectors.frames) {
      if (id.startsWith('req-') && valid !== false) expect(ask(id)).not.toBe(hex('rsp-status-21'));
    }
  });
});
