import { z } from 'zod';

/** The acts that are recorded. A kind is never given another meaning: entries are read years later. */
export const auditKinds = [
  'core-started',
  'core-stopped',
  'case-accepted',
  'delivered', // one delivery of a case: the case itself, or what came after it
  'dead-letter-made',
  'dead-letter-requeued',
  'dead-letter-closed', // a person has dealt with it otherwise, and what it carried is gone from here
  'case-exported',
  'device-reset',
  'device-tested',
  'suite-changed',
  'key-sealer-changed',
  'store-restored',
  'audit-exported',
  'audit-opened', // somebody had what is sealed in one entry told to them
  'blank-loaded', // numbered blanks: a range put into a tray, and what became of each number
  'blank-returned',
  'blank-reserved',
  'blank-released',
  'blank-printed',
  'blank-spoiled',
  'blank-void',
  'blank-uncertain',
  'blank-found', // void by mistake, and in the tray after all
  'blank-corrected', // a person said which number is on top
  'print-settled', // a person said whether a paper came out
  'print-contradicted', // and the printer said later that it had, where the person said that it had not
  'face-checked', // a face before the camera was compared with a card's; its scores are sealed
  'seal-broken', // the record was found tampered with, or without its last entries
] as const;
export type AuditKind = (typeof auditKinds)[number];

export const digests = ['sha256', 'sm3'] as const;
export type Digest = (typeof digests)[number];

/** Ids, counts and closed words: neither name nor number of any person, nor any sentence that somebody wrote. */
export interface AuditAct {
  readonly kind: AuditKind;
  /** ISO 8601, UTC; now where left out. */
  readonly at?: string;
  /** To whom or what it was done: `caseId`, `deviceId` … */
  readonly subject?: Readonly<Record<string, string>>;
  /** Whole numbers only: they are written alike by every program. */
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
  /** As `detail`, and only this terminal reads it: stands in the entry as `detail.sealed`, base64. */
  readonly secret?: Readonly<Record<string, number>>;
}

/** Longer text is cut: no act fails for what its record says of it. In UTF-16 units. */
const TEXT_MAX = 200;

const name = z.string().regex(/^[a-zA-Z]{1,40}$/);
const word = z.string().max(TEXT_MAX);
const auditEntry = z.strictObject({
  seq: z.int().positive(),
  at: z.iso.datetime(),
  /** Any word: this release may be asked to read what a later one wrote. */
  kind: z.string().regex(/^[a-z-]{1,40}$/),
  subject: z.record(name, word),
  detail: z.record(name, z.union([word, z.int(), z.boolean()])),
  /** What this entry's hash was made with. */
  digest: z.enum(digests),
});
export type AuditEntry = z.infer<typeof auditEntry>;

/** The text of an entry, which is what is hashed: JSON without spaces, names in alphabetical order (as RFC 8785). */
export function entryText(seq: number, digest: Digest, act: AuditAct, now: string): string {
  const { at = now, kind, subject = {}, detail = {} } = act;
  return canonical({ seq, at, kind, subject: trimmed(subject), detail: trimmed(detail), digest });
}

/** The entry that a text says; `undefined` where it is not exactly as `entryText` writes them. */
export function readEntry(text: string): AuditEntry | undefined {
  const parsed = auditEntry.safeParse(jsonIn(text));
  return parsed.success && canonical(parsed.data) === text ? parsed.data : undefined;
}

/** What a text that anybody may have written says in JSON; `undefined` where it says nothing. */
export function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function canonical(entry: AuditEntry): string {
  return JSON.stringify(sorted({ ...entry, subject: sorted(entry.subject), detail: sorted(entry.detail) }));
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function trimmed<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  const short = (value: T): T => (typeof value === 'string' ? (value.slice(0, TEXT_MAX) as T & string) : value);
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, short(value)]));
}
