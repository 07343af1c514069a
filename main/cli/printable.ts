/**
 * What stands on a card or in a file's name may neither steer the terminal that it is shown on nor break its line, nor show
 * what follows it in another order.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, '\u{fffd}');
}
