import type { IdCardType } from '../contract.ts';

/** The text block of every card: UTF-16LE without terminator, fields padded on the right. */
export const TEXT_BYTES = 256;
export const CARD_TYPE_OFFSET = 248;

/** The character at `CARD_TYPE_OFFSET`; anything else, as a rule a space, is a citizen's card. */
export const typeLetters: Readonly<Record<IdCardType, string>> = {
  citizen: ' ',
  'hmt-permit': 'J',
  'foreigner-2017': 'I',
  'foreigner-2023': 'Y',
};

export type TextField =
  | 'name'
  | 'latinName'
  | 'latinNameEnd' // what did not fit into the 35 characters of `latinName`
  | 'chineseName'
  | 'sex'
  | 'ethnicity'
  | 'birth'
  | 'address'
  | 'idNumber'
  | 'issuer'
  | 'validFrom'
  | 'validTo'
  | 'passNumber'
  | 'issueCount'
  | 'nationality'
  | 'cardVersion'
  | 'acceptingAuthority'
  | 'renewalCount'
  | 'formerNumberLink';

/** Where a field stands, in bytes. */
export interface FieldPlace {
  readonly field: TextField;
  readonly offset: number;
  readonly bytes: number;
}

const place = (field: TextField, offset: number, bytes: number): FieldPlace => ({ field, offset, bytes });

const citizen = [
  place('name', 0, 30),
  place('sex', 30, 2),
  place('ethnicity', 32, 4),
  place('birth', 36, 16),
  place('address', 52, 70),
  place('idNumber', 122, 36),
  place('issuer', 158, 30),
  place('validFrom', 188, 16),
  place('validTo', 204, 16),
];

/** GA/T 490 and the layouts of the later cards as public readers of them agree; the 2023 one stands on a single source. */
export const textLayouts: Readonly<Record<IdCardType, readonly FieldPlace[]>> = {
  citizen,
  'hmt-permit': [
    ...citizen.filter(({ field }) => field !== 'ethnicity'),
    place('passNumber', 220, 18),
    place('issueCount', 238, 4),
  ],
  'foreigner-2017': [
    place('name', 0, 120),
    place('sex', 120, 2),
    place('idNumber', 122, 30),
    place('nationality', 152, 6),
    place('chineseName', 158, 30),
    place('validFrom', 188, 16),
    place('validTo', 204, 16),
    place('birth', 220, 16),
    place('cardVersion', 236, 4),
    place('acceptingAuthority', 240, 8),
  ],
  'foreigner-2023': [
    place('name', 0, 30),
    place('sex', 30, 2),
    place('renewalCount', 32, 4),
    place('birth', 36, 16),
    place('latinName', 52, 70),
    place('idNumber', 122, 36),
    place('validFrom', 188, 16),
    place('validTo', 204, 16),
    place('latinNameEnd', 220, 22),
    place('nationality', 242, 6),
    place('formerNumberLink', 250, 6),
  ],
};
