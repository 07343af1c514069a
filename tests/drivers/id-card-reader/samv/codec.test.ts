import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  encodeReply,
  encodeRequest,
  FrameDecoder,
  MIN_REPLY_LENGTH,
  MIN_REQUEST_LENGTH,
  parseReply,
  type Received,
} from '../../../../drivers/id-card-reader/samv/codec.ts';
import { commands } from '../../../../drivers/id-card-reader/samv/commands.ts';
import { retainedBytes } from '../../../support/retained-bytes.ts';
import { bytes, frame, vectors } from './vectors.ts';

const requests = vectors.frames.filter(({ id, valid }) => id.startsWith('req-') && valid !== false);
const replies = vectors.frames.filter(({ id, valid }) => id.startsWith('rsp-') && valid !== false);
const broken = vectors.frames.filter(({ valid }) => valid === false);

function decodeAll(stream: Uint8Array, minLength = MIN_REPLY_LENGTH): Received[] {
  return new FrameDecoder(minLength).push(stream);
}

function frames(received: readonly Received[]): number[][] {
  return received.flatMap((each) => (each.kind === 'frame' ? [[...each.body]] : []));
}

describe('the SAM_V codec', () => {
  test('knows every frame of the manual', () => {
    expect([requests.length, replies.length, broken.length]).toEqual([15, 30, 1]);
  });

  test.each(requests)('writes $id byte for byte', ({ hex }) => {
    const raw = bytes(hex);
    const [command = 0, parameter = 0, ...data] = raw.subarray(7, -1);
    expect(Buffer.from(encodeRequest(command, parameter, Uint8Array.from(data)))).toEqual(raw);
    expect(frames(decodeAll(raw, MIN_REQUEST_LENGTH))).toEqual([[command, parameter, ...data]]);
  });

  test.each(replies)('reads $id, and a simulator says it byte for byte', ({ hex }) => {
    const raw = bytes(hex);
    const [received] = decodeAll(raw);
    if (received?.kind !== 'frame') throw new Error('not a frame');
    const reply = parseReply(received.body);
    expect(reply).toMatchObject({ sw1: raw[7], sw2: raw[8], sw3: raw[9] });
    expect(reply.data.length).toBe(raw.length - 11);
    expect(Buffer.from(encodeReply(reply.sw3, reply.data))).toEqual(raw);
  });

  test.each(broken)('does not take $id for a frame', ({ hex }) => {
    expect(decodeAll(bytes(hex), MIN_REQUEST_LENGTH)).toEqual([{ kind: 'wrong-check' }]);
  });

  test('sends the commands of the manual', () => {
    const sent = Object.values(commands).map(({ request }) => Buffer.from(request));
    const beforeCard = ['req-sam-reset', 'req-sam-status', 'req-sam-id'];
    const ofCard = ['req-find', 'req-select', 'req-read-base', 'req-read-address', 'req-read-card-mid'];
    expect(sent).toEqual([...beforeCard, ...ofCard].map(frame));
  });

  test('drops the short marker that some readers send on a timeout', () => {
    expect(frames(decodeAll(bytes('AAAAAA9669 0005 05050505 00')))).toEqual([]);
  });

  test.each(['0000', '0003', '0961', 'FFFF'])(
    'a length of %s hex is no frame, and does not hide the one behind it',
    (length) => {
      const stream = Buffer.concat([bytes(`AAAAAA9669${length}`), frame('rsp-find-ok')]);
      expect(decodeAll(stream)).toEqual([{ kind: 'wrong-length' }, expect.objectContaining({ kind: 'frame' })]);
    },
  );

  test('a reply that broke off hides the next one only until its damage shows', () => {
    const [begun, whole] = [frame('rsp-select-ok').subarray(0, 12), frame('rsp-status-90')];
    expect(frames(decodeAll(Buffer.concat([begun, whole])))).toEqual([[0, 0, 0x90]]);
  });

  test('a reply that has been given up on leaves nothing behind', () => {
    const decoder = new FrameDecoder(MIN_REPLY_LENGTH);
    decoder.push(frame('rsp-read-base-domestic').subarray(0, 700));
    decoder.discard();
    expect(frames(decoder.push(frame('rsp-status-90')))).toEqual([[0, 0, 0x90]]);
  });

  test('extra AA before the preamble do not matter', () => {
    expect(frames(decodeAll(Buffer.concat([bytes('AAAAAA'), frame('rsp-status-80')])))).toEqual([[0, 0, 0x80]]);
  });

  test('any replies come out whole and in order, however the stream is cut and whatever stands between them', () => {
    const noise = fc.uint8Array({ maxLength: 40 }).filter((some) => !some.includes(0x96)); // no preamble of its own
    const reply = fc.record({ sw3: fc.nat(255), data: fc.uint8Array({ maxLength: 2_390 }), noise });
    const cuts = fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(fc.array(reply, { maxLength: 4 }), cuts, (sent, sizes) => {
        const stream = Buffer.concat(sent.flatMap(({ sw3, data, noise: before }) => [before, encodeReply(sw3, data)]));
        const decoder = new FrameDecoder(MIN_REPLY_LENGTH);
        const got: number[][] = [];
        for (let at = 0, cut = 0; at < stream.length; cut += 1) {
          const size = sizes[cut % sizes.length]!;
          got.push(...frames(decoder.push(stream.subarray(at, at + size))));
          at += size;
        }
        expect(got).toEqual(sent.map(({ sw3, data }) => [0, 0, sw3, ...data]));
        expect(decoder.heldBytes).toBeLessThan(5);
      }),
      { numRuns: 60 },
    );
  });

  test('random bytes never throw and never pile up', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 3_000 }),
      fc.constant(frame('rsp-status-90').subarray(0, 7)),
      fc.constant(bytes('AAAAAA96690960')),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const decoder = new FrameDecoder(MIN_REPLY_LENGTH);
        for (const each of pieces) {
          decoder.push(each);
          expect(decoder.heldBytes).toBeLessThanOrEqual(2_407);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('a flood in one piece is not kept in memory', async () => {
    const decoder = new FrameDecoder(MIN_REPLY_LENGTH);
    const before = retainedBytes();
    decoder.push(new Uint8Array(32 * 1024 * 1024));
    await new Promise((resolve) => setImmediate(resolve)); // the call's own variables are gone by then
    await expect.poll(() => retainedBytes() - before).toBeLessThan(1024 * 1024);
    expect(decoder.heldBytes).toBe(4);
  });
});
