import { draftCodeOf } from '../../main/contracts/draft-code.ts';

/** Always the same codes, all different. */
export const codes = Array.from({ length: 31 }, (_, number) => draftCodeOf([4, 8, 15, 16, 23, 1, number]));
export const CODE = codes[7]!;
