/** A value sealed when the database was made: a wrong key shows at a start and not in the middle of a visit. */
export const KEY_CHECK = 'key-check';
/** In a copy, when it was begun: what came later may not be in it. ISO 8601, UTC, as plain text. */
export const COPIED_AT = 'copied-at';
