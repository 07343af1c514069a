/**
 * The number that a blank bears: a prefix, then digits padded with zeros to a width that does not change within a cassette.
 * `prefix` never ends in a digit, so that one text has one reading.
 */
export interface BlankNumber {
  readonly prefix: string;
  readonly width: number;
  readonly value: number;
}

/** Numbers of one cassette that follow each other: `first` to `last`, both included. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/** At most 20 characters: letters, digits and dashes, at the end 1 to 15 digits, which a double holds exactly. */
export function parseBlankNumber(text: string): BlankNumber | undefined {
  if (text.length > 20) return undefined;
  const found = /^((?:[A-Za-z0-9\p{Script=Han}-]*[A-Za-z\p{Script=Han}-])?)(\d{1,15})$/u.exec(text);
  if (!found) return undefined;
  const [, prefix = '', digits = ''] = found;
  return { prefix, width: digits.length, value: Number(digits) };
}

export function formatBlankNumber({ prefix, width, value }: BlankNumber): string {
  return `${prefix}${String(value).padStart(width, '0')}`;
}

/** The parts of `span` that `taken` (ascending) leaves over, ascending. */
export function spansBetween({ first, last }: Span, taken: readonly number[]): Span[] {
  const spans: Span[] = [];
  let from = first;
  for (const value of taken) {
    if (value > from) spans.push({ first: from, last: value - 1 });
    from = value + 1;
  }
  if (from <= last) spans.push({ first: from, last });
  return spans;
}

export function sizeOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}
