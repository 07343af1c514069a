import { DeviceError } from '../../drivers/core/index.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import {
  bareTags,
  type GroupName,
  groupTags,
  type IppAttribute,
  type IppMessage,
  type IppValue,
  languageTags,
  numberTags,
  otherTags,
  stringTags,
} from './values.ts';

/**
 * IPP messages as RFC 8010 section 3 writes them, all numbers big-endian:
 *
 *   version 2 x u8 | operation or status u16 | request id u32 | groups | 0x03 | document, if any
 *   group      tag u8, then attributes
 *   attribute  value tag u8 | name length u16 | name | value length u16 | value; each further value has an empty name
 *   collection 0x34 with an empty value, for each member 0x4A with its name as the value, then its values, last 0x37
 */
const END_OF_ATTRIBUTES = 0x03;
const FIRST_VALUE_TAG = 0x10; // RFC 8010 3.5: delimiters lie below
const MAX_NAME_BYTES = 255; // RFC 8011 5.1.4: attribute names are keywords
/** Hardly any real message exceeds 20 kB, 300 attributes and two levels. */
const MAX_VALUES = 10_000;
const MAX_DEPTH = 8;

const encoder = new TextEncoder();
/** Printers send Latin-1 in messages for people; a wrong character there is no reason to drop the reply. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const groupNames = invert(groupTags);
const bareTypes = invert(bareTags);
const numberTypes = invert(numberTags);
const languageTypes = invert(languageTags);
const stringTypes = invert({
  text: stringTags.text.tag,
  name: stringTags.name.tag,
  keyword: stringTags.keyword.tag,
  uri: stringTags.uri.tag,
  'uri-scheme': stringTags['uri-scheme'].tag,
  charset: stringTags.charset.tag,
  'natural-language': stringTags['natural-language'].tag,
  'mime-media-type': stringTags['mime-media-type'].tag,
});

function invert<K extends string>(tags: Readonly<Record<K, number>>): ReadonlyMap<number, K> {
  const entries: [number, K][] = [];
  for (const key in tags) entries.push([tags[key], key]);
  return new Map(entries);
}

/**
 * The message's bytes up to and with the end-of-attributes tag; a document goes right behind them. Fails `invalid-data`
 * for values that IPP cannot carry: too long, no integer, an attribute without values.
 */
export function encodeMessage({ version, code, requestId, groups }: IppMessage): Uint8Array {
  const out = new ByteWriter();
  out.u8(version[0]).u8(version[1]).u16(code).u32(requestId);
  for (const { group, attributes } of groups) {
    out.u8(groupTags[group]);
    for (const attribute of attributes) writeAttribute(out, attribute);
  }
  return out.u8(END_OF_ATTRIBUTES).bytes();
}

function writeAttribute(out: ByteWriter, { name, values }: IppAttribute): void {
  const nameBytes = encoder.encode(name);
  if (nameBytes.length === 0 || nameBytes.length > MAX_NAME_BYTES || values.length === 0) {
    throw new DeviceError(
      'invalid-data',
      `IPP attribute "${name}" needs a name of 1 to ${MAX_NAME_BYTES} bytes and a value`,
    );
  }
  for (const [index, value] of values.entries()) {
    writeValue(out, index === 0 ? nameBytes : new Uint8Array(), value, name);
  }
}

function writeValue(out: ByteWriter, nameBytes: Uint8Array, value: IppValue, name: string): void {
  if (value.type === 'collection') {
    out.u8(otherTags.collection).sized(nameBytes).u16(0);
    for (const member of value.members) writeMember(out, member);
    out.u8(otherTags['end-collection']).u16(0).u16(0);
    return;
  }
  const { tag, bytes } = tagAndBytes(value, name);
  out.u8(tag).sized(nameBytes).sized(bytes);
}

function writeMember(out: ByteWriter, { name, values }: IppAttribute): void {
  const nameBytes = encoder.encode(name);
  if (nameBytes.length === 0 || nameBytes.length > MAX_NAME_BYTES || values.length === 0) {
    throw new DeviceError(
      'invalid-data',
      `IPP member "${name}" needs a name of 1 to ${MAX_NAME_BYTES} bytes and a value`,
    );
  }
  out.u8(otherTags['member-name']).u16(0).sized(nameBytes);
  for (const value of values) writeValue(out, new Uint8Array(), value, name);
}

function tagAndBytes(
  value: Exclude<IppValue, { type: 'collection' }>,
  name: string,
): { tag: number; bytes: Uint8Array } {
  const writer = new ByteWriter();
  switch (value.type) {
    case 'unsupported':
    case 'unknown':
    case 'no-value':
      return { tag: bareTags[value.type], bytes: writer.bytes() };
    case 'integer':
    case 'enum':
      return { tag: numberTags[value.type], bytes: writer.i32(value.value).bytes() };
    case 'boolean':
      return { tag: otherTags.boolean, bytes: writer.u8(value.value ? 1 : 0).bytes() };
    case 'text-with-language':
    case 'name-with-language':
      writer.sized(encoder.encode(value.language)).sized(encoder.encode(value.value));
      return { tag: languageTags[value.type], bytes: writer.bytes() };
    case 'range':
      return { tag: otherTags.range, bytes: writer.i32(value.lower).i32(value.upper).bytes() };
    case 'resolution':
      writer
        .i32(value.crossFeed)
        .i32(value.feed)
        .u8(value.units === 'per-inch' ? 3 : 4);
      return { tag: otherTags.resolution, bytes: writer.bytes() };
    case 'octet-string':
    case 'date-time':
      return { tag: otherTags[value.type], bytes: value.bytes };
    case 'other':
      return { tag: value.tag, bytes: value.bytes };
    default: {
      const { tag, maxBytes } = stringTags[value.type];
      const bytes = encoder.encode(value.value);
      if (bytes.length > maxBytes) {
        throw new DeviceError('invalid-data', `IPP ${name}: ${bytes.length} bytes, ${value.type} holds ${maxBytes}`);
      }
      return { tag, bytes };
    }
  }
}

/** Takes a message apart; `document` is what follows it. Anything but a well-formed message fails `protocol`. */
export function decodeMessage(bytes: Uint8Array): { message: IppMessage; document: Uint8Array } {
  const input = new ByteReader(bytes);
  const version = [input.u8(), input.u8()] as const;
  const [code, requestId] = [input.u16(), input.u32()];
  const groups: { group: GroupName; attributes: { name: string; values: IppValue[] }[] }[] = [];
  const budget = { values: MAX_VALUES };
  for (;;) {
    const tag = input.u8();
    if (tag === END_OF_ATTRIBUTES) break;
    if (tag < FIRST_VALUE_TAG) {
      const group = groupNames.get(tag);
      if (!group) throw malformed(input, `group tag 0x${tag.toString(16)}`);
      groups.push({ group, attributes: [] });
      continue;
    }
    const attributes = groups.at(-1)?.attributes;
    if (!attributes) throw malformed(input, 'an attribute before any group');
    const name = decoder.decode(input.sized());
    const value = readValue(input, tag, budget, 0);
    const current = name === '' ? attributes.at(-1) : undefined;
    if (current) current.values.push(value);
    else if (name !== '') attributes.push({ name, values: [value] });
    else throw malformed(input, 'a further value without an attribute');
  }
  return { message: { version, code, requestId, groups }, document: input.rest() };
}

function readValue(input: ByteReader, tag: number, budget: { values: number }, depth: number): IppValue {
  budget.values -= 1;
  if (budget.values < 0) throw malformed(input, `more than ${MAX_VALUES} values`);
  const bytes = input.sized();
  if (tag === otherTags.collection) return { type: 'collection', members: readMembers(input, budget, depth + 1) };
  return plainValue(tag, bytes);
}

function readMembers(input: ByteReader, budget: { values: number }, depth: number): IppAttribute[] {
  if (depth > MAX_DEPTH) throw malformed(input, `collections nested deeper than ${MAX_DEPTH}`);
  const members: { name: string; values: IppValue[] }[] = [];
  for (;;) {
    const tag = input.u8();
    if (tag < FIRST_VALUE_TAG) throw malformed(input, 'a collection that does not end');
    if (input.sized().length > 0) throw malformed(input, 'a named attribute inside a collection');
    if (tag === otherTags['end-collection']) {
      input.sized();
      if (members.some(({ name, values }) => name === '' || values.length === 0)) {
        throw malformed(input, 'a member without a name or a value');
      }
      return members;
    }
    if (tag === otherTags['member-name']) {
      budget.values -= 1;
      members.push({ name: decoder.decode(input.sized()), values: [] });
      continue;
    }
    const value = readValue(input, tag, budget, depth);
    const member = members.at(-1);
    if (!member) throw malformed(input, 'a member value without a name');
    member.values.push(value);
  }
}

function plainValue(tag: number, bytes: Uint8Array): IppValue {
  const input = new ByteReader(bytes);
  const bare = bareTypes.get(tag);
  if (bare) return { type: bare }; // RFC 8010 3.8: any value they carry is ignored
  const value = sizedValue(tag, input);
  if (value) {
    if (input.rest().length > 0) throw malformed(input, `a value too long for tag 0x${tag.toString(16)}`);
    return value;
  }
  const string = stringTypes.get(tag);
  if (string) return { type: string, value: decoder.decode(bytes) };
  if (tag === otherTags['member-name'] || tag === otherTags['end-collection']) {
    throw malformed(input, 'a collection tag outside a collection');
  }
  if (tag === otherTags['octet-string']) return { type: 'octet-string', bytes: bytes.slice() };
  return { type: 'other', tag, bytes: bytes.slice() };
}

/** Values whose length their tag fixes, or that carry their lengths inside. */
function sizedValue(tag: number, input: ByteReader): IppValue | undefined {
  const number = numberTypes.get(tag);
  if (number) return { type: number, value: input.i32() };
  const withLanguage = languageTypes.get(tag);
  if (withLanguage) {
    return { type: withLanguage, language: decoder.decode(input.sized()), value: decoder.decode(input.sized()) };
  }
  if (tag === otherTags.boolean) return { type: 'boolean', value: input.u8() !== 0 };
  if (tag === otherTags.range) return { type: 'range', lower: input.i32(), upper: input.i32() };
  if (tag === otherTags['date-time']) return { type: 'date-time', bytes: input.take(11).slice() };
  if (tag === otherTags.resolution) {
    const [crossFeed, feed, units] = [input.i32(), input.i32(), input.u8()];
    return { type: 'resolution', crossFeed, feed, units: units === 4 ? 'per-cm' : 'per-inch' };
  }
  return undefined;
}

function malformed(input: ByteReader, what: string): DeviceError {
  return new DeviceError('protocol', `IPP message: ${what} before byte ${input.at}`);
}
