import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CodeStream,
  encodeCode,
  type Heard,
  type Terminator,
  terminators,
} from '../../../../drivers/barcode-scanner/serial-scanner/codec.ts';
import { type Profile, profiles } from '../../../../drivers/barcode-scanner/serial-scanner/profiles.ts';
import { bytes, frame, hex } from '../vectors.ts';

const newStream = (terminator: Terminator, { readReply, heartbeat }: Profile = profiles.generic): CodeStream =>
  new CodeStream({ terminator, maxCodeBytes: 4_096, readReply, heartbeat });

/** Codes as text, replies as their tag in brackets, all else by its kind. */
function shown(heard: readonly Heard[]): string[] {
  return heard.map((each) => {
    if (each.kind === 'code') return Buffer.from(each.bytes).toString('latin1');
    return each.kind === 'reply' ? `[${each.reply.tag}]` : `<${each.kind}>`;
  });
}

/** Everything in one piece, then a pause. */
function allOf(stream: CodeStream, ...parts: (string | Uint8Array)[]): string[] {
  const whole = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
  return [...shown(stream.push(whole)), ...shown(stream.quiet())];
}

describe('the end of a code', () => {
  test.each([
    ['line', 'A\rB\nC\r\nD', ['A', 'B', 'C']],
    ['cr', 'A\rB\nC\rD', ['A', 'B\nC']],
    ['lf', 'A\nB\rC\nD', ['A', 'B\rC']],
    ['crlf', 'A\r\nB\rC\nD\r\nE', ['A', 'B\rC\nD']],
    ['gap', 'A\r\nB\r\nC', ['A\r\nB\r\nC']],
  ] as const)('with "%s" is found in %j', (terminator, stream, codes) => {
    expect(allOf(newStream(terminator), stream)).toEqual(codes);
  });

  test.each(['serial-scan-cr', 'serial-scan-crlf'])("is found in the manual's %s", (id) => {
    expect(allOf(newStream('line'), frame(id))).toEqual(['https://example.gov.cn/v?id=202401010001']);
  });

  test('an ending without a code is none', () => {
    expect(allOf(newStream('line'), '\r\n\n\r\r\nA\r\n')).toEqual(['A']);
  });

  test('codes come out whole however the stream is cut, with every ending', () => {
    const payload = fc.uint8Array({ minLength: 1, maxLength: 600 });
    const cuts = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        fc.constantFrom(...terminators),
        fc.array(payload, { maxLength: 4 }),
        cuts,
        (terminator, raw, sizes) => {
          const sent = raw.map((each) =>
            terminator === 'gap' ? each : each.filter((byte) => byte !== 13 && byte !== 10),
          );
          const stream = newStream(terminator);
          const got: Heard[] = [];
          for (const each of sent) {
            const line = encodeCode(each, terminator);
            for (let at = 0, cut = 0; at < line.length; cut += 1) {
              const size = sizes[cut % sizes.length]!;
              got.push(...stream.push(line.subarray(at, at + size)));
              at += size;
            }
            if (terminator === 'gap') got.push(...stream.quiet());
          }
          const codes = got.map((each) => (each.kind === 'code' ? hex(each.bytes) : each.kind));
          expect(codes).toEqual(sent.filter(({ length }) => length > 0).map(hex));
          expect(stream.heldBytes).toBe(0);
        },
      ),
    );
  });
});

describe('a code', () => {
  test('of 4,096 bytes is one, and a longer one is told of once and forgotten up to its end', () => {
    for (const terminator of ['line', 'gap'] as const) {
      const stream = newStream(terminator);
      expect(allOf(stream, encodeCode(Buffer.alloc(4_096, 'x'), terminator))).toEqual(['x'.repeat(4_096)]);
      const heard = shown(Array.from({ length: 90 }, () => stream.push(Buffer.alloc(100, 'x'))).flat());
      expect(heard).toEqual(['<too-long>']);
      expect(stream.heldBytes).toBeLessThanOrEqual(4_096);
      expect([
        ...allOf(stream, terminator === 'gap' ? 'x' : 'x\r'),
        ...allOf(stream, encodeCode(Buffer.from('B'), terminator)),
      ]).toEqual(['B']);
    }
  });

  test("of which a part came before is nobody's", () => {
    const stream = newStream('line');
    stream.push(Buffer.from('AB'));
    stream.disown();
    expect(allOf(stream, 'CD\rEF\r')).toEqual(['<forgotten>', 'EF']);
    stream.disown();
    expect(allOf(stream, 'GH\r')).toEqual(['GH']);
  });

  test('that breaks off takes its late rest with it, and not the next code', () => {
    const stream = newStream('line');
    stream.push(Buffer.from('AB'));
    stream.quiet();
    expect(shown(stream.giveUp())).toEqual(['<forgotten>']);
    expect(allOf(stream, 'CD\rEF\r')).toEqual(['EF']);
    stream.push(Buffer.from('AB'));
    stream.giveUp();
    stream.startAnew();
    expect(allOf(stream, 'EF\r')).toEqual(['EF']);
  });
});

describe('a reply', () => {
  const { newland, honeywell, 'oem-engine': oem } = profiles;

  test.each([
    [newland, 'nl-trigger-reply', '[#SCNTRG]'],
    [newland, 'nl-bad-tag-reply', '[@XXXXXX]'],
    [newland, 'nl-range-reply', '[@SCNMOD]'],
    [honeywell, 'hw-usbserial-reply', '[TERMID.]'],
    [oem, 'em-ok', '[]'],
    [oem, 'em-crc-error', '[]'],
    [oem, 'em-invalid', '[]'],
  ])('is no code, before one, after one and between two: %o %s', (profile, id, tag) => {
    for (const terminator of ['line', 'crlf'] as const) {
      const stream = newStream(terminator, profile);
      expect(allOf(stream, frame(id), 'A\r\n', frame(id), frame(id), 'B\r\n', frame(id))).toEqual([
        tag,
        'A',
        tag,
        tag,
        'B',
        tag,
      ]);
    }
  });

  test('that is awaited is taken out of the code that it stands behind or inside of', () => {
    for (const [profile, id] of [
      [newland, 'nl-trigger-reply'],
      [honeywell, 'hw-usbserial-reply'],
      [oem, 'em-ok'],
    ] as const) {
      const stream = newStream('gap', profile);
      stream.awaited = () => true;
      const whole = Buffer.concat([Buffer.from('low'), frame(id), Buffer.from('er')]);
      const got = [...whole].flatMap((byte) => stream.push(Uint8Array.of(byte)));
      expect(shown([...got, ...stream.quiet()])).toEqual([expect.stringMatching(/^\[/), 'lower']);
    }
  });

  test('is found behind a code that looks like the beginning of one', () => {
    const stream = newStream('gap', honeywell);
    stream.awaited = ({ tag }) => tag === 'CBRENA.';
    expect(allOf(stream, 'ABCDEF123CBRENA1\x06.')).toEqual(['[CBRENA.]', 'ABCDEF123']);
  });

  test('that is not awaited stays part of a code that holds one', () => {
    expect(allOf(newStream('line', newland), 'A', frame('nl-trigger-reply'), '\r')).toEqual([
      `A${frame('nl-trigger-reply').toString('latin1')}`,
    ]);
  });

  test('that begins and never ends is a code after all', () => {
    expect(allOf(newStream('line', newland), bytes('02 01 30 30'), 'A\rB\r')).toEqual(['\x02\x0100A', 'B']);
    const stream = newStream('line', newland);
    expect(shown(stream.push(bytes('02 01 30 30 30 30 41 0D')))).toEqual([]);
    expect(shown(stream.quiet())).toEqual(['\x02\x010000A']);
    const gap = newStream('gap', oem);
    expect(shown([...gap.push(bytes('02 00 00')), ...gap.quiet()])).toEqual(['\x02\0\0']);
  });

  test("does not make a later code anybody's who was not there", () => {
    const stream = newStream('line', newland);
    stream.push(frame('nl-trigger-reply').subarray(0, 5));
    stream.disown();
    expect(allOf(stream, frame('nl-trigger-reply').subarray(5), 'A\r')).toEqual(['[#SCNTRG]', 'A']);
  });
});

test('a lone sign of life of a Newland engine is neither a code nor the beginning of one', () => {
  for (const terminator of ['line', 'gap'] as const) {
    const stream = newStream(terminator, profiles.newland);
    expect(allOf(stream, '!')).toEqual([]);
    expect(allOf(stream, encodeCode(Buffer.from('!A'), terminator))).toEqual(['!A']);
  }
});

test('random bytes never throw and never pile up, whatever is done to the stream meanwhile', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 3_000 }),
    fc.constantFrom(...['nl-trigger-reply', 'hw-usbserial-reply', 'em-ok'].map((id) => frame(id).subarray(0, 6))),
    fc.constantFrom(...['nl-trigger-reply', 'hw-usbserial-reply', 'em-ok'].map(frame)),
  );
  const act = fc.constantFrom('none', 'quiet', 'giveUp', 'disown', 'startAnew', 'await');
  const steps = fc.array(fc.tuple(piece, act), { maxLength: 12 });
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(profiles)),
      fc.constantFrom(...terminators),
      steps,
      (profile, end, all) => {
        const stream = newStream(end, profile);
        for (const [each, what] of all) {
          stream.push(each);
          if (what === 'await') stream.awaited = () => true;
          else if (what !== 'none') stream[what]();
          expect(stream.heldBytes).toBeLessThanOrEqual(4_096);
        }
      },
    ),
    { numRuns: 300 },
  );
});
