import { createRequire } from 'node:module';
import { StorageError } from './errors.ts';
import type { KeySealer } from './key-sealer.ts';

// GB/T 32918.4-2016, 6.1, as C1 | C3 | C2: a point (0x04, x, y), SM3's hash, and as many bytes as were wrapped.
const POINT_BYTES = 65;
const HASH_BYTES = 32;
const UNCOMPRESSED = 0x04;
const C1_C3_C2 = 1;
/** Loaded where a key is wrapped in SM2, and at once: it takes 60 ms, which no other terminal's start has to give. */
const require = createRequire(import.meta.url);
const library = (): typeof import('sm-crypto-v2') => require('sm-crypto-v2');
/** n - 1 of the recommended curve (GB/T 32918.5-2017, A.1): private keys are below it. */
const ORDER_MINUS_ONE = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122n;

/** Whether 32 bytes are a private key. All but one in four thousand million are. */
export function isSm2PrivateKey(bytes: Uint8Array): boolean {
  const number = BigInt(`0x${toHex(bytes)}`);
  return number > 0n && number < ORDER_MINUS_ONE;
}

/**
 * The key encrypted to an SM2 public key. `privateKey` gives the private one, 32 bytes, from wherever it is sealed itself; it
 * is asked at each call and kept nowhere.
 */
export function sm2Sealer(privateKey: () => Uint8Array): KeySealer {
  return {
    kind: 'sm2',

    seal(key) {
      const { sm2 } = library();
      const publicKey = sm2.getPublicKeyFromPrivateKey(hexOfPrivateKey(privateKey()));
      const wrapped = sm2.doEncrypt(Uint8Array.from(key), publicKey, C1_C3_C2);
      return Buffer.concat([Uint8Array.of(UNCOMPRESSED), Buffer.from(wrapped, 'hex')]);
    },

    unseal(sealed) {
      if (sealed[0] !== UNCOMPRESSED || sealed.length <= POINT_BYTES + HASH_BYTES) {
        throw new StorageError('key-damaged', 'the wrapped key is not in the form of SM2');
      }
      const hex = hexOfPrivateKey(privateKey());
      const key = decrypted(toHex(sealed.subarray(1)), hex);
      if (key && key.length > 0) return key;
      throw new StorageError('key-damaged', 'the wrapped key does not open with this SM2 key: damaged, or of another');
    },
  };
}

/** Without `cause`: what the library throws may quote what it was given. A hash that does not fit is an empty answer. */
function decrypted(wrapped: string, privateKey: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(library().sm2.doDecrypt(wrapped, privateKey, C1_C3_C2, { output: 'array' }));
  } catch {
    return undefined;
  }
}

function hexOfPrivateKey(bytes: Uint8Array): string {
  if (isSm2PrivateKey(bytes)) return toHex(bytes);
  throw new StorageError('key-damaged', 'the SM2 key is no private key of its curve');
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
