/** RFC 8010 section 3.5.1: delimiter tags of the attribute groups. */
export const groupTags = {
  operation: 0x01,
  job: 0x02,
  printer: 0x04,
  unsupported: 0x05,
  subscription: 0x06,
  'event-notification': 0x07,
  resource: 0x08,
  document: 0x09,
  system: 0x0a,
} as const;
export type GroupName = keyof typeof groupTags;

/** RFC 8010 section 3.5.2: an attribute that is named and has no value. */
export const bareTags = { unsupported: 0x10, unknown: 0x12, 'no-value': 0x13 } as const;
export const numberTags = { integer: 0x21, enum: 0x23 } as const;
/** The lengths are RFC 8011 section 5.1's, in octets. */
export const stringTags = {
  text: { tag: 0x41, maxBytes: 1023 },
  name: { tag: 0x42, maxBytes: 255 },
  keyword: { tag: 0x44, maxBytes: 255 },
  uri: { tag: 0x45, maxBytes: 1023 },
  'uri-scheme': { tag: 0x46, maxBytes: 63 },
  charset: { tag: 0x47, maxBytes: 63 },
  'natural-language': { tag: 0x48, maxBytes: 63 },
  'mime-media-type': { tag: 0x49, maxBytes: 255 },
} as const;
export const languageTags = { 'text-with-language': 0x35, 'name-with-language': 0x36 } as const;
export const otherTags = {
  boolean: 0x22,
  'octet-string': 0x30,
  'date-time': 0x31,
  resolution: 0x32,
  range: 0x33,
  collection: 0x34,
  'end-collection': 0x37,
  'member-name': 0x4a,
} as const;

export type IppValue =
  | { readonly type: keyof typeof bareTags }
  | { readonly type: keyof typeof numberTags; readonly value: number }
  | { readonly type: keyof typeof stringTags; readonly value: string }
  | { readonly type: keyof typeof languageTags; readonly language: string; readonly value: string }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'octet-string'; readonly bytes: Uint8Array }
  /** RFC 2579 DateAndTime, 11 bytes. */
  | { readonly type: 'date-time'; readonly bytes: Uint8Array }
  | {
      readonly type: 'resolution';
      readonly crossFeed: number;
      readonly feed: number;
      readonly units: 'per-inch' | 'per-cm';
    }
  | { readonly type: 'range'; readonly lower: number; readonly upper: number }
  | { readonly type: 'collection'; readonly members: readonly IppAttribute[] }
  /** A tag that RFC 8010 keeps for later or for vendors; carried unread. */
  | { readonly type: 'other'; readonly tag: number; readonly bytes: Uint8Array };

/** At least one value; more than one is a 1setOf. */
export interface IppAttribute {
  readonly name: string;
  readonly values: readonly IppValue[];
}

export interface IppGroup {
  readonly group: GroupName;
  readonly attributes: readonly IppAttribute[];
}

export interface IppMessage {
  /** Major and minor: `[2, 0]`. */
  readonly version: readonly [number, number];
  /** Operation in a request, status in a reply. */
  readonly code: number;
  readonly requestId: number;
  readonly groups: readonly IppGroup[];
}

/** An attribute of one or several values of one plain type. */
export function attribute(name: string, ...values: IppValue[]): IppAttribute {
  return { name, values };
}
export const integer = (value: number): IppValue => ({ type: 'integer', value });
export const enumerated = (value: number): IppValue => ({ type: 'enum', value });
export const boolean = (value: boolean): IppValue => ({ type: 'boolean', value });
export const keyword = (value: string): IppValue => ({ type: 'keyword', value });
export const name = (value: string): IppValue => ({ type: 'name', value });
export const text = (value: string): IppValue => ({ type: 'text', value });
export const uri = (value: string): IppValue => ({ type: 'uri', value });
export const mimeType = (value: string): IppValue => ({ type: 'mime-media-type', value });
export const collection = (...members: IppAttribute[]): IppValue => ({ type: 'collection', members });

/** The attribute's values within a group, none where it is absent. */
export function valuesOf(group: IppGroup | undefined, attributeName: string): readonly IppValue[] {
  return group?.attributes.find((each) => each.name === attributeName)?.values ?? [];
}

/** Integers and enums. */
export function numbersOf(group: IppGroup | undefined, attributeName: string): number[] {
  return valuesOf(group, attributeName).flatMap((value) =>
    value.type === 'integer' || value.type === 'enum' ? [value.value] : [],
  );
}

/** Any text, keyword or address; a language that comes with it is left out. */
export function stringsOf(group: IppGroup | undefined, attributeName: string): string[] {
  return valuesOf(group, attributeName).flatMap((value) =>
    'value' in value && typeof value.value === 'string' ? [value.value] : [],
  );
}
