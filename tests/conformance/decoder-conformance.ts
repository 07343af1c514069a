import { describe, expect, test } from 'vitest';
import { DeviceError } from '../../drivers/core/index.ts';
import { Noise } from '../support/noise.ts';

const MILLION = 1_000_000;

/** What takes a stream of bytes apart, fresh for every test. */
export interface StreamDecoderSetup {
  push(chunk: Uint8Array): void;
  /** A whole frame, and how many like it have come out so far. */
  readonly frame: Uint8Array;
  found(): number;
  /** Bytes that wait for the rest of their frame. */
  heldBytes(): number;
  /** The longest that a frame can be: what may be held, and what noise that looks like a head may swallow. */
  readonly maxFrameBytes: number;
  /** What the driver does when the line falls quiet or before it asks anew. Left out where it does nothing. */
  quiet?(): void;
}

/** What every decoder of a byte stream promises. */
export function streamDecoderConformance(name: string, setup: () => StreamDecoderSetup): void {
  describe(`${name}, as every decoder of a stream,`, () => {
    test('takes a million random bytes in random chunks without a throw or a pile, and finds the next good frame', () => {
      const decoder = setup();
      const noise = new Noise();
      for (let fed = 0; fed < MILLION; ) {
        const chunk = noise.bytes(1 + noise.number(noise.number(8) === 0 ? 5_000 : 80));
        decoder.push(chunk);
        fed += chunk.length;
        expect(decoder.heldBytes()).toBeLessThanOrEqual(decoder.maxFrameBytes);
      }
      const { frame } = decoder;
      let found = decoder.found();
      if (decoder.quiet) {
        decoder.quiet();
        decoder.push(frame);
        expect(decoder.found()).toBe(found + 1);
        return;
      }
      // Noise that looked like a head may wait for as much as a whole frame.
      const swallowed = Math.ceil(decoder.maxFrameBytes / frame.length);
      for (let sent = 0; sent <= swallowed; sent += 1) decoder.push(frame);
      expect(decoder.found()).toBeGreaterThan(found);
      found = decoder.found();
      decoder.push(frame);
      expect(decoder.found(), 'the frame after a good one').toBe(found + 1);
    });

    test('finds a frame however it is cut, and three in one piece', () => {
      const noise = new Noise(7);
      for (let round = 0; round < 50; round += 1) {
        const decoder = setup();
        const { frame } = decoder;
        for (let at = 0; at < frame.length; ) {
          const step = 1 + noise.number(9);
          decoder.push(frame.subarray(at, at + step));
          at += step;
        }
        expect(decoder.found()).toBe(1);
        decoder.push(Buffer.concat([frame, frame, frame]));
        expect(decoder.found()).toBe(4);
      }
    });
  });
}

/** What a decoder of whole messages (IPP, a record, a report) promises: a value, or a DeviceError that says what is wrong. */
export function messageDecoderConformance(
  name: string,
  decode: (message: Uint8Array) => unknown,
  good: Uint8Array,
): void {
  describe(`${name}, as every decoder of messages,`, () => {
    const tried = (message: Uint8Array): unknown => {
      try {
        return decode(message);
      } catch (error) {
        expect(error).toBeInstanceOf(DeviceError);
        return undefined;
      }
    };

    test('answers a million random bytes, message by message, with a value or a DeviceError', () => {
      const noise = new Noise();
      for (let fed = 0; fed < MILLION; ) {
        const message = noise.bytes(noise.number(noise.number(8) === 0 ? 5_000 : 80));
        tried(message);
        fed += 1 + message.length;
      }
      expect(decode(good)).toBeDefined();
    });

    test('answers a good message that was cut or has one byte wrong in the same way', () => {
      const noise = new Noise(11);
      for (let round = 0; round < 2_000; round += 1) {
        tried(good.subarray(0, noise.number(good.length)));
        const flipped = Uint8Array.from(good);
        flipped[noise.number(flipped.length)]! ^= 1 << noise.number(8);
        tried(flipped);
      }
    });
  });
}
