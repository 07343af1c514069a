import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { aesGcmCipher, openJson, sealJson } from '../../../main/storage/cipher.ts';

const key = Buffer.alloc(32, 7);
const hex = (text: string): Buffer => Buffer.from(text, 'hex');

test('sealed bytes are AES-256-GCM: test case 15 of McGrew and Viega, which NIST took over, opens', () => {
  const cipher = aesGcmCipher(hex('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308'));
  const nonce = hex('cafebabefacedbaddecaf888');
  const ciphertext = hex(
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad',
  );
  const tag = hex('b094dac5d93471bdec1a502270e3cc6c');
  const plain = cipher.open(Buffer.concat([Uint8Array.of(1), nonce, ciphertext, tag]), '');
  expect(Buffer.from(plain).toString('hex')).toBe(
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255',
  );
});

test('a fingerprint is the same for the same bytes, and cannot be guessed without the key', () => {
  const bytes = Buffer.from('林晓岚');
  const fingerprint = aesGcmCipher(key).fingerprint(bytes);
  expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
  expect(aesGcmCipher(key).fingerprint(bytes)).toBe(fingerprint);
  expect(aesGcmCipher(Buffer.alloc(32, 8)).fingerprint(bytes)).not.toBe(fingerprint);
  expect(createHash('sha256').update(bytes).digest('hex')).not.toBe(fingerprint);
});

test('the same content is sealed differently each time and opens to itself', () => {
  const cipher = aesGcmCipher(key);
  const [one, two] = [sealJson(cipher, { 姓名: '林晓岚' }, 'a'), sealJson(cipher, { 姓名: '林晓岚' }, 'a')];
  expect(Buffer.compare(one, two)).not.toBe(0);
  expect(Buffer.from(one).includes('林晓岚')).toBe(false);
  expect(openJson(cipher, one, 'a')).toEqual({ 姓名: '林晓岚' });
});

test('a change of any byte, another row, another key or a shortened value is refused', () => {
  const cipher = aesGcmCipher(key);
  const sealed = cipher.seal(Buffer.from('secret'), 'jobs.sealed_body:1');
  const damaged = expect.objectContaining({ code: 'sealed-data-damaged' });
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Uint8Array.from(sealed);
    changed[at]! ^= 1;
    expect(() => cipher.open(changed, 'jobs.sealed_body:1')).toThrow(damaged);
  }
  for (let length = 0; length < sealed.length; length += 1) {
    expect(() => cipher.open(sealed.subarray(0, length), 'jobs.sealed_body:1')).toThrow(damaged);
  }
  expect(() => cipher.open(sealed, 'jobs.sealed_body:2')).toThrow(damaged);
  expect(() => aesGcmCipher(Buffer.alloc(32, 8)).open(sealed, 'jobs.sealed_body:1')).toThrow(damaged);
});

test('a key of another length is no key', () => {
  expect(() => aesGcmCipher(new Uint8Array(16))).toThrow(expect.objectContaining({ code: 'key-damaged' }));
});
