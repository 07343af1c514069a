import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import { StorageError } from './errors.ts';

/** The first is what a terminal uses unless its configuration says otherwise. */
export const suites = ['aes-256-gcm', 'sm4-ctr-hmac-sm3'] as const;
export type Suite = (typeof suites)[number];

/** What a keyed hash is made for. Each has a key of its own, so that one made for the one proves nothing for the other. */
export type MacPurpose = 'fingerprint' | 'audit';

/** Seals what must not be read off the disk. The one place to put another suite, or a key in a module. */
export interface Cipher {
  /** In which new bytes are sealed. */
  readonly suite: Suite;
  /** `context` names the place (table, column, row): sealed bytes moved to another place do not open there. */
  seal(plain: Uint8Array, context: string): Uint8Array;
  /** Throws StorageError `sealed-data-damaged` when the bytes, the context or the key are not those of `seal`. */
  open(sealed: Uint8Array, context: string): Uint8Array;
  /** 64 hex digits that are the same for the same bytes, and tell nobody without the key which bytes they were. */
  fingerprint(plain: Uint8Array): string;
  /** 32 bytes that nobody makes without the key. `suite`: whose; its own where left out. Fails `suite-unavailable`. */
  mac(bytes: Uint8Array, purpose: MacPurpose, suite?: Suite): Uint8Array;
}

export const keyBytes = 32;

// Sealed form: VERSION u8 | NONCE 12 bytes | CIPHERTEXT | TAG 16 bytes.
export const aesGcmVersion = 1;
// NIST SP 800-38D 8.2.2 and 8.3: a random 96-bit nonce is good for 2^32 seals under one key; a terminal needs some 10^4 a day.
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const NONCE_POOL = 256;

/** AES-256-GCM with a random nonce; the context is authenticated. `bytes` is the key, 32 of them. */
export function aesGcmCipher(bytes: Uint8Array): Cipher {
  assertKeyLength(bytes);
  const key = createSecretKey(bytes); // once: each use of bytes would make one
  const nextNonce = noncePool();
  const mac = keyedHash('aes-256-gcm', 'sha256', (purpose) => deriveKey('sha256', bytes, purpose));
  return {
    suite: 'aes-256-gcm',
    fingerprint: (plain) => Buffer.from(mac(plain, 'fingerprint')).toString('hex'),
    mac,

    seal(plain, context) {
      const nonce = nextNonce();
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(context));
      const version = Uint8Array.of(aesGcmVersion);
      return Buffer.concat([version, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },

    open(sealed, context) {
      if (sealed[0] !== aesGcmVersion || sealed.length < 1 + NONCE_BYTES + TAG_BYTES) {
        throw new StorageError('sealed-data-damaged', `${context}: not in the sealed form of AES-256-GCM`);
      }
      const tagAt = sealed.length - TAG_BYTES;
      const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(sealed.subarray(tagAt));
      try {
        return Buffer.concat([decipher.update(sealed.subarray(1 + NONCE_BYTES, tagAt)), decipher.final()]);
      } catch (cause) {
        throw new StorageError('sealed-data-damaged', `${context}: the seal does not fit`, { cause });
      }
    },
  };
}

/** Each call another: the system is asked for many at once, as asking takes as long as sealing does. */
function noncePool(): () => Uint8Array {
  let pool = new Uint8Array();
  return () => {
    if (pool.length === 0) pool = randomBytes(NONCE_POOL * NONCE_BYTES);
    const nonce = pool.subarray(0, NONCE_BYTES);
    pool = pool.subarray(NONCE_BYTES);
    return nonce;
  };
}

export function assertKeyLength(key: Uint8Array): void {
  if (key.length !== keyBytes) throw new StorageError('key-damaged', `a key has ${keyBytes} bytes, not ${key.length}`);
}

/** A key of its own for each purpose (HKDF, RFC 5869), as one key serves one purpose. */
export function deriveKey(digest: 'sha256' | 'sm3', key: Uint8Array, purpose: string, sizeBytes = keyBytes): Buffer {
  return Buffer.from(hkdfSync(digest, key, new Uint8Array(), purpose, sizeBytes));
}

/** `mac` of a cipher that knows its own suite alone: HMAC (RFC 2104) under the key that `keyFor` gives, asked once a purpose. */
export function keyedHash(
  own: Suite,
  digest: 'sha256' | 'sm3',
  keyFor: (purpose: MacPurpose) => Uint8Array,
): Cipher['mac'] {
  // As a key object: with raw bytes OpenSSL prepares the key anew each time, which takes four times as long as the rest.
  const keys = { fingerprint: createSecretKey(keyFor('fingerprint')), audit: createSecretKey(keyFor('audit')) };
  return (bytes, purpose, suite = own) => {
    if (suite !== own) throw new StorageError('suite-unavailable', `this cipher is ${own}, and has no ${suite}`);
    return createHmac(digest, keys[purpose]).update(bytes).digest();
  };
}

/** `cipher`, but for its fingerprints, which are in `suite` whatever it seals in. */
export function fingerprintingIn(suite: Suite, cipher: Cipher): Cipher {
  return {
    ...cipher,
    fingerprint: (plain) => Buffer.from(cipher.mac(plain, 'fingerprint', suite)).toString('hex'),
  };
}

/** `value` as JSON, sealed. Opened again by `openJson` with the same context. */
export function sealJson(cipher: Cipher, value: unknown, context: string): Uint8Array {
  return cipher.seal(Buffer.from(JSON.stringify(value)), context);
}

/** What `sealJson` was given, for its owner to parse: a later release may have another idea of its shape. */
export function openJson(cipher: Cipher, sealed: Uint8Array, context: string): unknown {
  return JSON.parse(Buffer.from(cipher.open(sealed, context)).toString('utf8'));
}
