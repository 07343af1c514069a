/** Data in one code set. B: printable ASCII, a symbol character each; C: digits, two in each. */
export interface Code128Part {
  readonly set: 'B' | 'C';
  readonly text: string;
}

/** ISO/IEC 15417, annex E: so many digits in a row are shorter in set C, changes of set included. */
const DIGITS_MIN = { atAnEnd: 4, inside: 6 } as const;

/** Printable ASCII in the sets that make it short: a case number is a third narrower than in set B alone. */
export function code128Parts(data: string): Code128Part[] {
  const parts: Code128Part[] = [];
  const putB = (text: string): void => {
    if (text !== '') parts.push({ set: 'B', text });
  };
  let from = 0;
  for (const { 0: digits, index } of data.matchAll(/[0-9]+/g)) {
    const end = index + digits.length;
    const atAnEnd = index === 0 || end === data.length;
    if (digits.length < (atAnEnd ? DIGITS_MIN.atAnEnd : DIGITS_MIN.inside)) continue;
    const pairsFrom = index + (digits.length % 2);
    putB(data.slice(from, pairsFrom));
    parts.push({ set: 'C', text: data.slice(pairsFrom, end) });
    from = end;
  }
  putB(data.slice(from));
  return parts;
}

/** Without the quiet zones: start or change for each part, its characters and the check character, 11 each; and the stop, 13. */
export function code128Modules(parts: readonly Code128Part[]): number {
  const characters = parts.reduce((sum, { set, text }) => sum + 1 + (set === 'C' ? text.length / 2 : text.length), 0);
  return (characters + 1) * 11 + 13;
}
