import { fromCallback } from 'xstate';
import { sleep } from '../../drivers/core/index.ts';
import type { PrintOutcome } from '../../printers/core/contract.ts';
import { bareDraftCode, isDraftCode } from '../contracts/draft-code.ts';
import { codeHashOf } from '../drafts/code-hash.ts';
import type { DraftDesk } from '../drafts/draft-desk.ts';
import { draftBodyOf } from '../flows/draft.ts';
import { draftReceipt } from '../flows/draft-receipt.ts';
import type { ServiceFile } from '../flows/service-file.ts';
import type { VisitContext } from '../flows/visit-context.ts';
import type { DraftEvent, VisitEvent } from '../flows/visit-events.ts';
import { RemoteError } from '../processes/rpc.ts';
import { StorageError } from '../storage/errors.ts';
import { endReceiptAfter } from './end-receipt.ts';
import type { VisitPorts } from './visit-actors.ts';

export interface DraftPorts {
  readonly drafts: Pick<DraftDesk, 'save' | 'claim' | 'discard' | 'consume' | 'release'>;
  /** The service as it is today, if it can be done here now. */
  readonly offered: (serviceId: string) => ServiceFile | undefined;
}

/** After a code of something else, and while there is no scanner. */
const SCAN_AGAIN_MS = 1_000;
/** A disk that refused is asked again at this pace. */
const REMOVE_AGAIN_MS = 5_000;

type Work = (ports: VisitPorts, context: VisitContext, signal: AbortSignal) => DraftEvent | Promise<DraftEvent>;

/** Putting aside and taking up again. Each may be started again with the same input after a crash. */
export function draftActors(ports: VisitPorts) {
  const acting = (work: Work, otherwise: DraftEvent) =>
    fromCallback<VisitEvent, { context: VisitContext }>(({ input, sendBack }) => {
      const stop = new AbortController();
      void act(ports, input.context, stop.signal, work, otherwise).then((event) => {
        if (event && !stop.signal.aborted) sendBack(event);
      });
      return () => stop.abort(new Error('the visit has moved on'));
    });
  return {
    scanDraftCode: fromCallback<VisitEvent, { context: VisitContext }>(({ input, sendBack }) => {
      const stop = new AbortController();
      void scanCode(ports, input.context.visitId, stop.signal).then((code) => code && sendBack({ type: 'CODE', code }));
      return () => stop.abort(new Error('the visit has moved on'));
    }),
    saveDraft: acting(saveDraft, { type: 'DRAFT_NOT_SAVED' }),
    printSlip: acting(printSlip, { type: 'SLIP_DONE', outcome: UNKNOWN }),
    claimDraft: acting(claimDraft, { type: 'DRAFT_REFUSED', refusal: 'not-here' }),
    discardDraft: acting(discardDraft, { type: 'DRAFT_REMOVED' }),
  };
}

/** The first code of ours that is held before the scanner. Never rejects; without a scanner it waits for the visit to move on. */
async function scanCode(
  { devices, log }: VisitPorts,
  visitId: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  while (!signal.aborted) {
    try {
      const { text } = await devices.scanCode(visitId, signal);
      const code = bareDraftCode(text);
      if (isDraftCode(code)) return code;
      log.info({}, 'what was scanned is not the code of a saved application');
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof RemoteError)) log.warn({ error }, 'a code could not be scanned');
    }
    await sleep(SCAN_AGAIN_MS, signal).catch(() => undefined);
  }
  return undefined;
}

const UNKNOWN: PrintOutcome = { outcome: 'unknown', code: 'outcome-unknown', detail: 'the slip actor failed' };

/** Once the machine's state is on the disk. Never rejects; `undefined` where the visit has moved on. */
async function act(
  ports: VisitPorts,
  context: VisitContext,
  signal: AbortSignal,
  work: Work,
  otherwise: DraftEvent,
): Promise<DraftEvent | undefined> {
  try {
    await Promise.resolve(); // the session deals with the transition that started this one turn later
    await ports.kept(signal);
    return await work(ports, context, signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    ports.log.error({ error }, 'a saved application could not be dealt with');
    return otherwise;
  }
}

function saveDraft({ drafts }: VisitPorts, context: VisitContext): DraftEvent {
  const { code } = draftOf(context);
  drafts.save(draftBodyOf(context, codeHashOf(code)), code);
  return { type: 'DRAFT_SAVED' };
}

/** Once per attempt, as every paper. */
async function printSlip(ports: VisitPorts, context: VisitContext, signal: AbortSignal): Promise<DraftEvent> {
  const { devices, printing, terminal } = ports;
  const { draftId, revision, slip } = draftOf(context);
  const jobId = `${draftId}:${revision}:${slip?.attempt ?? 1}`;
  devices.guide('receipt-printer');
  const outcome = await printing.print({ jobId, document: draftReceipt(context, terminal), copies: 1 }, signal);
  if (outcome.outcome === 'no-blank') throw new Error('A slip needs no numbered blank.');
  endReceiptAfter(outcome, ports);
  return { type: 'SLIP_DONE', outcome };
}

async function claimDraft(ports: VisitPorts, context: VisitContext, signal: AbortSignal): Promise<DraftEvent> {
  const { claim, identity, visitId } = context;
  if (!claim) throw new Error('The machine opens a claim before it asks.');
  const person = identity ? { name: identity.card.name, idNumber: identity.card.idNumber } : undefined;
  const { claimId, code } = claim;
  const answer = await ports.drafts.claim({ claimId, code, person, visitId }, signal);
  if (answer.outcome === 'needs-card') return { type: 'DRAFT_NEEDS_CARD' };
  if (answer.outcome !== 'claimed') return { type: 'DRAFT_REFUSED', refusal: answer.outcome };
  const service = ports.offered(answer.draft.serviceId);
  return service
    ? { type: 'DRAFT_CLAIMED', draft: answer.draft, service }
    : { type: 'DRAFT_REFUSED', refusal: 'not-here' };
}

/** Its owner was asked and said yes: it is not said to be gone before it is. */
async function discardDraft(
  { drafts, log }: VisitPorts,
  context: VisitContext,
  signal: AbortSignal,
): Promise<DraftEvent> {
  for (;;) {
    try {
      drafts.discard(draftOf(context).draftId);
      return { type: 'DRAFT_REMOVED' };
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      log.warn({ code: error.code }, 'a saved application still cannot be removed');
      await sleep(REMOVE_AGAIN_MS, signal);
    }
  }
}

function draftOf({ draft }: VisitContext): NonNullable<VisitContext['draft']> {
  if (!draft) throw new Error('The machine opens or takes up a draft before it is saved, printed or removed.');
  return draft;
}
