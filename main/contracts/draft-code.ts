import { z } from 'zod';

/**
 * The code on the slip of an application that was put aside: typed in again days later, from thermal paper or a handwritten
 * note. Digits and capitals without 0 and O, 1, I and L: 31, a prime number, so that one check character finds every single
 * wrong character and every two that changed places (as ISO 7064 does with 11, 37 and 97). Seven of eight are random: 2.7 × 10^10.
 */
export const DRAFT_ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
export const DRAFT_CODE_LENGTH = 8;

/** As it is stored and compared: eight characters of the alphabet of which the last one fits. */
export const draftCode = z
  .string()
  .max(20)
  .refine((code) => isDraftCode(code), 'not the code of a saved application');

/** `numbers`: seven, each 0 to 30, from a source that nobody can guess. */
export function draftCodeOf(numbers: readonly number[]): string {
  const characters = numbers.slice(0, DRAFT_CODE_LENGTH - 1).map((number) => DRAFT_ALPHABET.charAt(number));
  const sum = weighted(characters.join(''));
  // Weight 8 has the inverse 4 modulo 31, as 8 × 4 = 32.
  const check = ((DRAFT_ALPHABET.length - sum) * 4) % DRAFT_ALPHABET.length;
  return characters.join('') + DRAFT_ALPHABET.charAt(check);
}

export function isDraftCode(code: string): boolean {
  if (code.length !== DRAFT_CODE_LENGTH) return false;
  if ([...code].some((character) => !DRAFT_ALPHABET.includes(character))) return false;
  return weighted(code) === 0;
}

/** `ABCD EFGH`, as it is printed, shown and read aloud. */
export function groupedDraftCode(code: string): string {
  return [code.slice(0, 4), code.slice(4)].filter((part) => part !== '').join(' ');
}

/** What somebody typed or a scanner read: capitals, without the gaps. */
export function bareDraftCode(typed: string): string {
  return typed.toUpperCase().replace(/[\s-]/g, '');
}

/** Each character by its place, from 1: different weights are what finds two that changed places. */
function weighted(code: string): number {
  const sum = [...code].reduce((total, character, at) => total + (at + 1) * DRAFT_ALPHABET.indexOf(character), 0);
  return sum % DRAFT_ALPHABET.length;
}
