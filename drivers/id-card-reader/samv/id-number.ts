/** GB 11643, ISO 7064 MOD 11-2: weights of the 17 digits, and the check character for each remainder. */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const;
const CHECK_CHARACTERS = '10X98765432';

/** Whether an 18-character number of a citizen, residence-permit or 2023 foreigner card ends in its check character. */
export function isValidIdNumber(number: string): boolean {
  if (!/^\d{17}[\dX]$/.test(number)) return false;
  const sum = WEIGHTS.reduce((total, weight, at) => total + weight * Number(number[at]), 0);
  return CHECK_CHARACTERS[sum % 11] === number[17];
}

/**
 * Whether the 15-character number of a 2017 foreigner card ends in its check digit: letters count from A = 10, weights
 * 7, 3, 1 repeat, modulo 10. Known from public validators only, not from the official text.
 */
export function isValidPermitNumber(number: string): boolean {
  if (!/^[A-Z]{3}\d{12}$/.test(number)) return false;
  const values = [...number].map((character) => Number.parseInt(character, 36));
  const sum = values.slice(0, 14).reduce((total, value, at) => total + value * [7, 3, 1][at % 3]!, 0);
  return sum % 10 === values[14];
}
