import type { Reply } from './codec.ts';

/** What is sent to an engine, and how its answer is known. */
export interface Command {
  /** For people. */
  readonly name: string;
  readonly request: Uint8Array;
  /** `undefined` where the engine says nothing to it. */
  readonly answeredBy: ((reply: Reply) => boolean) | undefined;
}

export function hasText(data: Uint8Array, text: string): boolean {
  return Buffer.from(data).toString('latin1') === text;
}

/** The status that an engine inserts into what it repeats (Newland HR52 manual, page 35; Honeywell N3680 guide, page 144). */
export const statusBytes = { done: 0x06, 'out-of-range': 0x15, unknown: 0x05 } as const;

/** The worst of the statuses in `text`, `undefined` where there is none. */
export function statusIn(text: string): Reply['status'] | undefined {
  if (text.includes('\x05')) return 'unknown';
  if (text.includes('\x15')) return 'out-of-range';
  return text.includes('\x06') ? 'done' : undefined;
}

export function withoutStatus(text: string): string {
  return text.replaceAll('\x05', '').replaceAll('\x06', '').replaceAll('\x15', '');
}
