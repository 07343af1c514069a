/** GB/T 2261.1. */
export type Sex = 'unknown' | 'male' | 'female' | 'not-stated';
export const sexes: Readonly<Record<string, Sex>> = { '0': 'unknown', '1': 'male', '2': 'female', '9': 'not-stated' };

/** GB 11643, ISO 7064 MOD 11-2: weights of the 17 digits, and the check character for each remainder. */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const;
const CHECK_CHARACTERS = '10X98765432';

/** Whether an 18-character number, a citizen's or one made like it, ends in its check character. */
export function isValidIdNumber(number: string): boolean {
  if (!/^\d{17}[\dX]$/.test(number)) return false;
  const sum = WEIGHTS.reduce((total, weight, at) => total + weight * Number(number[at]), 0);
  return CHECK_CHARACTERS[sum % 11] === number[17];
}

/** `YYYYMMDD`, as cards write days, as `YYYY-MM-DD`; `undefined` for what is no day of the calendar. */
export function dayFromDigits(digits: string): string | undefined {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(digits) ?? [];
  const date = `${year}-${month}-${day}`;
  const instant = new Date(`${date}T00:00:00Z`);
  // Date takes 30 February for 1 or 2 March.
  return Number.isNaN(instant.getTime()) || !instant.toISOString().startsWith(date) ? undefined : date;
}
