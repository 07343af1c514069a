import { spawn } from 'node:child_process';
import { DeviceError, within } from '../core/index.ts';
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
}): PortraitDecoder {
  const [program, ...parameters] = options.command;
  return {
    decode: async (wlt, signal) => {
      signal.throwIfAborted();
      const child = spawn(program, parameters, { stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true });
      const written = new Promise<Buffer | 'not-started' | undefined>((resolve) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        child.stdout.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes > MAX_PICTURE_BYTES) resolve(undefined);
        });
        child.once('error', () => resolve('not-started')); // no such program, or not ours to run
        child.once('close', (exitCode) => resolve(exitCode === 0 ? Buffer.concat(chunks) : undefined));
      });
      child.stdin.on('error', () => undefined); // EPIPE: a program that ends early says so with its exit code
      child.stdin.end(wlt);
      try {
        const picture = await within(options.timeoutMs, `portrait decoder ${program}`, [signal], written);
        if (picture === 'not-started') return { outcome: 'not-decodable-here' };
        return picture && looksLikePicture(picture) ? { outcome: 'decoded', picture } : refused;
      } catch (error) {
        if (error instanceof DeviceError && error.code === 'timeout') return refused;
        throw error;
      } finally {
        child.kill('SIGKILL');
        child.stdout.destroy(); // a grandchild may hold the pipe open for longer
      }
    },
  };
}

function looksLikePicture(bytes: Buffer): boolean {
  return pictureSignatures.some((signature) => bytes.subarray(0, signature.length).equals(signature));
}
