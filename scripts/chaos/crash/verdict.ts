import type { Ledger } from './ledger.ts';
import type { PlatformRecords, TerminalRecords } from './records.ts';

/** What a run found. Each list holds case numbers; all are empty where every promise was kept. */
export interface Verdict {
  readonly lost: readonly string[];
  readonly duplicated: readonly string[];
  readonly outOfOrder: readonly string[];
  /** Came to the platform although no terminal began it, or although the resident was told no. */
  readonly unaskedFor: readonly string[];
  readonly ratingsLost: readonly string[];
  readonly ratingsTwice: readonly string[];
  /** Everything else that must not be, a sentence each. */
  readonly wrong: readonly string[];
}

/** Compares what the terminals said with what the platform has, after the terminal has drained and both have ended. */
export function judge(
  { begun, accepted, rated, refused }: Pick<Ledger, 'begun' | 'accepted' | 'rated' | 'refused'>,
  platform: PlatformRecords,
  terminal: TerminalRecords,
): Verdict {
  const { cases, ratings } = platform;
  return {
    lost: [...accepted].filter((number) => !cases.has(number)),
    duplicated: platform.duplicates,
    outOfOrder: platform.outOfOrder,
    unaskedFor: [...cases].filter((number) => !begun.has(number) || (refused.has(number) && !accepted.has(number))),
    ratingsLost: [...rated].filter((number) => !ratings.has(number)),
    ratingsTwice: [...ratings].filter(([, times]) => times > 1).map(([number]) => number),
    wrong: [
      ...(terminal.deadLetters > 0 ? [`${terminal.deadLetters} dead letters`] : []),
      ...(terminal.undelivered > 0 ? [`${terminal.undelivered} deliveries left after the drain`] : []),
      ...(terminal.sealedRows > 0 ? [`${terminal.sealedRows} delivered rows that still hold personal data`] : []),
      ...(terminal.integrity === 'ok' ? [] : [`the terminal's database: ${terminal.integrity}`]),
      ...(platform.integrity === 'ok' ? [] : [`the platform's database: ${platform.integrity}`]),
    ],
  };
}

export function isKept(verdict: Verdict): boolean {
  return Object.values(verdict).every((found) => found.length === 0);
}
