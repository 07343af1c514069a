import iconv from 'iconv-lite';
import { DeviceError, dayFromDigits, ethnicities, isValidIdNumber, sexes } from '../../core/index.ts';
import type { SocialCard } from '../contract.ts';

/** The environment of social security applications (SSSE): `sx1.sh.` and 社会保障 in GBK. LD/T 32. */
export const ENVIRONMENT = Uint8Array.from(Buffer.from('7378312E73682EC9E7BBE1B1A3D5CF', 'hex'));

export const files = { issuer: 0xef05, holder: 0xef06 } as const;
export type FileName = keyof typeof files;

/** P1 of SELECT for a file by its identifier: two forms are in use. */
export const selectForms = [0x00, 0x02] as const;

export interface RecordPlace {
  readonly tag: number;
  readonly file: FileName;
  /** Of the value, without tag and length. */
  readonly bytes: number;
  /** Its number in the file, where that is the same on every version of the card. */
  readonly number?: number;
}

const place = (tag: number, file: FileName, bytes: number, number?: number): RecordPlace => ({
  tag,
  file,
  bytes,
  ...(number !== undefined && { number }),
});

/** The records that need no key. Two public code bases agree on tags and lengths; see the README. */
export const records = {
  cardIdentifier: place(0x01, 'issuer', 16, 1),
  category: place(0x02, 'issuer', 1, 2),
  specificationVersion: place(0x03, 'issuer', 4, 3),
  initialisingOrganisation: place(0x04, 'issuer', 12, 4),
  issuedOn: place(0x05, 'issuer', 4, 5),
  validTo: place(0x06, 'issuer', 4, 6),
  cardNumber: place(0x07, 'issuer', 9, 7),
  socialSecurityNumber: place(0x08, 'holder', 18, 1),
  name: place(0x09, 'holder', 30, 2),
  nameExtension: place(0x4e, 'holder', 20),
  sex: place(0x0a, 'holder', 1),
  ethnicity: place(0x0b, 'holder', 1),
  birthPlace: place(0x0c, 'holder', 3),
  birth: place(0x0d, 'holder', 4),
} as const satisfies Record<string, RecordPlace>;
export type RecordName = keyof typeof records;

export function selectEnvironment(): Uint8Array {
  return Uint8Array.of(0x00, 0xa4, 0x04, 0x00, ENVIRONMENT.length, ...ENVIRONMENT);
}

export function selectFile(file: FileName, form: (typeof selectForms)[number]): Uint8Array {
  return Uint8Array.of(0x00, 0xa4, form, 0x00, 0x02, files[file] >> 8, files[file] & 0xff);
}

/** READ RECORD with the tag in P1. */
export function readByTag({ tag, bytes }: RecordPlace): Uint8Array {
  return Uint8Array.of(0x00, 0xb2, tag, 0x00, bytes + 2);
}

/** READ RECORD of the file that is selected, by number. */
export function readByNumber({ bytes }: RecordPlace, number: number): Uint8Array {
  return Uint8Array.of(0x00, 0xb2, number, 0x04, bytes + 2);
}

/** Tag, length, value. Fails `protocol` where these bytes are not that. */
export function parseRecord(data: Uint8Array): { readonly tag: number; readonly value: Uint8Array } {
  const [tag, length] = data;
  if (tag === undefined || length === undefined || data.length < 2 + length) {
    throw new DeviceError('protocol', `a record of ${data.length} bytes that is not tag, length and value`);
  }
  return { tag, value: data.slice(2, 2 + length) };
}

export function encodeRecord({ tag }: Pick<RecordPlace, 'tag'>, value: Uint8Array): Uint8Array {
  return Uint8Array.of(tag, value.length, ...value);
}

export type RecordValues = Readonly<Partial<Record<RecordName, Uint8Array>>>;

/**
 * What the records of a card say. Fails `invalid-media` where number or name are missing; the message quotes nothing. Records
 * that make no sense are left out.
 */
export function decodeRecords(values: RecordValues): SocialCard {
  const socialSecurityNumber = text(values.socialSecurityNumber);
  const name = holderName(values);
  if (!/^[0-9A-Za-z]{1,18}$/.test(socialSecurityNumber)) throw unreadable('socialSecurityNumber');
  if (name === '' || /\p{Cc}/u.test(name)) throw unreadable('name');
  const ethnicity = digits(values.ethnicity);
  const optional = {
    cardNumber: text(values.cardNumber),
    sex: sexes[text(values.sex)],
    ethnicity: ethnicity.length === 2 ? { code: ethnicity, name: ethnicities[ethnicity] } : undefined,
    birth: dayFromDigits(digits(values.birth)),
    birthPlace: /^\d{6}$/.test(digits(values.birthPlace)) ? digits(values.birthPlace) : undefined,
    issuedOn: dayFromDigits(digits(values.issuedOn)),
    validTo: dayFromDigits(digits(values.validTo)),
    specificationVersion: text(values.specificationVersion),
    category: text(values.category),
    cardIdentifier: Buffer.from(values.cardIdentifier ?? [])
      .toString('hex')
      .toUpperCase(),
    initialisingOrganisation: digits(values.initialisingOrganisation),
  };
  const present = Object.entries(optional).filter(([, value]) => value !== undefined && value !== '');
  const upper = socialSecurityNumber.toUpperCase();
  return {
    socialSecurityNumber: upper,
    socialSecurityNumberValid: isValidIdNumber(upper),
    name,
    ...Object.fromEntries(present),
  };
}

/** The other direction, for simulators. Fails `invalid-data` where a field does not fit its record. */
export function encodeRecords(card: SocialCard): RecordValues {
  const name = iconv.encode(card.name, 'gb18030');
  const nameBytes = records.name.bytes;
  const values: Partial<Record<RecordName, Uint8Array>> = {
    socialSecurityNumber: padded('socialSecurityNumber', Buffer.from(card.socialSecurityNumber, 'latin1')),
    name: padded('name', name.subarray(0, nameBytes)),
    ...(name.length > nameBytes && { nameExtension: padded('nameExtension', name.subarray(nameBytes)) }),
  };
  for (const field of ['cardNumber', 'specificationVersion', 'category'] as const) {
    const value = card[field];
    if (value !== undefined) values[field] = padded(field, Buffer.from(value, 'latin1'));
  }
  const sex = Object.keys(sexes).find((code) => sexes[code] === card.sex);
  if (sex !== undefined) values.sex = padded('sex', Buffer.from(sex, 'latin1'));
  const numbers = {
    ethnicity: card.ethnicity?.code,
    birth: card.birth?.replaceAll('-', ''),
    birthPlace: card.birthPlace,
    issuedOn: card.issuedOn?.replaceAll('-', ''),
    validTo: card.validTo?.replaceAll('-', ''),
    cardIdentifier: card.cardIdentifier,
    initialisingOrganisation: card.initialisingOrganisation,
  } as const;
  for (const field of Object.keys(numbers) as (keyof typeof numbers)[]) {
    const value = numbers[field];
    if (value !== undefined) values[field] = packed(field, value);
  }
  return values;
}

/** Format `an`: one byte a character, 00 on the right. */
function text(value: Uint8Array | undefined): string {
  const characters = upToZero(value).toString('latin1').trim();
  return /^[\x20-\x7e]*$/.test(characters) ? characters : '';
}

/** Format `cn`: two digits a byte, F on the right. Anything else is no number. */
function digits(value: Uint8Array | undefined): string {
  const hex = Buffer.from(value ?? [])
    .toString('hex')
    .replace(/f+$/, '');
  return /^\d*$/.test(hex) ? hex : '';
}

/** GBK, of which GB 18030 is the larger sister. The extension goes on where the name has filled its record. */
function holderName({ name, nameExtension }: RecordValues): string {
  const [first, rest] = [upToZero(name), upToZero(nameExtension)];
  const whole = first.length === records.name.bytes ? Buffer.concat([first, rest]) : first;
  return iconv.decode(whole, 'gb18030').trim();
}

function upToZero(value: Uint8Array | undefined): Buffer {
  const bytes = Buffer.from(value ?? []);
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

function padded(field: RecordName, value: Uint8Array, filler = 0x00): Uint8Array {
  const { bytes } = records[field];
  if (value.length > bytes)
    throw new DeviceError('invalid-data', `${field}: ${value.length} bytes, and room for ${bytes}`);
  return Uint8Array.from({ length: bytes }, (_, at) => value[at] ?? filler);
}

function packed(field: RecordName, value: string): Uint8Array {
  const even = value.length % 2 === 0 ? value : `${value}F`;
  return padded(field, Buffer.from(even, 'hex'), 0xff);
}

function unreadable(field: RecordName): DeviceError {
  return new DeviceError('invalid-media', `social security card: ${field} is missing or makes no sense`);
}
