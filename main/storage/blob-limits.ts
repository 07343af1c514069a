/** A page of a scanner at 600 dpi as PNG stays below; it is sealed, opened and held in memory in one piece. */
export const maxBlobBytes = 32 * 1024 * 1024;
