import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineDecoder } from '../../../drivers/framing/lines.ts';
import { streamDecoderConformance } from '../../conformance/decoder-conformance.ts';

streamDecoderConformance('lines', () => {
  const decoder = new LineDecoder({ end: 0x0a, maxBytes: 1_024 });
  const frame = Buffer.from('VAR su700 ups.status "OL"\n');
  let found = 0;
  return {
    push: (chunk) => {
      const text = frame.subarray(0, -1);
      found += decoder.push(chunk).filter((line) => line.kind === 'line' && text.equals(line.bytes)).length;
    },
    frame,
    found: () => found,
    heldBytes: () => decoder.heldBytes,
    maxFrameBytes: 1_024,
  };
});

test('lines come out as they went in, however they are cut; one that is too long is told once, and the next is whole', () => {
  const line = fc.uint8Array({ maxLength: 30 }).map((bytes) => bytes.filter((byte) => byte !== 0x0a));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), fc.integer({ min: 1, max: 9 }), (lines, step) => {
      const decoder = new LineDecoder({ end: 0x0a, maxBytes: 20 });
      const stream = Buffer.concat(lines.map((bytes) => Buffer.from([...bytes, 0x0a])));
      const received = [];
      for (let at = 0; at < stream.length; at += step) {
        received.push(...decoder.push(stream.subarray(at, at + step)));
        expect(decoder.heldBytes).toBeLessThanOrEqual(20);
      }
      expect(received).toEqual(
        lines.map((bytes) => (bytes.length > 20 ? { kind: 'too-long' } : { kind: 'line', bytes })),
      );
    }),
  );
});
