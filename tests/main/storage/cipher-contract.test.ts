import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aesGcmCipher, type Cipher, suites } from '../../../main/storage/cipher.ts';
import { sm4Cipher } from '../../../main/storage/sm4-cipher.ts';
import { storeCipher } from '../../../main/storage/store-cipher.ts';

const key = Buffer.alloc(32, 7);
const damaged = expect.objectContaining({ code: 'sealed-data-damaged' });
const bytes = fc.uint8Array({ maxLength: 300 });
const context = fc.string({ maxLength: 40, unit: 'binary' });

const makers: readonly (readonly [name: string, make: (key: Uint8Array) => Cipher])[] = [
  ['aes-256-gcm', aesGcmCipher],
  ['sm4-ctr-hmac-sm3', sm4Cipher],
  ['a store’s aes-256-gcm', (given) => storeCipher('aes-256-gcm', given)],
  ['a store’s sm4-ctr-hmac-sm3', (given) => storeCipher('sm4-ctr-hmac-sm3', given)],
];

describe.each(makers)('%s', (_, make) => {
  const cipher = make(key);

  test('whatever was sealed opens to itself, also after a restart', () => {
    fc.assert(
      fc.property(bytes, context, (plain, where) => {
        expect(Buffer.compare(make(key).open(cipher.seal(plain, where), where), plain)).toBe(0);
      }),
    );
  });

  test('a change of any byte is refused, the one that names the suite included', () => {
    fc.assert(
      fc.property(bytes, context, fc.nat(), fc.integer({ min: 1, max: 255 }), (plain, where, place, change) => {
        const sealed = Uint8Array.from(cipher.seal(plain, where));
        sealed[place % sealed.length]! ^= change;
        expect(() => cipher.open(sealed, where)).toThrow(damaged);
      }),
    );
  });

  test('bytes that were taken off or put on are refused', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 40 }), (plain, place, more) => {
        const sealed = cipher.seal(plain, 'a');
        expect(() => cipher.open(sealed.subarray(0, place % sealed.length), 'a')).toThrow(damaged);
        expect(() => cipher.open(sealed.subarray(1 + (place % sealed.length)), 'a')).toThrow(damaged);
        expect(() => cipher.open(Buffer.concat([sealed, more]), 'a')).toThrow(damaged);
      }),
    );
  });

  test('another context is refused, also one whose bytes run into those of the ciphertext', () => {
    fc.assert(
      fc.property(bytes, context, context, (plain, where, elsewhere) => {
        fc.pre(where !== elsewhere);
        expect(() => cipher.open(cipher.seal(plain, where), elsewhere)).toThrow(damaged);
      }),
    );
    const sealed = cipher.seal(Buffer.from('plain'), 'ab');
    const headBytes = sealed[0] === 1 ? 13 : 17;
    const moved = Buffer.concat([sealed.subarray(0, headBytes), Buffer.from('b'), sealed.subarray(headBytes)]);
    expect(() => cipher.open(moved, 'a')).toThrow(damaged);
  });

  test('another key is refused', () => {
    fc.assert(
      fc.property(bytes, fc.uint8Array({ minLength: 32, maxLength: 32 }), (plain, other) => {
        fc.pre(Buffer.compare(key, other) !== 0);
        expect(() => make(other).open(cipher.seal(plain, 'a'), 'a')).toThrow(damaged);
      }),
    );
  });

  test('the same content is sealed differently each time', () => {
    const seals = Array.from({ length: 50 }, () =>
      Buffer.from(cipher.seal(Buffer.from('林晓岚'), 'a')).toString('hex'),
    );
    expect(new Set(seals).size).toBe(50);
  });

  test('a fingerprint is the same for the same bytes, and another under another key', () => {
    const plain = Buffer.from('林晓岚');
    expect(cipher.fingerprint(plain)).toMatch(/^[0-9a-f]{64}$/);
    expect(make(key).fingerprint(plain)).toBe(cipher.fingerprint(plain));
    expect(make(Buffer.alloc(32, 8)).fingerprint(plain)).not.toBe(cipher.fingerprint(plain));
    expect(Buffer.from(cipher.mac(plain, 'fingerprint')).toString('hex')).toBe(cipher.fingerprint(plain));
  });

  test('a keyed hash for one purpose is none for another', () => {
    const plain = Buffer.from('7');
    expect(Buffer.compare(cipher.mac(plain, 'audit'), cipher.mac(plain, 'fingerprint'))).not.toBe(0);
    expect(cipher.mac(plain, 'audit')).toHaveLength(32);
  });

  test('a key of another length is no key', () => {
    expect(() => make(new Uint8Array(16))).toThrow(expect.objectContaining({ code: 'key-damaged' }));
  });
});

test('a terminal whose suite was changed reads what it has, and writes in the new one', () => {
  for (const before of suites) {
    for (const after of suites) {
      const old = storeCipher(before, key).seal(Buffer.from('kept'), 'a');
      const cipher = storeCipher(after, key);
      expect(Buffer.from(cipher.open(old, 'a')).toString()).toBe('kept');
      expect(cipher.seal(Buffer.from('new'), 'a')[0]).toBe(suites.indexOf(after) + 1);
      const [asBefore, asAfter] = [cipher.mac(old, 'audit', before), storeCipher(before, key).mac(old, 'audit')];
      expect(Buffer.compare(asBefore, asAfter)).toBe(0);
    }
  }
});

test('the suites share no key: the same bytes have other fingerprints', () => {
  const prints = suites.map((suite) => storeCipher(suite, key).fingerprint(Buffer.from('a')));
  expect(new Set(prints).size).toBe(suites.length);
});

test('a cipher of one suite says that it has no other', () => {
  expect(() => aesGcmCipher(key).mac(key, 'audit', 'sm4-ctr-hmac-sm3')).toThrow(
    expect.objectContaining({ code: 'suite-unavailable' }),
  );
});
