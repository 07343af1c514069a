import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeviceError, ethnicities } from '../../../../drivers/core/index.ts';
import type { IdCard } from '../../../../drivers/id-card-reader/contract.ts';
import { decodeText, encodeText } from '../../../../drivers/id-card-reader/samv/text.ts';
import { citizenCard, foreigner2017Card, foreigner2023Card, permitCard } from './cards.ts';
import { textBlock } from './vectors.ts';

/** The specimen's bytes with other text at `offset`. */
function specimenWith(offset: number, text: string): Buffer {
  const block = Buffer.from(textBlock('domestic'));
  block.write(text, offset, 'utf16le');
  return block;
}

function failure(block: Uint8Array): unknown {
  try {
    return decodeText(block);
  } catch (error) {
    return error;
  }
}

describe('the text of a card', () => {
  const published: [string, IdCard][] = [
    ['domestic', citizenCard({ name: '证件样本' })],
    [
      'domestic-long',
      citizenCard({
        name: '样本长期',
        sex: 'male',
        birth: '1880-01-01',
        address: '广东省汕头市示例路2号',
        idNumber: '440524188001010014',
        issuer: '汕头市公安局示例分局',
        validTo: 'long-term',
      }),
    ],
    ['hmt-J', permitCard()],
    ['foreign2017-I', foreigner2017Card()],
    ['foreign2023-Y', foreigner2023Card()],
  ];

  test.each(published)('of the specimen %s reads as published, and writes back byte for byte', (id, card) => {
    expect(decodeText(textBlock(id))).toEqual(card);
    expect(Buffer.from(encodeText(card))).toEqual(textBlock(id));
  });

  test('is padded with U+0000 on some cards', () => {
    const block = Buffer.from(textBlock('domestic'));
    for (let at = 0; at < 248; at += 2) if (block.readUInt16LE(at) === 0x20) block.writeUInt16LE(0, at);
    expect(decodeText(block)).toEqual(citizenCard({ name: '证件样本' }));
  });

  test('keeps the code units of rare characters: outside the basic plane, private, and half a pair', () => {
    const name = '𠮷\u{e863}·\u{d842}';
    expect(decodeText(specimenWith(0, name.padEnd(15))).name).toBe(name);
    expect(decodeText(encodeText(citizenCard({ name }))).name).toBe(name);
  });

  test('joins a Latin name that runs over its first place, a space at the seam included', () => {
    const latinName = `${'A'.repeat(34)} BCDEFGHIJKL`.slice(0, 46);
    expect(latinName[34]).toBe(' ');
    expect(decodeText(encodeText(foreigner2023Card({ latinName }))).latinName).toBe(latinName);
  });

  test('of a foreigner without a Chinese name shows the Latin one', () => {
    const card = foreigner2023Card({ name: 'ZHENGJIAN YANGBEN', latinName: 'ZHENGJIAN YANGBEN' });
    expect(decodeText(encodeText(card))).toEqual(card);
  });

  test('with an unknown letter for its kind is a citizen card', () => {
    expect(decodeText(specimenWith(248, 'A')).cardType).toBe('citizen');
  });

  test('with a number whose check digit does not fit reads well, and says so', () => {
    expect(decodeText(specimenWith(122, '110105194912310021'))).toMatchObject({ idNumberValid: false });
    const permit = foreigner2017Card({ idNumber: 'CAN110081080311' });
    expect(decodeText(encodeText(permit)).idNumberValid).toBe(false);
  });

  test('with a code of ethnicity that the standard lacks keeps the code', () => {
    expect(decodeText(specimenWith(32, '57')).ethnicity).toEqual({ code: '57', name: undefined });
  });

  test('knows the 56 ethnicities of GB/T 3304 and its two further codes', () => {
    expect(Object.keys(ethnicities)).toHaveLength(58);
    expect([ethnicities['01'], ethnicities['46'], ethnicities['56'], ethnicities['98']]).toEqual([
      '汉',
      '德昂',
      '基诺',
      '外国血统中国籍人士',
    ]);
  });

  test.each([
    ['name', 0, ' '.repeat(15)],
    ['sex', 30, '3'],
    ['birth', 36, '19490230'],
    ['birth', 36, '19491301'],
    ['birth', 36, '1949-2-3'],
    ['birth', 36, ' '.repeat(8)],
    ['birth', 36, '长期'.padEnd(8)],
    ['idNumber', 122, ' '.repeat(18)],
    ['validFrom', 188, '00000000'],
    ['validTo', 204, '长期有效'.padEnd(8)],
  ])('without a usable %s cannot be read, and the error quotes nothing of it', (field, offset, text) => {
    const error = failure(specimenWith(offset, text));
    expect(error).toBeInstanceOf(DeviceError);
    expect(error).toMatchObject({ code: 'invalid-media', message: expect.stringContaining(field) });
    const message = error instanceof Error ? error.message : '';
    for (const secret of ['证件', '1949', '110105', '朝阳', text.trim()]) {
      if (secret) expect(message).not.toContain(secret);
    }
  });

  test.each([0, 255, 257])('of %i bytes is no text block', (length) => {
    expect(failure(new Uint8Array(length))).toMatchObject({ code: 'protocol' });
  });

  test.each([
    ['name', { name: '名'.repeat(16) }],
    ['address', { address: '路'.repeat(36) }],
    ['issuer', { issuer: '局'.repeat(16) }],
  ])('does not take a %s that is too long', (field, change) => {
    expect(() => encodeText(citizenCard(change))).toThrow(expect.objectContaining({ code: 'invalid-data' }));
    expect(() => encodeText(citizenCard(change))).toThrow(field);
  });

  test('of 256 random bytes reads as something or fails with a DeviceError', () => {
    const letter = fc.constantFrom(' ', 'I', 'J', 'Y');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 256, maxLength: 256 }), letter, (random, type) => {
        const block = Buffer.from(random);
        block.write(type, 248, 'utf16le');
        const result = failure(block);
        if (result instanceof Error) expect(result).toBeInstanceOf(DeviceError);
      }),
    );
  });

  const text = (maxLength: number) =>
    fc.string({ unit: 'binary', minLength: 1, maxLength }).filter((some) => {
      const fits = some.length <= maxLength;
      return fits && !/^[ \0]|[ \0]$/.test(some);
    });
  const date = fc
    .date({ min: new Date('1900-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
    .map((day) => day.toISOString().slice(0, 10));
  const number = fc
    .stringMatching(/^[1-9]\d{16}$/)
    .map((digits) => `${digits}${'1 0 X 9 8 7 6 5 4 3 2'.split(' ')[weigh(digits)]}`);

  test('of every card survives writing and reading, whatever characters its fields hold', () => {
    const common = fc.record({
      sex: fc.constantFrom('unknown', 'male', 'female', 'not-stated'),
      birth: date,
      idNumber: number,
      validFrom: date,
      validTo: fc.oneof(date, fc.constant('long-term')),
    });
    const citizen = fc.record({ name: text(15), address: text(35), issuer: text(15) }).map(citizenCard);
    const permit = fc.record({ name: text(15), passNumber: text(9), issueCount: text(2) }).map(permitCard);
    const newer = fc
      .record({ name: text(15), latinName: text(46), renewalCount: text(2), nationality: text(3) })
      .filter(({ name, latinName }) => name !== latinName)
      .map(foreigner2023Card);
    fc.assert(
      fc.property(fc.oneof(citizen, permit, newer), common, (specific, shared) => {
        const card = { ...specific, ...shared } as IdCard;
        expect(decodeText(encodeText(card))).toEqual(card);
      }),
    );
  });
});

function weigh(digits: string): number {
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  return weights.reduce((sum, weight, at) => sum + weight * Number(digits[at]), 0) % 11;
}
