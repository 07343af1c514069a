import type { DeviceStatus, Driver } from '../core/index.ts';

/**
 * The four layouts that a reader's 256 text bytes may have: citizen 居民身份证, J 港澳台居民居住证,
 * I and Y 外国人永久居留身份证 of 2017 and 2023.
 */
export const idCardTypes = ['citizen', 'hmt-permit', 'foreigner-2017', 'foreigner-2023'] as const;
export type IdCardType = (typeof idCardTypes)[number];

/** GB/T 2261.1. */
export type Sex = 'unknown' | 'male' | 'female' | 'not-stated';

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

/** Opens the chip's portrait; a vendor's library behind a program of its own, or nothing at all. */
export interface PortraitDecoder {
  /**
   * A JPEG, PNG or BMP picture of 102 × 126 pixels, or `undefined` where this machine has no decoder or it refuses these
   * bytes. Never rejects but with the signal's reason.
   */
  decode(wlt: Uint8Array, signal: AbortSignal): Promise<Uint8Array | undefined>;
}
