import type { Saying, Word } from './words.ts';

/** What the terminals of a run have said, over all their lives. */
export class Ledger {
  readonly begun = new Set<string>();
  readonly saved = new Set<string>();
  readonly continued = new Set<string>();
  readonly accepted = new Set<string>();
  readonly rated = new Set<string>();
  readonly refused = new Set<string>();
  answered = 0;
  /** Times that a resident was told no, some of them before there was a case. */
  refusals = 0;
  /** Times that the disk did not take a step which had to be taken. */
  held = 0;

  note({ word, caseNumber }: Saying): void {
    if (word === 'refused') this.refusals += 1;
    if (word === 'held') this.held += 1;
    if (caseNumber === '') return;
    if (word === 'answered') this.answered += 1;
    const kept = wordsOfCases.find((one) => one === word);
    if (kept) this[kept].add(caseNumber);
  }
}

const wordsOfCases = ['begun', 'saved', 'continued', 'accepted', 'rated', 'refused'] as const satisfies readonly Word[];

/** Where in its work a terminal was when it was killed, by the last word of its own thread of work. */
export const places = {
  ready: 'opening the store',
  opened: 'taking up what was left',
  begun: 'accepting',
  saved: 'put aside, taking it up',
  accepted: 'accepted, rating',
  rated: 'rated, ending the visit',
  ended: 'between two residents',
  resting: 'copying',
  copied: 'copied',
  refused: 'after a refusal',
} as const satisfies Partial<Record<Word, string>>;
export type Place = (typeof places)[keyof typeof places];

/** `undefined` for a word that does not move the terminal on. */
export function placeAfter(word: Word): Place | undefined {
  const known: Partial<Record<Word, Place>> = places;
  return known[word];
}
