import crypto, { createCipheriv, createHash, createHmac, hkdfSync } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../../main/storage/open.ts';
import { sm4Cipher } from '../../../main/storage/sm4-cipher.ts';
import { storeCipher } from '../../../main/storage/store-cipher.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const key = Buffer.alloc(32, 7);

// GB/T 32905-2016, annex A.
test.each([
  ['abc', '66c7f0f4 62eeedd9 d1f2d46b dc10e4e2 4167c487 5cf2f7a2 297da02b 8f4ba8e0'],
  ['abcd'.repeat(16), 'debe9ff9 2275b8a1 38604889 c18e5a4d 6fdb70e5 387e5765 293dcba3 9c0c5732'],
])('Node’s SM3 is that of GB/T 32905: %s', (text, digest) => {
  expect(createHash('sm3').update(text).digest()).toEqual(hex(digest));
});

// GB/T 32907-2016, annex A: once, and a million times over.
test('Node’s SM4 is that of GB/T 32907', () => {
  const plain = hex('01234567 89abcdef fedcba98 76543210');
  const sm4 = createCipheriv('sm4-ecb', plain, null).setAutoPadding(false);
  expect(sm4.update(plain)).toEqual(hex('681edf34 d206965e 86b3e94f 536e4246'));
  // Output feedback enciphers its own last block again and again: over zeros, the millionth block is the second example's.
  const million = createCipheriv('sm4-ofb', plain, plain).update(Buffer.alloc(1_000_000 * 16));
  expect(million.subarray(0, 16)).toEqual(hex('681edf34 d206965e 86b3e94f 536e4246'));
  expect(million.subarray(-16)).toEqual(hex('595298c7 c6fd271f 0402f804 c33d3f66'));
});

// GM/T 0042-2015, D.3.
test('Node’s HMAC-SM3 is that of GM/T 0042', () => {
  const data = 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'.repeat(2);
  const mac = createHmac('sm3', Buffer.from(Array.from({ length: 32 }, (_, index) => index + 1))).update(data);
  expect(mac.digest()).toEqual(hex('ca05e144 ed05d185 7840d1f3 18a4a866 9e559fc8 391f4144 85bfdf7b b408963a'));
});

// draft-ribose-cfrg-sm4-10, A.2.5.1.
test('Node’s SM4 in counter mode gives the published bytes', () => {
  const sm4 = createCipheriv(
    'sm4-ctr',
    hex('0123456789abcdeffedcba9876543210'),
    hex('000102030405060708090a0b0c0d0e0f'),
  );
  const plain = ['aa', 'bb', 'cc', 'dd', 'ee', 'ff', 'aa', 'bb'].map((byte) => byte.repeat(8)).join('');
  expect(sm4.update(hex(plain))).toEqual(
    hex(
      `ac3236cb970cc20791364c395a1342d1 a3cbc1878c6f30cd074cce385cdd70c7
       f234bc0e24c11980fd1286310ce37b92 6e02fcd0faa0baf38b2933851d824514`.replaceAll(/\s/g, ''),
    ),
  );
});

test('the sealed form is version, counter, SM4-CTR, then HMAC-SM3 over version, counter, length and bytes of the context, ciphertext', () => {
  const sealed = Buffer.from(sm4Cipher(key).seal(Buffer.from('林晓岚'), '表.列'));
  const derived = (purpose: string, size: number): Buffer =>
    Buffer.from(hkdfSync('sm3', key, '', `sm4-ctr-hmac-sm3 ${purpose}`, size));
  const [version, counter, tag] = [sealed.subarray(0, 1), sealed.subarray(1, 17), sealed.subarray(-32)];
  const ciphertext = createCipheriv('sm4-ctr', derived('encryption', 16), counter).update('林晓岚');
  expect(version).toEqual(Buffer.of(2));
  expect(sealed.subarray(17, -32)).toEqual(ciphertext);
  const context = Buffer.from('表.列');
  const signed = Buffer.concat([version, counter, Buffer.of(0, 0, 0, context.length), context, ciphertext]);
  expect(tag).toEqual(createHmac('sm3', derived('tag', 32)).update(signed).digest());
});

function withoutSm(name: 'createHash' | 'createCipheriv', work: () => void): void {
  const original = crypto[name];
  const refusing = (): never => {
    throw new Error('Digest method not supported');
  };
  try {
    Object.assign(crypto, { [name]: refusing });
    syncBuiltinESMExports();
    work();
  } finally {
    Object.assign(crypto, { [name]: original });
    syncBuiltinESMExports();
  }
}

const unavailable = expect.objectContaining({ code: 'suite-unavailable' });

test.each(['createHash', 'createCipheriv'] as const)('a build of Node without SM3 or SM4 is named (%s)', (name) => {
  withoutSm(name, () => {
    expect(() => storeCipher('sm4-ctr-hmac-sm3', key)).toThrow(unavailable);
    const aes = storeCipher('aes-256-gcm', key); // which needs neither
    expect(() => aes.open(Uint8Array.of(2, ...Buffer.alloc(48)), 'a')).toThrow(unavailable);
  });
});

test('a store that was begun in SM4 says on such a build what it lacks, and blames no key', () => {
  const file = join(temporaryFolder(), 'store.db');
  openStore(file, { cipher: storeCipher('sm4-ctr-hmac-sm3', key) }).close();
  withoutSm('createHash', () => {
    expect(() => openStore(file, { cipher: storeCipher('aes-256-gcm', key) })).toThrow(unavailable);
  });
});
