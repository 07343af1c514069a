import type { DeviceStatus, Driver, Sex } from '../core/index.ts';

/**
 * What a social security card 社会保障卡 says without a PIN (LD/T 32 basic area). Fields that a card lacks or that make no
 * sense are absent. Personal data: never log, never put into an error text.
 */
export interface SocialCard {
  /** 社会保障号码, as a rule the number of the holder's identity card, 18 characters. */
  readonly socialSecurityNumber: string;
  /** False when its check digit does not fit: the card was read well, and says something odd. */
  readonly socialSecurityNumberValid: boolean;
  readonly name: string;
  /** 卡号, up to 9 characters. */
  readonly cardNumber?: string;
  readonly sex?: Sex;
  /** GB/T 3304: two-digit code and name. `name` is `undefined` for a code that the table lacks. */
  readonly ethnicity?: { readonly code: string; readonly name: string | undefined };
  /** `YYYY-MM-DD`, as all days here. */
  readonly birth?: string;
  /** GB/T 2260, six digits. */
  readonly birthPlace?: string;
  readonly issuedOn?: string;
  readonly validTo?: string;
  /** Of the specification that the card keeps to: `2.00`. */
  readonly specificationVersion?: string;
  readonly category?: string;
  /** 卡识别码, 32 hexadecimal digits; the first six name the place of issue. */
  readonly cardIdentifier?: string;
  /** 初始化机构编号, digits. */
  readonly initialisingOrganisation?: string;
}

/** `reading`: a card was found; `replace-card`: it could not be read, take it out and put it in again the right way round. */
export type SocialCardProgress = 'waiting' | 'reading' | 'replace-card';

export interface SocialCardReader extends Driver<DeviceStatus> {
  /**
   * Waits for a card and reads it once. Resolves with the first card that comes after the call, or is in the reader unread.
   * What was read is given to the caller and kept nowhere else.
   *
   * Rejects with the signal's reason; `not-connected` when reader or service go away; `invalid-media` where the card is well
   * and no social security card. A card that was read or refused must be taken out before it is looked at again.
   */
  readCard(signal: AbortSignal, onProgress?: (progress: SocialCardProgress) => void): Promise<SocialCard>;
}
