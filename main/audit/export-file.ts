import { z } from 'zod';
import { auditLine, ChainCheck, type WrongEntry } from './chain.ts';
import { jsonIn } from './entry.ts';

/** First line of an exported record; one entry a line follows, up to `last`, whose hash is `hash`. */
export const exportHeader = z.strictObject({
  format: z.literal('jiujin-audit'),
  version: z.literal(1),
  terminal: z.string().max(60),
  suite: z.string().max(60),
  exportedAt: z.iso.datetime(),
  first: z.literal(1),
  last: z.int().nonnegative(),
  hash: z.string().max(64),
});
export type ExportHeader = z.infer<typeof exportHeader>;

/** No line is longer: an entry has 200 characters in each of a handful of words. In bytes. */
export const EXPORT_LINE_MAX = 64 * 1024;

/**
 * What anybody can say of an export without the terminal's key: whether the entries hang together from the first to the last.
 * Not that the terminal wrote them: that the running terminal has an entry of the last number with the same hash says so.
 */
export interface ExportFinding {
  readonly header: ExportHeader;
  readonly entries: number;
  readonly wrong: WrongEntry | undefined;
}

/** `undefined` where the first line is not that of an export. */
export async function checkExport(lines: AsyncIterable<string>): Promise<ExportFinding | undefined> {
  const check = new ChainCheck();
  let header: ExportHeader | undefined;
  for await (const text of lines) {
    const value = jsonIn(text);
    if (!header) {
      header = exportHeader.safeParse(value).data;
      if (!header) return undefined;
      continue;
    }
    // What is no line at all is told as the entry that ought to stand there.
    const line = auditLine.safeParse(value).data ?? { seq: check.entries + 1, entry: '', hash: '', seal: '' };
    if (!check.take(line)) break;
  }
  if (!header) return undefined;
  const { last: seq, hash } = header;
  const wrong = seq === 0 && check.entries === 0 && !check.wrong ? undefined : check.end({ seq, hash });
  return { header, entries: check.entries, wrong };
}
