import { DeviceError } from '../../core/index.ts';
import { FrameDecoder, MIN_REPLY_LENGTH, PREAMBLE, parseReply } from './codec.ts';
import { describe, sw3 } from './commands.ts';
import { splitReadReply } from './read-reply.ts';
import { TEXT_BYTES } from './text-layouts.ts';

/** A PC/SC reader gives the two lengths and the text, and the portrait separately. */
const HEADER_AND_TEXT_BYTES = 4 + TEXT_BYTES;

/**
 * The 256 text bytes in something recorded at a reader: a whole frame that answers a read, its data, two lengths and text, or
 * the text alone. Fails `protocol`, and says what is wrong with the bytes.
 */
export function extractText(recorded: Uint8Array): Uint8Array {
  if (startsAsFrame(recorded)) return splitReadReply(dataOfFrame(recorded)).text;
  if (recorded.length === TEXT_BYTES) return recorded;
  if (recorded[0] !== TEXT_BYTES >> 8 || recorded[1] !== 0) {
    throw broken(`${recorded.length} bytes are neither a reader's frame nor the ${TEXT_BYTES} of a text block`);
  }
  return recorded.length === HEADER_AND_TEXT_BYTES ? recorded.subarray(4) : splitReadReply(recorded).text;
}

/** Some readers send a few AA more than the preamble has. */
function startsAsFrame(recorded: Uint8Array): boolean {
  const start = Buffer.from(recorded).indexOf(PREAMBLE);
  return start >= 0 && recorded.subarray(0, start).every((byte) => byte === 0xaa);
}

function dataOfFrame(recorded: Uint8Array): Uint8Array {
  const decoder = new FrameDecoder(MIN_REPLY_LENGTH);
  const received = decoder.push(recorded);
  const [first] = received;
  if (!first) throw broken(`${recorded.length} bytes are not the whole frame that they announce`);
  if (first.kind === 'wrong-length') throw broken('the frame has an impossible length');
  if (first.kind === 'wrong-check') throw broken('the check byte does not fit: a byte was changed, lost or added');
  if (received.length > 1 || decoder.heldBytes > 0) throw broken('something follows the frame');
  const reply = parseReply(first.body);
  if (reply.sw3 !== sw3.done) throw broken(`the reader reports no card data: ${describe(reply)}`);
  return reply.data;
}

function broken(why: string): DeviceError {
  return new DeviceError('protocol', `recorded reply: ${why}`);
}
