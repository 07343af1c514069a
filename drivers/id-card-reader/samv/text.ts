import { DeviceError, dayFromDigits, ethnicities, isValidIdNumber, sexes } from '../../core/index.ts';
import { type CardDate, type IdCard, idCardTypes } from '../contract.ts';
import { isValidPermitNumber } from './id-number.ts';
import { CARD_TYPE_OFFSET, TEXT_BYTES, type TextField, textLayouts, typeLetters } from './text-layouts.ts';

const LONG_TERM = '长期';

/** Fields that a card shows as they stand and that its layout may lack. */
const plainFields = [
  'chineseName',
  'address',
  'issuer',
  'passNumber',
  'issueCount',
  'nationality',
  'cardVersion',
  'acceptingAuthority',
  'renewalCount',
  'formerNumberLink',
] as const satisfies readonly (TextField & keyof IdCard)[];

/**
 * The 256 text bytes of a card. Fails `protocol` on any other number of bytes, and `invalid-media` where a field that every
 * card has is missing or makes no sense; the message names the field and never quotes it.
 */
export function decodeText(block: Uint8Array): IdCard {
  if (block.length !== TEXT_BYTES) {
    throw new DeviceError('protocol', `a text block of ${block.length} bytes where ${TEXT_BYTES} are due`);
  }
  // Not TextDecoder: it would replace a lone surrogate, and rare names keep their code units.
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.length);
  const letter = bytes.toString('utf16le', CARD_TYPE_OFFSET, CARD_TYPE_OFFSET + 2);
  const cardType = idCardTypes.find((type) => typeLetters[type] === letter) ?? 'citizen';
  const raw: Partial<Record<TextField, string>> = {};
  for (const { field, offset, bytes: length } of textLayouts[cardType]) {
    raw[field] = bytes.toString('utf16le', offset, offset + length);
  }
  const text = (field: TextField): string => withoutPadding(raw[field] ?? '');
  const needed = (field: TextField): string => text(field) || unreadable(field, 'empty');
  const date = (field: TextField): CardDate =>
    dayFromDigits(text(field)) ?? unreadable(field, 'not a day of the calendar');

  const latinName = withoutPadding(`${raw.latinName ?? ''}${raw.latinNameEnd ?? ''}`);
  const ethnicity = text('ethnicity');
  const idNumber = needed('idNumber');
  const plain: Partial<Record<(typeof plainFields)[number], string>> = {};
  for (const field of plainFields) if (text(field)) plain[field] = text(field);
  return {
    cardType,
    name: text('name') || latinName || unreadable('name', 'empty'),
    ...(latinName && { latinName }),
    sex: sexes[text('sex')] ?? unreadable('sex', 'not a code of GB/T 2261.1'),
    ...(ethnicity && { ethnicity: { code: ethnicity, name: ethnicities[ethnicity] } }),
    birth: date('birth'),
    idNumber,
    validFrom: date('validFrom'),
    validTo: text('validTo') === LONG_TERM ? 'long-term' : date('validTo'),
    ...plain,
    idNumberValid: cardType === 'foreigner-2017' ? isValidPermitNumber(idNumber) : isValidIdNumber(idNumber),
  };
}

/** The other direction, for simulators. Fails `invalid-data` where a field does not fit its place on the card. */
export function encodeText(card: IdCard): Uint8Array {
  const block = Buffer.alloc(TEXT_BYTES, ' ', 'utf16le');
  block.write(typeLetters[card.cardType], CARD_TYPE_OFFSET, 'utf16le');
  const latinNamePlace = textLayouts['foreigner-2023'].find(({ field }) => field === 'latinName');
  const latinNameLength = (latinNamePlace?.bytes ?? 0) / 2;
  const values: Partial<Record<TextField, string>> = {
    ...Object.fromEntries(plainFields.map((field) => [field, card[field]])),
    name: card.name === card.latinName ? '' : card.name,
    latinName: card.latinName?.slice(0, latinNameLength) ?? '',
    latinNameEnd: card.latinName?.slice(latinNameLength) ?? '',
    sex: Object.keys(sexes).find((code) => sexes[code] === card.sex) ?? '',
    ethnicity: card.ethnicity?.code ?? '',
    birth: withoutDashes(card.birth),
    idNumber: card.idNumber,
    validFrom: withoutDashes(card.validFrom),
    validTo: card.validTo === 'long-term' ? LONG_TERM : withoutDashes(card.validTo),
  };
  for (const { field, offset, bytes } of textLayouts[card.cardType]) {
    const value = values[field] ?? '';
    if (value.length * 2 > bytes) {
      throw new DeviceError(
        'invalid-data',
        `text block: ${field} has ${value.length} characters, and room for ${bytes / 2}`,
      );
    }
    block.write(value, offset, 'utf16le');
  }
  return block;
}

function unreadable(field: TextField, why: string): never {
  throw new DeviceError('invalid-media', `text block: ${field} is ${why}`);
}

/** Cards pad with U+0020, some with U+0000. */
export function withoutPadding(text: string): string {
  const isPadding = (at: number): boolean => text[at] === ' ' || text[at] === '\0';
  let [start, end] = [0, text.length];
  while (end > start && isPadding(end - 1)) end -= 1;
  while (start < end && isPadding(start)) start += 1;
  return text.slice(start, end);
}

function withoutDashes(date: CardDate): string {
  return date.replaceAll('-', '');
}
