/** The places of ASCII that national sets fill with letters of their own (`ESC R n`, ISO/IEC 646). */
const PLACES = '#$@[\\]^`{|}~';

/** By `n` as Epson numbers them; 15 is China's, whose yen sign stands for the yuan. */
const sets: readonly string[] = [
  PLACES,
  '#$à°ç§^`éùè¨', // France
  '#$§ÄÖÜ^`äöüß', // Germany
  '£$@[\\]^`{|}~', // United Kingdom
  '#$@ÆØÅ^`æøå~', // Denmark I
  '#¤ÉÄÖÅÜéäöåü', // Sweden
  '#$@°\\é^ùàòèì', // Italy
  '₧$@¡Ñ¿^`¨ñ}~', // Spain I
  '#$@[¥]^`{|}~', // Japan
  '#¤ÉÆØÅÜéæøåü', // Norway
  '#$ÉÆØÅÜéæøåü', // Denmark II
  '#$á¡Ñ¿é`íñóú', // Spain II
  '#$á¡Ñ¿éüíñóú', // Latin America
  '#$@[₩]^`{|}~', // Korea
  '#$ŽŠĐĆČžšđćč', // Slovenia and Croatia
  '#¥@[\\]^`{|}~', // China
];

/** The character that is printed in place of an ASCII one; a set that is not listed changes nothing. */
export function inInternationalSet(character: string, set: number): string {
  const at = PLACES.indexOf(character);
  return (at >= 0 && sets[set]?.[at]) || character;
}
