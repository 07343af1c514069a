import type { Ledger } from './ledger.ts';
import type { Papers, PlatformRecords, TerminalRecords } from './records.ts';
import { draftIdOf, paperCountOf } from './resident.ts';

/** What a run found. Each list holds case numbers; all are empty where every promise was kept. */
export interface Verdict {
  readonly lost: readonly string[];
  readonly duplicated: readonly string[];
  readonly outOfOrder: readonly string[];
  /** Came to the platform although no terminal began it, or although the resident was told no. */
  readonly unaskedFor: readonly string[];
  /** Cases of which the application was put aside first, and is not at the platform. */
  readonly draftsLost: readonly string[];
  readonly ratingsLost: readonly string[];
  readonly ratingsTwice: readonly string[];
  /** Cases of which a paper did not come; came wrong; came again after it was whole. */
  readonly papersLost: readonly string[];
  readonly papersWrong: readonly string[];
  readonly papersTwice: readonly string[];
  /** Everything else that must not be, a sentence each. */
  readonly wrong: readonly string[];
}

/** Compares what the terminals said with what the platform has, after the terminal has drained and both have ended. */
export function judge(
  { begun, saved, accepted, rated, refused }: Pick<Ledger, 'begun' | 'saved' | 'accepted' | 'rated' | 'refused'>,
  platform: PlatformRecords,
  terminal: TerminalRecords,
): Verdict {
  const { cases, ratings, papers } = platform;
  const casesWith = (isSo: (papers: Papers) => boolean): string[] =>
    [...papers].filter(([, of]) => isSo(of)).map(([number]) => number);
  return {
    lost: [...accepted].filter((number) => !cases.has(number)),
    duplicated: platform.duplicates,
    outOfOrder: platform.outOfOrder,
    unaskedFor: [...cases].filter((number) => !begun.has(number) || (refused.has(number) && !accepted.has(number))),
    draftsLost: [...saved].filter((number) => !platform.drafts.has(draftIdOf(number))),
    ratingsLost: [...rated].filter((number) => !ratings.has(number)),
    ratingsTwice: [...ratings].filter(([, times]) => times > 1).map(([number]) => number),
    papersLost: [...accepted].filter((number) => (papers.get(number)?.complete ?? 0) < paperCountOf(number)),
    papersWrong: casesWith(({ wrong }) => wrong > 0),
    papersTwice: casesWith(({ again }) => again > 0),
    wrong: [
      ...(terminal.papersLeft > 0 ? [`${terminal.papersLeft} files of papers left after the drain`] : []),
      ...(terminal.deadLetters > 0 ? [`${terminal.deadLetters} dead letters`] : []),
      ...(terminal.undelivered > 0 ? [`${terminal.undelivered} deliveries left after the drain`] : []),
      ...(terminal.sealedRows > 0 ? [`${terminal.sealedRows} delivered rows that still hold personal data`] : []),
      ...(terminal.damagedCopies > 0 ? [`${terminal.damagedCopies} copies that are damaged`] : []),
      ...(terminal.quarantined > 0 ? [`${terminal.quarantined} databases put aside as damaged by kills`] : []),
      ...(terminal.integrity === 'ok' ? [] : [`the terminal's database: ${terminal.integrity}`]),
      ...(platform.integrity === 'ok' ? [] : [`the platform's database: ${platform.integrity}`]),
    ],
  };
}

/** A run that met nothing has kept no promise either. */
export function withDoubts(verdict: Verdict, doubts: readonly string[]): Verdict {
  return { ...verdict, wrong: [...verdict.wrong, ...doubts] };
}

export function isKept(verdict: Verdict): boolean {
  return Object.values(verdict).every((found) => found.length === 0);
}
