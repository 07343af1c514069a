import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { assertKeyLength, type Cipher, deriveKey, keyBytes, keyedHash } from './cipher.ts';
import { StorageError } from './errors.ts';

// Sealed form: VERSION u8 | COUNTER 16 bytes | CIPHERTEXT | TAG 32 bytes.
export const sm4Version = 2;
// SM4 has blocks and keys of 128 bits (GB/T 32907-2016, 4). The whole first counter block is random: the stretches of n seals
// of b blocks meet with a chance of n² b / 2^128, where a terminal has n < 10^8 and b < 2^22.
const BLOCK_BYTES = 16;
const SM4_KEY_BYTES = 16;
// All of SM3's 256 bits (GB/T 32905-2016).
const TAG_BYTES = 32;

const SUITE = 'sm4-ctr-hmac-sm3';

/**
 * SM4 in counter mode, then HMAC-SM3 over version, counter, context and ciphertext (encrypt-then-MAC: Node reaches no SM4-GCM).
 * Three keys are derived from `key`, 32 bytes. Fails `suite-unavailable` where Node's OpenSSL was built without SM3 or SM4.
 */
export function sm4Cipher(key: Uint8Array): Cipher {
  assertKeyLength(key);
  assertAvailable();
  const derive = (purpose: string, sizeBytes = keyBytes): Buffer =>
    deriveKey('sm3', key, `${SUITE} ${purpose}`, sizeBytes);
  const encryptionKey = derive('encryption', SM4_KEY_BYTES);
  const tagKey = createSecretKey(derive('tag'));
  const mac = keyedHash(SUITE, 'sm3', derive);

  /** The context is as long as its length says and the ciphertext is the rest: no two inputs run together alike. */
  const tagOf = (head: Uint8Array, context: string, ciphertext: Uint8Array): Buffer => {
    const contextBytes = Buffer.from(context);
    const contextLength = Buffer.alloc(4);
    contextLength.writeUInt32BE(contextBytes.length);
    const hmac = createHmac('sm3', tagKey);
    return hmac.update(head).update(contextLength).update(contextBytes).update(ciphertext).digest();
  };

  return {
    suite: SUITE,
    fingerprint: (plain) => Buffer.from(mac(plain, 'fingerprint')).toString('hex'),
    mac,

    seal(plain, context) {
      const counter = randomBytes(BLOCK_BYTES);
      const cipher = createCipheriv('sm4-ctr', encryptionKey, counter);
      const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
      const head = Buffer.concat([Uint8Array.of(sm4Version), counter]);
      return Buffer.concat([head, ciphertext, tagOf(head, context, ciphertext)]);
    },

    open(sealed, context) {
      if (sealed[0] !== sm4Version || sealed.length < 1 + BLOCK_BYTES + TAG_BYTES) {
        throw new StorageError('sealed-data-damaged', `${context}: not in the sealed form of SM4`);
      }
      const tagAt = sealed.length - TAG_BYTES;
      const head = sealed.subarray(0, 1 + BLOCK_BYTES);
      const ciphertext = sealed.subarray(head.length, tagAt);
      if (!timingSafeEqual(tagOf(head, context, ciphertext), sealed.subarray(tagAt))) {
        throw new StorageError('sealed-data-damaged', `${context}: the seal does not fit`);
      }
      const decipher = createDecipheriv('sm4-ctr', encryptionKey, head.subarray(1));
      return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
    },
  };
}

/** Electron's BoringSSL, and OpenSSL as some distributions build it, have neither. */
function assertAvailable(): void {
  try {
    createHash('sm3');
    createCipheriv('sm4-ctr', Buffer.alloc(SM4_KEY_BYTES), Buffer.alloc(BLOCK_BYTES));
  } catch (cause) {
    throw new StorageError(
      'suite-unavailable',
      'this build of Node has no SM3 or no SM4: run on the Node of the package',
      {
        cause,
      },
    );
  }
}
