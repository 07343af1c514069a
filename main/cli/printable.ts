/** What stands on a card or in a file's name may neither steer the terminal that it is shown on nor break its line. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '\u{fffd}');
}
