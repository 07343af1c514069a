import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  encodeFrame,
  encodeRequest,
  encodeResponse,
  type Frame,
  FrameDecoder,
  MAX_FRAME_BYTES,
  matchResponse,
  parseRequest,
  type Request,
  type Response,
} from '../../../../drivers/cabinet/modbus-cabinet/codec.ts';
import { messageDecoderConformance, streamDecoderConformance } from '../../../conformance/decoder-conformance.ts';
import manual from './frames.json' with { type: 'json' };

function bytes(id: string): Buffer {
  const vector = manual.vectors.find((candidate) => candidate.id === id);
  if (!vector) throw new Error(`no vector ${id}`);
  return Buffer.from(vector.hex, 'hex');
}

function frameOf(side: 'answers' | 'requests', raw: Uint8Array): Frame {
  const [received] = new FrameDecoder(side).push(raw);
  if (received?.kind !== 'frame') throw new Error('no frame');
  return received;
}

const requests: readonly (readonly [string, Request])[] = [
  ['modbus-read-8-coils', { function: 'read-coils', address: 0, count: 8 }],
  ['modbus-read-8-inputs', { function: 'read-inputs', address: 0, count: 8 }],
  ['modbus-coil-on', { function: 'write-coil', address: 0, on: true }],
  ['modbus-coil-off', { function: 'write-coil', address: 0, on: false }],
  [
    'modbus-write-multi',
    { function: 'write-coils', address: 0, values: [true, true, true, true, false, false, false, false] },
  ],
  ['modbus-read-reg', { function: 'read-registers', address: 0, count: 2 }],
  ['modbus-write-reg', { function: 'write-register', address: 100, value: 1 }],
];

describe("the manual's bytes", () => {
  test.each(requests)('%s is written, and understood by the far side', (id, request) => {
    expect(Buffer.from(encodeRequest(1, request)).toString('hex')).toBe(bytes(id).toString('hex'));
    expect(parseRequest(frameOf('requests', bytes(id)))).toEqual(request);
  });

  test('the classic: one register from 0 of unit 1 ends with 84 0A', () => {
    const request: Request = { function: 'read-registers', address: 0, count: 1 };
    expect(Buffer.from(encodeRequest(1, request)).toString('hex')).toBe('010300000001840a');
  });

  test('the answers: coils 0 and 2, inputs 0 and 1, the echo of a write, and an exception', () => {
    const coils: Request = { function: 'read-coils', address: 0, count: 8 };
    const on = [true, false, true, false, false, false, false, false];
    expect(matchResponse(1, coils, frameOf('answers', bytes('modbus-reply-coils')))).toEqual({
      function: 'read-coils',
      bits: on,
    });
    const inputs: Request = { function: 'read-inputs', address: 0, count: 2 };
    expect(matchResponse(1, inputs, frameOf('answers', bytes('modbus-reply-inputs')))).toEqual({
      function: 'read-inputs',
      bits: [true, true],
    });
    const write: Request = { function: 'write-coil', address: 0, on: true };
    expect(matchResponse(1, write, frameOf('answers', bytes('modbus-coil-on')))).toEqual({ function: 'write-coil' });
    const refused = frameOf('answers', bytes('modbus-exception'));
    expect(matchResponse(1, write, refused)).toEqual({ exception: 2 });
    expect(Buffer.from(encodeResponse(1, write, { exception: 2 })).toString('hex')).toBe('018502c351');
  });
});

describe('an answer to another question is none', () => {
  const request: Request = { function: 'read-inputs', address: 0, count: 8 };
  const whole: Response = { function: 'read-inputs', bits: Array.from({ length: 8 }, () => true) };

  test.each([
    ['another unit', encodeResponse(2, request, whole)],
    [
      'another function',
      encodeResponse(1, { ...request, function: 'read-coils' }, { ...whole, function: 'read-coils' }),
    ],
    ['another byte count', encodeFrame({ unit: 1, function: 2, data: Uint8Array.of(2, 0xff, 0xff) })],
    ["another function's exception", encodeResponse(1, { ...request, function: 'read-coils' }, { exception: 2 })],
  ])('%s', (_, raw) => {
    expect(matchResponse(1, request, frameOf('answers', raw))).toBeUndefined();
    expect(matchResponse(1, request, frameOf('answers', encodeResponse(1, request, whole)))).toEqual(whole);
  });

  test.each<Request>([
    { function: 'write-coil', address: 3, on: false },
    { function: 'write-coil', address: 4, on: true },
    { function: 'write-coils', address: 3, values: [true] },
  ])('the echo of %o does not confirm that coil 3 is on', (other) => {
    const echo = frameOf('answers', encodeResponse(1, other, { function: 'write-coil' }));
    expect(matchResponse(1, { function: 'write-coil', address: 3, on: true }, echo)).toBeUndefined();
  });
});

const address = fc.integer({ min: 0, max: 65_535 });
const word = fc.integer({ min: 0, max: 65_535 });
const exchange: fc.Arbitrary<[Request, Response]> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom<'read-coils' | 'read-inputs'>('read-coils', 'read-inputs'),
      address,
      fc.array(fc.boolean(), { minLength: 1, maxLength: 2_000 }),
    )
    .map(([name, at, bits]): [Request, Response] => [
      { function: name, address: at, count: bits.length },
      { function: name, bits },
    ]),
  fc
    .tuple(
      fc.constantFrom<'read-registers' | 'read-input-registers'>('read-registers', 'read-input-registers'),
      address,
      fc.array(word, { minLength: 1, maxLength: 125 }),
    )
    .map(([name, at, values]): [Request, Response] => [
      { function: name, address: at, count: values.length },
      { function: name, values },
    ]),
  fc
    .oneof(
      fc.record({ function: fc.constant('write-coil' as const), address, on: fc.boolean() }),
      fc.record({ function: fc.constant('write-register' as const), address, value: word }),
      fc.record({
        function: fc.constant('write-coils' as const),
        address,
        values: fc.array(fc.boolean(), { minLength: 1, maxLength: 1_968 }),
      }),
      fc.record({
        function: fc.constant('write-registers' as const),
        address,
        values: fc.array(word, { minLength: 1, maxLength: 123 }),
      }),
    )
    .map((request): [Request, Response] => [request, { function: request.function }]),
);
const unit = fc.integer({ min: 1, max: 247 });

test('every question and every answer arrives as it was sent, however the line cuts it', () => {
  fc.assert(
    fc.property(unit, exchange, fc.integer({ min: 1, max: 20 }), (to, [request, response], step) => {
      const [asked, answered] = [encodeRequest(to, request), encodeResponse(to, request, response)];
      expect([asked.length, answered.length].every((length) => length <= MAX_FRAME_BYTES)).toBe(true);
      expect(parseRequest(inPieces('requests', asked, step))).toEqual(request);
      expect(matchResponse(to, request, inPieces('answers', answered, step))).toEqual(response);
    }),
  );
});

function inPieces(side: 'answers' | 'requests', raw: Uint8Array, step: number): Frame {
  const decoder = new FrameDecoder(side);
  const found = [];
  for (let at = 0; at < raw.length; at += step) found.push(...decoder.push(raw.subarray(at, at + step)));
  expect([found.length, decoder.heldBytes]).toEqual([1, 0]);
  const [only] = found;
  if (only?.kind !== 'frame') throw new Error('no frame');
  return only;
}

test('any bytes in any pieces never throw and never pile up, on either side', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 }), (chunks) => {
      for (const side of ['answers', 'requests'] as const) {
        const decoder = new FrameDecoder(side);
        for (const chunk of chunks) {
          decoder.push(chunk);
          expect(decoder.heldBytes).toBeLessThanOrEqual(MAX_FRAME_BYTES);
        }
        decoder.gap();
        expect(decoder.heldBytes).toBe(0);
      }
    }),
  );
});

test('one wrong bit anywhere in an answer is noticed', () => {
  fc.assert(
    fc.property(exchange, fc.nat(), fc.nat(7), ([request, response], at, bit) => {
      const raw = encodeResponse(1, request, response);
      raw[at % raw.length]! ^= 1 << bit;
      const decoder = new FrameDecoder('answers');
      const frames = [...decoder.push(raw), ...decoder.gap()].filter((received) => received.kind === 'frame');
      expect(frames.map((frame) => matchResponse(1, request, frame)).filter(Boolean)).toEqual([]);
    }),
  );
});

describe('silence ends a frame', () => {
  test('whose function is not known: its length is what came', () => {
    const decoder = new FrameDecoder('requests');
    const raw = encodeFrame({ unit: 1, function: 0x2b, data: Uint8Array.of(0x0e, 1, 0) });
    expect(decoder.push(raw)).toEqual([]);
    expect(decoder.gap()).toMatchObject([{ kind: 'frame', function: 0x2b }]);
  });

  test('behind noise that looked like the head of a long one', () => {
    const decoder = new FrameDecoder('answers');
    expect(decoder.push(Uint8Array.of(0x01, 0x03, 0xf0, ...bytes('modbus-reply-coils')))).toEqual([]);
    expect(decoder.gap()).toMatchObject([{ kind: 'frame', unit: 1, function: 1 }]);
    expect(decoder.heldBytes).toBe(0);
  });
});

/** What a board hears: the function's code and its data. */
const asked = (code: number, ...data: number[]): Request =>
  parseRequest({ unit: 1, function: code, data: Uint8Array.from(data) });
const word16 = (value: number): [number, number] => [value >> 8, value & 0xff];
const zeros = (count: number): number[] => new Array<number>(count).fill(0);

test.each([
  [1, 'read-coils', 2_000],
  [2, 'read-inputs', 2_000],
  [3, 'read-registers', 125],
  [4, 'read-input-registers', 125],
])('function %i, %s, asks for 1 to %i, and for nothing else', (code, name, most) => {
  for (const count of [1, most]) {
    expect(asked(code, 0, 7, ...word16(count))).toEqual({ function: name, address: 7, count });
  }
  for (const data of [[0, 7, ...word16(0)], [0, 7, ...word16(most + 1)], [0, 7, 0, 1, 0], [0, 7, 0], []]) {
    expect(() => asked(code, ...data), String(data)).toThrow(
      expect.objectContaining({ code: 'invalid-data', message: expect.stringContaining(`${name}: `) }),
    );
  }
});

test.each([
  [15, 'write-coils', 1_968, (count: number) => Math.ceil(count / 8)],
  [16, 'write-registers', 123, (count: number) => count * 2],
])('function %i, %s, writes 1 to %i, and says with how many bytes', (code, name, most, bytesOf) => {
  const write = (count: number, said = bytesOf(count), sent = said) =>
    asked(code, 0, 7, ...word16(count), said & 0xff, ...zeros(sent));
  for (const count of [1, most]) {
    expect(write(count)).toMatchObject({ function: name, address: 7, values: { length: count } });
  }
  for (const [count, said, sent] of [
    [0, 0, 0],
    [most + 1, undefined, undefined],
    [1, bytesOf(1) + 1, bytesOf(1) + 1],
    [1, bytesOf(1), bytesOf(1) + 1],
    [1, bytesOf(1), bytesOf(1) - 1],
  ] as const) {
    expect(() => write(count, said, sent)).toThrow(expect.objectContaining({ code: 'invalid-data' }));
  }
});

test('a single coil is on or off, a register has any value, and neither brings more than that', () => {
  expect(asked(5, 0, 7, 0xff, 0)).toEqual({ function: 'write-coil', address: 7, on: true });
  expect(asked(5, 0, 7, 0, 0)).toEqual({ function: 'write-coil', address: 7, on: false });
  expect(asked(6, 0, 7, 0x12, 0x34)).toEqual({ function: 'write-register', address: 7, value: 0x1234 });
  for (const [code, ...data] of [
    [5, 0, 7, 0x12, 0x34],
    [5, 0, 7, 0xff, 0, 0],
    [6, 0, 7, 0x12, 0x34, 0],
  ] as const) {
    expect(() => asked(code, ...data)).toThrow(expect.objectContaining({ code: 'invalid-data' }));
  }
});

test('a function that no board of ours has is refused by its number', () => {
  const why = { code: 'unsupported', message: 'function 43 is not known here' };
  expect(() => asked(0x2b, 0x0e, 1, 0)).toThrow(expect.objectContaining(why));
});

test('an answer with more or fewer bytes than it counts, or than were asked for, is none', () => {
  const registers: Request = { function: 'read-registers', address: 0, count: 2 };
  const inputs: Request = { function: 'read-inputs', address: 0, count: 8 };
  const answer = (to: Request, code: number, ...data: number[]) =>
    matchResponse(1, to, { unit: 1, function: code, data: Uint8Array.from(data) });
  expect(answer(registers, 3, 4, 0, 1, 0, 2)).toEqual({ function: 'read-registers', values: [1, 2] });
  expect(answer(inputs, 2, 1, 0xff)).toMatchObject({ function: 'read-inputs', bits: { length: 8 } });
  for (const data of [
    [4, 0, 1, 0],
    [4, 0, 1, 0, 2, 0],
    [2, 0, 1],
    [6, 0, 1, 0, 2, 0, 3],
    [2, 0, 1, 0, 2],
  ]) {
    expect(answer(registers, 3, ...data), String(data)).toBeUndefined();
  }
  for (const data of [[1], [1, 0xff, 0xff], [2, 0xff, 0xff]])
    expect(answer(inputs, 2, ...data), String(data)).toBeUndefined();
  expect([answer(registers, 0x83, 2), answer(registers, 0x83), answer(registers, 0x83, 2, 2)]).toEqual([
    { exception: 2 },
    undefined,
    undefined,
  ]);
});

test('the largest answer is a frame, and a head that counts one byte more, or none, is noise', () => {
  const largest = encodeFrame({ unit: 1, function: 3, data: Uint8Array.of(250, ...zeros(250)) });
  const coils = encodeFrame({ unit: 1, function: 1, data: Uint8Array.of(251, ...zeros(251)) });
  expect([largest.length, coils.length]).toEqual([MAX_FRAME_BYTES - 1, MAX_FRAME_BYTES]);
  for (const raw of [largest, coils]) expect(new FrameDecoder('answers').push(raw)).toMatchObject([{ kind: 'frame' }]);
  for (const count of [0, 252]) {
    const decoder = new FrameDecoder('answers');
    const received = decoder.push(Uint8Array.of(1, 3, count, ...bytes('modbus-reply-coils')));
    expect(received.at(-1), String(count)).toMatchObject({ kind: 'frame', unit: 1, function: 1 });
  }
});

test('a frame with a wrong check is told with unit and function, for whoever counts the faults of a line', () => {
  const raw = Buffer.from(bytes('modbus-reply-coils'));
  raw[raw.length - 1]! ^= 1;
  expect(new FrameDecoder('answers').push(raw)[0]).toEqual({ kind: 'wrong-check', unit: 1, function: 1 });
});

for (const side of ['answers', 'requests'] as const) {
  streamDecoderConformance(`Modbus RTU, ${side},`, () => {
    const decoder = new FrameDecoder(side);
    let found = 0;
    return {
      push: (chunk) => {
        found += decoder.push(chunk).filter(({ kind }) => kind === 'frame').length;
      },
      frame: bytes(side === 'answers' ? 'modbus-reply-coils' : 'modbus-write-multi'),
      found: () => found,
      heldBytes: () => decoder.heldBytes,
      maxFrameBytes: MAX_FRAME_BYTES,
      quiet: () => decoder.discard(),
    };
  });
}

messageDecoderConformance(
  'a Modbus request',
  (message) => parseRequest({ unit: 1, function: message[0] ?? 0, data: message.subarray(1) }),
  bytes('modbus-write-multi').subarray(1, -2),
);
