/**
 * Must not begin a line: no-break spaces, closing marks, pauses, slashes, iteration marks (标点符号的位置, GB/T 15834-2011, 5.1; W3C
 * clreq 3.1.3), and units.
 */
export const NOT_FIRST = /[\u00a0\u202f，。、；：？！．）》」』】〕〗〉］｝”’…—–～·／々％‰℃°,.;:?!/)\]}%'"]/;
/** Must not end a line: no-break spaces, opening marks, the wide slash and currency signs. */
export const NOT_LAST = /[\u00a0\u202f（《「『【〔〖〈［｛“‘／￥＄¥£€([{$#]/;
