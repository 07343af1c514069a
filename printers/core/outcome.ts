import type { DeviceErrorCode } from '../../drivers/core/errors.ts';

/**
 * What became of a job. `printed`: the printer confirmed it. `not-printed`: certainly no paper came out (or it stopped
 * half way and said so): it may be printed again. `unknown`: the line or the process died in between: a person must look.
 */
export type PrintOutcome =
  | { readonly outcome: 'printed' }
  | { readonly outcome: 'not-printed' | 'unknown'; readonly code: DeviceErrorCode; readonly detail: string };

/** Why nothing is printed on numbered blanks: none is left, or a person has to look which one lies on top. */
export const blankProblems = ['no-blanks', 'blanks-uncertain'] as const;
export type BlankProblem = (typeof blankProblems)[number];

/** `no-blank`: nothing was tried, as there is no numbered blank for it; under the same id it can be tried again. */
export type PaperOutcome = PrintOutcome | { readonly outcome: 'no-blank'; readonly problem: BlankProblem };
