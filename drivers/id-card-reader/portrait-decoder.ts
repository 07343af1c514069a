import { DeviceError, type ProgramRunner, within } from '../core/index.ts';
import type { Portrait, PortraitDecoder } from './contract.ts';

/** 102 × 126 pixels are 38,862 bytes as a bitmap; a decoder that says more than this is not decoding a portrait. */
const MAX_PICTURE_BYTES = 200 * 1024;

/** First bytes of JPEG, PNG and BMP files. */
const pictureSignatures = ['FFD8FF', '89504E470D0A1A0A', '424D'].map((hex) => Buffer.from(hex, 'hex'));

const refused: Portrait = { outcome: 'refused' };

/** A machine without a licensed decoder. */
export const noPortraitDecoder: PortraitDecoder = {
  decode: async (_wlt, signal) => {
    signal.throwIfAborted();
    return { outcome: 'not-decodable-here' };
  },
};

/**
 * Runs `command` (program and arguments, no shell) for every portrait: 1,024 bytes on standard input, the picture on standard
 * output. Vendors' decoders are native libraries that crash on bytes that they dislike, so they stay out of this process.
 * A program that fails, stays silent for `timeoutMs`, or writes something other than a picture, has refused; one that cannot be
 * started is not here.
 */
export function externalPortraitDecoder(options: {
  readonly command: readonly [string, ...string[]];
  readonly timeoutMs: number;
  readonly run: ProgramRunner;
}): PortraitDecoder {
  const { command, timeoutMs, run } = options;
  const name = `portrait decoder ${command[0]}`;
  return {
    decode: async (wlt, signal) => {
      signal.throwIfAborted();
      const stop = new AbortController();
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      const onOutput = (chunk: Uint8Array): void => {
        bytes += chunk.length;
        if (bytes > MAX_PICTURE_BYTES) stop.abort(new DeviceError('protocol', `${name}: more than a picture`));
        else chunks.push(chunk);
      };
      try {
        // It has nothing to put away, and the next card's must not run beside it.
        const running = run({ command, input: wlt, onOutput, stopMs: 0 }, stop.signal);
        const exitCode = await within(timeoutMs, name, [signal, stop.signal], running);
        const picture = Buffer.concat(chunks);
        return exitCode === 0 && looksLikePicture(picture) ? { outcome: 'decoded', picture } : refused;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof DeviceError)) throw error;
        return error.code === 'not-connected' ? { outcome: 'not-decodable-here' } : refused;
      } finally {
        stop.abort(new DeviceError('canceled', `${name}: given up`));
      }
    },
  };
}

function looksLikePicture(bytes: Buffer): boolean {
  return pictureSignatures.some((signature) => bytes.subarray(0, signature.length).equals(signature));
}
