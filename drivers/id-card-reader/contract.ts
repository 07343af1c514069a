import type { DeviceStatus, Driver, Sex } from '../core/index.ts';

export type { Sex };

/**
 * The four layouts that a reader's 256 text bytes may have: citizen 居民身份证, J 港澳台居民居住证,
 * I and Y 外国人永久居留身份证 of 2017 and 2023.
 */
export const idCardTypes = ['citizen', 'hmt-permit', 'foreigner-2017', 'foreigner-2023'] as const;
export type IdCardType = (typeof idCardTypes)[number];

/** A calendar day as printed on the card, `YYYY-MM-DD`. */
export type CardDate = string;

/**
 * What a card says, trimmed and otherwise untouched: rare characters keep their code units. Fields that a layout lacks are
 * absent. Personal data: never log, never put into an error text.
 */
export interface IdCard {
  readonly cardType: IdCardType;
  /** The name that the card shows first: Chinese on citizen, J and Y cards, Latin on I cards. */
  readonly name: string;
  readonly latinName?: string;
  readonly chineseName?: string;
  readonly sex: Sex;
  /** GB/T 3304: two-digit code and name. `name` is `undefined` for a code that the table lacks. */
  readonly ethnicity?: { readonly code: string; readonly name: string | undefined };
  readonly birth: CardDate;
  readonly address?: string;
  /** 18 characters with check digit (GB 11643), or 15 on the I card. */
  readonly idNumber: string;
  readonly issuer?: string;
  readonly validFrom: CardDate;
  readonly validTo: CardDate | 'long-term';
  /** J: 通行证号码 and 签发次数. */
  readonly passNumber?: string;
  readonly issueCount?: string;
  /** I, Y: GB/T 2659 letters. */
  readonly nationality?: string;
  readonly cardVersion?: string;
  readonly acceptingAuthority?: string;
  readonly renewalCount?: string;
  readonly formerNumberLink?: string;
  /** False when the number's check digit does not fit: the card was read well, and says something odd. */
  readonly idNumberValid: boolean;
}

/** The chip's portrait: the reader's 1,024 bytes (WLT), which only a licensed decoder can open. */
export interface IdCardReading {
  readonly card: IdCard;
  readonly wlt: Uint8Array;
  /** 追加住址, the newest that was written onto the chip after a move. Absent where there is none or nobody asked for it. */
  readonly appendedAddress?: string;
  /** Absent where the reader does not give it or nobody asked for it. */
  readonly managementNumber?: ManagementNumber;
}

/** 卡体管理号: what tells one card of a person from another. Hexadecimal; personal data like the rest of the card. */
export interface ManagementNumber {
  /** Issuer's identification. */
  readonly iin: string;
  /** Serial number of the chip. */
  readonly sn: string;
  readonly dn?: string;
}

export interface IdCardReader extends Driver<DeviceStatus> {
  /**
   * Polls for a card (at most three times a second), selects it and reads it once. Resolves with the first card that
   * arrives after the call, or is lying there unread. Reports on the way through `onProgress`.
   *
   * Rejects `canceled` or with the signal's reason; `not-connected` when the reader goes away; `media-not-genuine` when
   * card and module refused each other three times in a row.
   */
  readCard(signal: AbortSignal, onProgress?: (progress: ReadProgress) => void): Promise<IdCardReading>;
}

/** `reading`: a card was found; `replace-card`: it could not be read, lift it and lay it down again. */
export type ReadProgress = 'waiting' | 'reading' | 'replace-card';

/**
 * What became of the chip's portrait. `not-decodable-here`: this machine has no decoder, and no other card would do better;
 * `refused`: there is one, and it made nothing of these bytes.
 */
export const portraitOutcomes = ['decoded', 'not-decodable-here', 'refused'] as const;
export type PortraitOutcome = (typeof portraitOutcomes)[number];

export type Portrait =
  /** A JPEG, PNG or BMP file of 102 × 126 pixels. */
  | { readonly outcome: Extract<PortraitOutcome, 'decoded'>; readonly picture: Uint8Array }
  | { readonly outcome: Exclude<PortraitOutcome, 'decoded'> };

/** Opens the chip's portrait; a vendor's library behind a program of its own, or nothing at all. */
export interface PortraitDecoder {
  /** Never rejects but with the signal's reason. */
  decode(wlt: Uint8Array, signal: AbortSignal): Promise<Portrait>;
}
