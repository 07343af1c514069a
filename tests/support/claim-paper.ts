import type { Store } from '../../main/storage/open.ts';
import type { PrintOutcome } from '../../printers/core/contract.ts';
import { isAtPrinter, outcomeOf } from '../../printers/spool/job-state.ts';

/** As `main/printing` has it when the first byte may leave; else what is known of a paper that went to a printer before. */
export function claimPaper({ spool }: Pick<Store, 'spool'>, jobId: string): 'claimed' | PrintOutcome {
  const { state } = spool.accept({ jobId, document: 'receipt' });
  const known = outcomeOf(state);
  if (known) return known;
  if (isAtPrinter(state.state)) return { outcome: 'unknown', code: 'outcome-unknown', detail: 'it was under way' };
  spool.rendering(jobId);
  spool.sending(jobId, 'printer', undefined);
  return 'claimed';
}
