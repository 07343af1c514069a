import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeviceError, ethnicities } from '../../../../drivers/core/index.ts';
import { exchange, describe as meaningOf, parseResponse } from '../../../../drivers/social-card-reader/pcsc/apdu.ts';
import { readSocialCard } from '../../../../drivers/social-card-reader/pcsc/read-card.ts';
import {
  decodeRecords,
  encodeRecord,
  encodeRecords,
  parseRecord,
  readByNumber,
  readByTag,
  records,
  selectEnvironment,
  selectFile,
} from '../../../../drivers/social-card-reader/pcsc/records.ts';
import { SimulatedCard } from '../../../../drivers/social-card-reader/pcsc/simulator.ts';
import { messageDecoderConformance } from '../../../conformance/decoder-conformance.ts';
import { socialCard } from '../cards.ts';

interface Published {
  readonly selectSsse: string;
  readonly selectEf05: string;
  readonly selectEf06: string;
  readonly records: readonly {
    readonly tag: string;
    readonly file: string;
    readonly record: number | null;
    readonly valueBytes: number;
    readonly readByRecord: string | null;
    readonly readByTag: string;
  }[];
}
const published = JSON.parse(readFileSync(new URL('./social-card.json', import.meta.url), 'utf8')) as Published;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

describe('the commands to a social security card', () => {
  test('select its environment and files as published, in both forms', () => {
    expect(hex(selectEnvironment())).toBe(published.selectSsse);
    expect(hex(selectFile('issuer', 0x00))).toBe(published.selectEf05);
    expect(hex(selectFile('holder', 0x00))).toBe(published.selectEf06);
    expect(hex(selectFile('issuer', 0x02))).toBe('00A4020002EF05');
  });

  test.each(published.records)('read record $tag as published', ({ tag, file, record, valueBytes, ...commands }) => {
    const place = Object.values(records).find((each) => each.tag === Number.parseInt(tag, 16))!;
    expect(place).toMatchObject({ bytes: valueBytes, file: file === 'EF05' ? 'issuer' : 'holder' });
    expect(hex(readByTag(place))).toBe(commands.readByTag);
    expect('number' in place ? place.number : null).toBe(record);
    if (record !== null) expect(hex(readByNumber(place, record))).toBe(commands.readByRecord);
  });

  test('are never anything but SELECT, READ RECORD and GET RESPONSE: no PIN is ever tried', async () => {
    for (const protocol of ['T=0', 'T=1'] as const) {
      const card = new SimulatedCard(socialCard());
      card.protocol = protocol;
      await readSocialCard(async (command) => card.answer(command));
      expect(
        card.commands.map((command) => command.slice(0, 4)).filter((each) => !/^00(A4|B2|C0)$/.test(each)),
      ).toEqual([]);
    }
  });
});

describe('what a card answers', () => {
  test('is data and status', () => {
    expect(parseResponse(bytes('0803A1A2A39000'))).toEqual({ data: bytes('0803A1A2A3'), status: 0x9000 });
    expect(() => parseResponse(bytes('90'))).toThrow(expect.objectContaining({ code: 'protocol' }));
    expect(() => parseResponse(new Uint8Array(259))).toThrow(expect.objectContaining({ code: 'protocol' }));
  });

  test('is fetched and asked for anew as T=0 wants it', async () => {
    const answers = ['6C05', '6103', '0102036102', '04059000'];
    const sent: string[] = [];
    const response = await exchange(bytes('00B2080014'), async (command) => {
      sent.push(hex(command));
      return bytes(answers.shift() ?? '');
    });
    expect(sent).toEqual(['00B2080014', '00B2080005', '00C0000003', '00C0000002']);
    expect(response).toEqual({ data: bytes('0102030405'), status: 0x9000 });
  });

  test.each(['6C01', '6101', '6100'])('%s without end is a broken card', async (answer) => {
    await expect(exchange(bytes('00B2080014'), async () => bytes(answer))).rejects.toMatchObject({ code: 'protocol' });
  });

  test('is named for technicians', () => {
    expect([meaningOf(0x6a82), meaningOf(0x6f01)]).toEqual([
      'status 6A82, file or application not found',
      'status 6F01',
    ]);
  });

  test('of random bytes to every command reads as something or fails with a DeviceError', async () => {
    const answer = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ maxLength: 40 }).map((data) => Uint8Array.of(...data, 0x90, 0x00)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 60 }), async (answers) => {
        let at = 0;
        const result = await readSocialCard(async () => answers[at++ % answers.length]!).catch(
          (error: unknown) => error,
        );
        if (result instanceof Error) expect(result).toBeInstanceOf(DeviceError);
        expect(at).toBeLessThan(400);
      }),
      { numRuns: 300 },
    );
  });
});

messageDecoderConformance('a response APDU', parseResponse, bytes('08039000'));
messageDecoderConformance('a record', parseRecord, bytes('0803A1A2A3'));
messageDecoderConformance(
  'a name',
  (name) => decodeRecords({ ...encodeRecords(socialCard()), name: name.subarray(0, 30) }),
  encodeRecords(socialCard()).name!,
);

describe('the records of a card', () => {
  test('are read from the bytes that a card holds', () => {
    const values = {
      socialSecurityNumber: Buffer.from('11010519491231002X'),
      name: Buffer.concat([bytes('D1F9B1BED2BB'), Buffer.alloc(24)]), // 样本一 in GBK
      sex: bytes('32'),
      ethnicity: bytes('01'),
      birth: bytes('19491231'),
      birthPlace: bytes('110105'),
      cardNumber: Buffer.from('A12345678'),
      specificationVersion: Buffer.from('2.00'),
      issuedOn: bytes('20190301'),
      validTo: bytes('FFFFFFFF'),
      initialisingOrganisation: bytes('9100000211FFFFFFFFFFFFFF'),
      category: bytes('33'),
      cardIdentifier: bytes('110105D156000005ABCDEF0123456789'),
    };
    const { validTo: _, ...rest } = socialCard({ initialisingOrganisation: '9100000211' });
    expect(decodeRecords(values)).toEqual(rest);
  });

  test('a long name goes on in its extension, even where a character is cut in two', () => {
    const name = `a${'样本'.repeat(10)}`;
    const values = encodeRecords(socialCard({ name }));
    expect(values.name).toHaveLength(30);
    expect(decodeRecords(values).name).toBe(name);
    const short = encodeRecords(socialCard({ name: '样本' }));
    const stray = { ...short, nameExtension: values.nameExtension! };
    expect(decodeRecords(stray).name).toBe('样本');
  });

  test('a number whose check digit does not fit is read, and said to be odd', () => {
    const card = socialCard({ socialSecurityNumber: '110105194912310021', socialSecurityNumberValid: false });
    expect(decodeRecords(encodeRecords(card))).toEqual(card);
  });

  test.each([
    ['socialSecurityNumber', new Uint8Array(18)],
    ['socialSecurityNumber', Buffer.from('1101051949\u00011002X0')],
    ['name', new Uint8Array(30)],
    ['name', bytes('0102')],
    ['name', bytes('D1F90AD1F9')],
  ] as const)('without a usable %s a card cannot be read, and the error quotes nothing', (field, value) => {
    const values = { ...encodeRecords(socialCard()), [field]: value };
    const error = (() => {
      try {
        return decodeRecords(values);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({ code: 'invalid-media', message: expect.stringContaining(field) });
    expect(String(error)).not.toMatch(/1101|1949|样|002X/);
  });

  test.each([
    ['sex', bytes('38')],
    ['birth', bytes('19490230')],
    ['birth', bytes('ABCDEFAB')],
    ['birthPlace', bytes('1101')],
    ['ethnicity', bytes('FF')],
    ['cardNumber', bytes('808182')],
  ] as const)('a %s that makes no sense is left out', (field, value) => {
    const card = decodeRecords({ ...encodeRecords(socialCard()), [field]: value });
    expect(card).not.toHaveProperty(field);
    expect(card.name).toBe('样本一');
  });

  test('too long a field cannot be written', () => {
    expect(() => encodeRecords(socialCard({ cardNumber: '1234567890' }))).toThrow(
      expect.objectContaining({ code: 'invalid-data' }),
    );
    expect(() => encodeRecords(socialCard({ name: '样'.repeat(26) }))).toThrow(
      expect.objectContaining({ code: 'invalid-data' }),
    );
  });

  test('survive writing and reading', () => {
    const printable = (maxLength: number) =>
      fc.stringMatching(/^[!-~]+$/, { maxLength }).filter((text) => text.length <= maxLength);
    const numbers = (length: number) => fc.stringMatching(new RegExp(`^\\d{${length}}$`));
    const day = fc
      .date({ min: new Date('1900-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10));
    const name = fc
      .array(fc.constantFrom(...'样本一二三买买提·𠮷㐂卓玛'), { minLength: 1, maxLength: 12 })
      .map((characters) => characters.join(''));
    const card = fc.record(
      {
        name,
        cardNumber: printable(9),
        sex: fc.constantFrom('unknown', 'male', 'female', 'not-stated'),
        ethnicity: fc.constantFrom(...Object.keys(ethnicities)).map((code) => ({ code, name: ethnicities[code] })),
        birth: day,
        birthPlace: numbers(6),
        issuedOn: day,
        validTo: day,
        specificationVersion: printable(4),
        category: printable(1),
        cardIdentifier: fc.stringMatching(/^[0-9A-F]{32}$/),
        initialisingOrganisation: numbers(24),
      },
      { requiredKeys: ['name'] },
    );
    fc.assert(
      fc.property(card, (some) => {
        const whole = { socialSecurityNumber: '11010519491231002X', socialSecurityNumberValid: true, ...some };
        expect(decodeRecords(encodeRecords(whole as ReturnType<typeof socialCard>))).toEqual(whole);
      }),
    );
    fc.assert(
      fc.property(fc.nat(255), fc.uint8Array({ maxLength: 255 }), (tag, value) => {
        expect(parseRecord(encodeRecord({ tag }, value))).toEqual({ tag, value });
      }),
    );
  });
});
