import { aesGcmCipher, aesGcmVersion, type Cipher, type Suite } from './cipher.ts';
import { StorageError } from './errors.ts';
import { sm4Cipher, sm4Version } from './sm4-cipher.ts';

const makers: Readonly<Record<Suite, (key: Uint8Array) => Cipher>> = {
  'aes-256-gcm': aesGcmCipher,
  'sm4-ctr-hmac-sm3': sm4Cipher,
};
/** By the first byte of what they sealed. */
const suitesByVersion: Readonly<Record<number, Suite>> = {
  [aesGcmVersion]: 'aes-256-gcm',
  [sm4Version]: 'sm4-ctr-hmac-sm3',
};

/**
 * Seals in `suite`, and opens what any suite sealed under the same 32-byte `key`: a terminal whose suite was changed still
 * reads what it has. A suite that this build lacks fails `suite-unavailable`: at once if it is the chosen one, else when met.
 */
export function storeCipher(suite: Suite, key: Uint8Array): Cipher {
  const chosen = makers[suite](key);
  const made = new Map<Suite, Cipher>([[suite, chosen]]);
  const of = (name: Suite): Cipher => {
    const cipher = made.get(name) ?? makers[name](key);
    made.set(name, cipher);
    return cipher;
  };
  return {
    ...chosen,
    open(sealed, context) {
      const sealedIn = suitesByVersion[sealed[0] ?? 0];
      if (sealedIn) return of(sealedIn).open(sealed, context);
      throw new StorageError('sealed-data-damaged', `${context}: not in a sealed form of this release`);
    },
    mac: (bytes, purpose, name = suite) => of(name).mac(bytes, purpose),
  };
}
