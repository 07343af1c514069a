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
