import { DeviceError } from '../../core/index.ts';
import { TEXT_BYTES } from './text-layouts.ts';

/** The codec of the chip's portrait knows one size. 0: the card carries no portrait. */
export const WLT_BYTES = 1_024;

export interface ReadParts {
  readonly text: Uint8Array;
  /** 1,024 bytes, or none. */
  readonly wlt: Uint8Array;
  /** Asked for with `30 10` only: two records of 512 bytes, one, or none. */
  readonly fingerprints: Uint8Array;
}

/**
 * DATA of a read reply, `30 01` or `30 10`: the lengths of text and portrait, then for `30 10` that of the fingerprints, u16
 * big-endian each, then the parts themselves. Which of the two it is follows from the total. Fails `protocol`.
 */
export function splitReadReply(data: Uint8Array): ReadParts {
  const lengths = [0, 2, 4].map((at) => ((data[at] ?? 0) << 8) | (data[at + 1] ?? 0));
  const [textBytes = 0, wltBytes = 0, fingerprintBytes = 0] = lengths;
  const plainBytes = 4 + textBytes + wltBytes;
  const withFingerprints = data.length === plainBytes + 2 + fingerprintBytes;
  const knownSizes = textBytes === TEXT_BYTES && (wltBytes === 0 || wltBytes === WLT_BYTES);
  if (!knownSizes || (data.length !== plainBytes && !withFingerprints)) {
    throw new DeviceError(
      'protocol',
      `a read reply of ${data.length} bytes announces ${textBytes} bytes of text and ${wltBytes} of portrait`,
    );
  }
  const textAt = withFingerprints ? 6 : 4;
  const wltAt = textAt + textBytes;
  return {
    text: data.slice(textAt, wltAt),
    wlt: data.slice(wltAt, wltAt + wltBytes),
    fingerprints: data.slice(wltAt + wltBytes),
  };
}

/** The other direction, for simulators. Without `fingerprints` a `30 01` reply, else a `30 10` one. */
export function joinReadReply(text: Uint8Array, wlt: Uint8Array, fingerprints?: Uint8Array): Uint8Array {
  const parts = [text, wlt, ...(fingerprints ? [fingerprints] : [])];
  const header = parts.flatMap(({ length }) => [length >> 8, length & 0xff]);
  return Buffer.concat([Uint8Array.from(header), ...parts]);
}
