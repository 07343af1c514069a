import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { IdCardReading } from '../../../../drivers/id-card-reader/contract.ts';
import {
  decodeAppendedAddress,
  decodeManagementNumber,
  encodeAppendedAddress,
  numbersOfReplies,
} from '../../../../drivers/id-card-reader/samv/card-extras.ts';
import { SamvDriver, type SamvOptions } from '../../../../drivers/id-card-reader/samv/driver.ts';
import { SamvSimulator, type SimulatedCard } from '../../../../drivers/id-card-reader/samv/simulator.ts';
import { SimulatedLine } from '../../../../drivers/simulation/simulated-line.ts';
import { messageDecoderConformance } from '../../../conformance/decoder-conformance.ts';
import { citizenCard, permitCard } from './cards.ts';
import { bytes, frame } from './vectors.ts';

const ADDRESS = '上海市示例区示例路9号';
const NUMBER = bytes('0000000001020304050607081011121314151617 18191A1B1C1D1E1F');
const numbers = { iin: '00000000', sn: '0102030405060708', dn: '101112131415161718191A1B1C1D1E1F' };

messageDecoderConformance('the appended address', decodeAppendedAddress, encodeAppendedAddress(ADDRESS));
messageDecoderConformance('the card management number', decodeManagementNumber, NUMBER);

describe('what stands on a card beside text and portrait', () => {
  const data = (id: string): Buffer => frame(id).subarray(10, -1);

  test('an appended address reads as published, and writes back byte for byte', () => {
    expect(decodeAppendedAddress(data('rsp-address-70'))).toBe(ADDRESS);
    expect(Buffer.from(encodeAppendedAddress(ADDRESS))).toEqual(data('rsp-address-70'));
  });

  test('an appended address survives writing and reading, whatever its characters', () => {
    const address = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 35 })
      .filter((text) => text.length <= 35 && !/^[ \0]|[ \0]$/.test(text));
    fc.assert(fc.property(address, (text) => decodeAppendedAddress(encodeAppendedAddress(text)) === text));
    expect(decodeAppendedAddress(encodeAppendedAddress(''))).toBeUndefined();
    expect(() => encodeAppendedAddress('路'.repeat(36))).toThrow(expect.objectContaining({ code: 'invalid-data' }));
  });

  test('a management number reads as published, with 28 bytes and with 32', () => {
    expect(data('rsp-card-mid-28')).toEqual(NUMBER);
    expect(decodeManagementNumber(NUMBER)).toEqual(numbers);
    expect(decodeManagementNumber(Buffer.concat([NUMBER, bytes('DEADBEEF')]))).toEqual(numbers);
  });

  test('the replies to find and select carry two parts of it, which are blank on most cards', () => {
    expect(numbersOfReplies(new Uint8Array(4), new Uint8Array(8))).toBeUndefined();
    expect(numbersOfReplies(bytes('00000001'), bytes('0102030405060708'))).toEqual({
      iin: '00000001',
      sn: '0102030405060708',
    });
    expect(numbersOfReplies(bytes('01'), bytes('0102030405060708'))).toBeUndefined();
  });
});

describe('a driver that is told to read them', () => {
  let reader: SamvSimulator;
  let line: SimulatedLine;
  let asked: string[];
  let driver: SamvDriver;
  let stop: AbortController;
  let running: Promise<void>;
  const signal = new AbortController().signal;

  beforeEach(() => {
    vi.useFakeTimers();
    reader = new SamvSimulator();
    line = new SimulatedLine(reader);
    asked = [];
    line.toDevice = (request) => {
      asked.push(Buffer.from(request.subarray(7, 9)).toString('hex'));
      return request;
    };
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await running;
    expect([vi.getTimerCount(), line.openChannels]).toEqual([0, 0]);
    vi.useRealTimers();
  });

  async function online(options: SamvOptions): Promise<void> {
    driver = new SamvDriver(line, options);
    running = driver.run(stop.signal);
    await driver.status.until(({ state }) => state === 'online', signal);
    asked.length = 0;
  }

  async function read(card: SimulatedCard, withinMs = 10): Promise<IdCardReading> {
    reader.placeCard(card);
    const reading = driver.readCard(signal);
    reading.catch(() => undefined);
    let over = false;
    void reading.finally(() => {
      over = true;
    });
    await vi.advanceTimersByTimeAsync(withinMs);
    expect(over, `read within ${withinMs} ms`).toBe(true);
    return await reading;
  }

  const both = { appendedAddress: true, managementNumber: true };
  const card = { text: citizenCard(), appendedAddress: ADDRESS, managementNumber: NUMBER };

  test('reads neither unless it is told to', async () => {
    await online({});
    expect(Object.keys(await read(card))).toEqual(['card', 'wlt']);
    expect(asked).toEqual(['2001', '2002', '3001']);
  });

  test('reads both right after the card', async () => {
    await online(both);
    expect(await read(card)).toMatchObject({
      card: citizenCard(),
      appendedAddress: ADDRESS,
      managementNumber: numbers,
    });
    expect(asked).toEqual(['2001', '2002', '3001', '3003', '3005']);
  });

  test('a card without them is read without them', async () => {
    await online(both);
    reader.knowsManagementNumber = false;
    expect(Object.keys(await read({ text: citizenCard() }))).toEqual(['card', 'wlt']);
    expect(Object.keys(await read({ text: citizenCard(), appendedAddress: '' }, 400))).toEqual(['card', 'wlt']);
  });

  test('takes the numbers of the replies to find and select where a module does not know `30 05`', async () => {
    await online(both);
    reader.knowsManagementNumber = false;
    const withNumbers = { ...card, iin: bytes('00000001'), sn: bytes('0102030405060708') };
    expect((await read(withNumbers)).managementNumber).toEqual({ iin: '00000001', sn: '0102030405060708' });
  });

  test('a module that leaves them unanswered costs one deadline and never the card, and belongs to the next resident after', async () => {
    await online(both);
    reader.silentAfterRead = true;
    expect(Object.keys(await read(card, 1_300))).toEqual(['card', 'wlt']);
    expect(asked.filter((code) => code.startsWith('30'))).toEqual(['3001', '3003']);
    reader.silentAfterRead = false;
    expect(await read({ ...card, text: permitCard(), appendedAddress: '别处' }, 1_000)).toMatchObject({
      card: permitCard(),
      appendedAddress: '别处',
    });
  });

  test('what comes too late belongs to nobody', async () => {
    await online({ appendedAddress: true });
    const late: Uint8Array[] = [];
    line.toHost = (chunk) => {
      if (asked.at(-1) === '3003') {
        late.push(chunk.slice());
        return undefined;
      }
      return Buffer.concat([...late.splice(0), chunk]);
    };
    expect((await read(card, 1_300)).appendedAddress).toBeUndefined();
    line.toHost = (chunk) => Buffer.concat([...late.splice(0), chunk]);
    const next = await read({ text: permitCard() }, 1_000);
    expect([next.card, next.appendedAddress]).toEqual([permitCard(), undefined]);
  });

  test('a cable pulled in between leaves the card read', async () => {
    await online(both);
    line.toHost = (chunk) => {
      if (asked.at(-1) === '3003') line.unplug();
      return chunk;
    };
    expect(Object.keys(await read(card))).toEqual(['card', 'wlt']);
  });

  test('a resident who leaves in between is let go', async () => {
    await online(both);
    reader.silentAfterRead = true;
    reader.placeCard(card);
    const leaving = new AbortController();
    const reading = driver.readCard(leaving.signal);
    reading.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(500);
    leaving.abort(new Error('the resident has left'));
    await expect(reading).rejects.toThrow('the resident has left');
  });
});
