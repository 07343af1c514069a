import { setImmediate } from 'node:timers/promises';
import type { WrongEntry } from '../audit/chain.ts';
import type { Audit } from '../storage/audit.ts';

/** Some milliseconds of work: whoever stands at the screen notices nothing of a check. */
const PAGE = 200;

/** What came of going over the whole record with the terminal's key. `entries`: those found sound, from the first on. */
export interface AuditFinding {
  readonly entries: number;
  readonly wrong: WrongEntry | undefined;
}

/** Goes over the record as it stands now, page by page, letting other work in between. Rejects with the signal's reason. */
export async function checkAudit(audit: Audit, signal: AbortSignal): Promise<AuditFinding> {
  const head = audit.head();
  const check = audit.check();
  const last = head?.seq ?? Number.MAX_SAFE_INTEGER;
  for (let after = 0; after < last; ) {
    signal.throwIfAborted();
    const lines = audit.page(after, Math.min(PAGE, last - after));
    const isSound = lines.every((line) => check.take(line));
    if (lines.length === 0 || !isSound) break;
    after = lines.at(-1)?.seq ?? last;
    await setImmediate();
  }
  const wrong = check.end(head?.sealed ? head : undefined);
  return { entries: check.entries, wrong };
}
