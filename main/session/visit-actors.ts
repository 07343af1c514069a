import { fromCallback, fromPromise } from 'xstate';
import { sleep } from '../../drivers/core/index.ts';
import type { PaperOutcome } from '../../printers/core/outcome.ts';
import type { PaperDocument } from '../../printers/document/printable.ts';
import type { Devices } from '../devices/devices.ts';
import type { Answer } from '../flows/form.ts';
import { caseReceipt, deliverByMs, type ReceiptPlace } from '../flows/receipt.ts';
import type { Moment } from '../flows/view.ts';
import { type CaseNumbers, stepOf } from '../flows/visit-changes.ts';
import type { VisitCase, VisitContext } from '../flows/visit-context.ts';
import type { VisitEvent } from '../flows/visit-events.ts';
import type { visitMachine } from '../flows/visit-machine.ts';
import type { Log } from '../log/log.ts';
import type { CaseStatus } from '../outbox/case-status.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Printing } from '../printing/printing.ts';
import { RemoteError } from '../processes/rpc.ts';
import { StorageError } from '../storage/errors.ts';
import type { Store } from '../storage/open.ts';
import type { Connectivity } from '../sync/connectivity.ts';
import type { Platform } from '../sync/platform.ts';
import { type CaseBody, caseAnswer } from '../sync/schemas.ts';
import { type DraftPorts, draftActors } from './draft-actors.ts';
import { endReceiptAfter } from './end-receipt.ts';
import { checkVisitorsFace } from './face-actor.ts';
import type { FacePort } from './face-port.ts';
import type { FrameBox } from './frame-box.ts';

export interface VisitPorts extends DraftPorts {
  readonly devices: Pick<Devices, 'readCard' | 'endReceipt' | 'guide' | 'scanCode'>;
  readonly printing: Pick<Printing<PaperDocument>, 'print' | 'seen' | 'taken'>;
  readonly face: FacePort;
  readonly frames: FrameBox;
  readonly store: Store;
  readonly outbox: Outbox;
  readonly platform: Pick<Platform, 'prefill'>;
  readonly connectivity: { readonly status: Pick<Connectivity['status'], 'value'> };
  readonly terminal: ReceiptPlace & { readonly code: string };
  readonly log: Log;
  /** What time it is, whatever this machine's clock says. */
  readonly now: () => Date;
  /** Shows what passes too quickly to be kept. */
  readonly show: (moment: Partial<Moment>) => void;
  /** Everything of the resident that the session itself holds. */
  readonly forget: () => void;
  /** Resolves when the machine's present state is on the disk. Rejects with the signal's reason. */
  readonly kept: (signal: AbortSignal) => Promise<unknown>;
}

const MATCHED_MS = 1_200;
const PREFILL_MS = 2_500;
/** A disk that refused is asked again at this pace. */
const RECOVER_MS = 5_000;
/** A resident is told that it takes longer: by then a platform that answers has answered. */
const SLOW_MS = 8_000;
/** With a service that may queue there is nothing to wait for once the platform is known to be away. */
const QUEUE_MS = 4_000;
const READER_RETRY_MS = 1_000;

type Actors = NonNullable<Parameters<typeof visitMachine.provide>[0]['actors']>;

/** What the visit machine does to the world. Each may be started again with the same input after a crash. */
export function visitActors(ports: VisitPorts): Actors {
  return {
    readCard: fromCallback(({ sendBack }) =>
      running((signal) => readCards(ports, (event: VisitEvent) => sendBack(event), signal)),
    ),
    checkFace: fromCallback(({ input, sendBack }) =>
      running((signal) => checkVisitorsFace(ports, input.context, (event) => sendBack(event), signal)),
    ),
    pause: fromPromise(({ signal }) => sleep(MATCHED_MS, signal)),
    prefill: fromPromise(({ input, signal }) => prefill(ports, input.context, signal)),
    numberCase: fromPromise(({ input, signal }) => onceKept(ports, signal, () => numberCase(ports, input.context))),
    acceptCase: fromPromise(({ input, signal }) => onceKept(ports, signal, () => acceptCase(ports, input.context))),
    followCase: fromCallback(({ input, sendBack }) => followCase(ports, input.context, (event) => sendBack(event))),
    printPaper: fromPromise(({ input, signal }) => onceKept(ports, signal, () => printPaper(ports, input, signal))),
    // These two may be done twice, and a full disk must not keep a resident's data from being wiped: they only wait their turn.
    ...draftActors(ports),
    closeService: fromPromise(({ input }) => onceSettled(() => closeService(ports, input.context))),
    endVisit: fromPromise(({ input }) => onceSettled(() => endVisit(ports, input.context))),
    recover: fromPromise(({ input, signal }) => recover(ports, input.context, signal)),
  };
}

/** The machine starts an actor within the transition that leads to it; the session has dealt with that one turn later. */
async function onceSettled<T>(work: () => T | Promise<T>): Promise<T> {
  await Promise.resolve();
  return await work();
}

/** Once the transition is on the disk: what is then done to the world can be found again. */
function onceKept<T>({ kept }: VisitPorts, signal: AbortSignal, work: () => T | Promise<T>): Promise<T> {
  return onceSettled(async () => {
    await kept(signal);
    return await work();
  });
}

/** Runs `work`, which does not reject, until the machine leaves the state. */
function running(work: (signal: AbortSignal) => Promise<void>): () => void {
  const stop = new AbortController();
  void work(stop.signal);
  return () => stop.abort(new RemoteError('canceled', 'the visit has moved on'));
}

/** Never rejects: whatever goes wrong, the card is waited for until the resident leaves. */
async function readCards(
  { devices, terminal, show, log, now }: VisitPorts,
  send: (event: VisitEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  let lastCode: string | undefined;
  devices.guide('card-reader');
  signal.addEventListener('abort', () => devices.guide(undefined), { once: true });
  while (!signal.aborted) {
    try {
      show({ reader: 'waiting' });
      const { card, portrait } = await devices.readCard(signal, (reader) => show({ reader }));
      const today = dayAt(terminal.timeZone, now());
      if (card.validTo !== 'long-term' && card.validTo < today)
        return send({ type: 'CARD_REFUSED', reason: 'expired' });
      if (!card.idNumberValid) return send({ type: 'CARD_REFUSED', reason: 'refused' });
      const picture = portrait && { portrait: Buffer.from(portrait).toString('base64') };
      return send({ type: 'CARD_READ', identity: { card, ...picture } });
    } catch (error) {
      if (signal.aborted) return;
      const code = error instanceof RemoteError ? error.code : 'failed';
      if (code === 'media-not-genuine') return send({ type: 'CARD_REFUSED', reason: 'refused' });
      // The page shows the reader as offline; it is tried again until it is back or the resident leaves.
      if (code !== lastCode) log.warn({ code, error }, 'a card could not be read');
      lastCode = code;
      await sleep(READER_RETRY_MS, signal).catch(() => undefined);
    }
  }
}

async function prefill(
  { platform, log }: VisitPorts,
  { service, identity }: VisitContext,
  signal: AbortSignal,
): Promise<Record<string, Answer>> {
  const form = stepOf(service, 'form');
  const bindings = Object.entries(form?.prefill ?? {}).map(
    ([field, from]) => [field, from.replace('platform:', '')] as const,
  );
  if (!identity || bindings.length === 0) return {};
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), PREFILL_MS);
  const onAbort = (): void => deadline.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const { name, idNumber } = identity.card;
    const wanted = bindings.map(([, binding]) => binding);
    const { values } = await platform.prefill({ name, idNumber, bindings: wanted }, deadline.signal);
    return Object.fromEntries(
      bindings.flatMap(([field, binding]) => {
        const value = values[binding];
        return value === undefined ? [] : [[field, value]];
      }),
    );
  } catch (error) {
    log.info({ reason: (error as Error).message }, 'a form starts without first values');
    return {};
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function caseOf({ case: opened }: VisitContext): VisitCase {
  if (!opened) throw new Error('The machine opens a case before it is numbered, accepted or followed.');
  return opened;
}

/** `LS03-20261121-0047`: terminal, day in the terminal's time zone, and its number of the day. */
function numberCase({ store, terminal }: VisitPorts, context: VisitContext): CaseNumbers {
  const { acceptedAt, caseNumber, ticketNumber } = caseOf(context);
  if (caseNumber) return { caseNumber, ...(ticketNumber && { ticketNumber }) };
  const day = dayAt(terminal.timeZone, new Date(acceptedAt)).replaceAll('-', '');
  const next = (series: string, digits: number): string =>
    String(store.counters.nextNumber(series)).padStart(digits, '0');
  const ticket = stepOf(context.service, 'submit')?.ticket;
  const letter = ticket?.letters[String(context.answers[ticket.field])];
  return {
    caseNumber: `${terminal.code}-${day}-${next(`case-${day}`, 4)}`,
    ...(letter && { ticketNumber: `${letter}${next(`ticket-${letter}-${day}`, 3)}` }),
  };
}

/** `YYYY-MM-DD`, as the calendar on the wall beside the terminal says. */
function dayAt(timeZone: string, instant: Date): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone }).format(instant);
}

function acceptCase({ outbox, drafts, store }: VisitPorts, context: VisitContext): void {
  const { service, identity, language, answers, visitId, draft } = context;
  const { caseId, caseNumber, acceptedAt, ticketNumber } = caseOf(context);
  if (!service || !caseNumber) throw new Error('The machine numbers a case of a service before it is accepted.');
  const body: CaseBody = {
    caseId,
    caseNumber,
    serviceId: service.id,
    serviceVersion: service.version,
    language,
    acceptedAt,
    ...(identity && { person: { name: identity.card.name, idNumber: identity.card.idNumber } }),
    ...assuranceOf(context),
    answers,
    ...(ticketNumber && { ticketNumber }),
    ...(draft && { draftId: draft.draftId }),
  };
  const deliverBy = new Date(deliverByMs(acceptedAt, service)).toISOString();
  const accept = (): void => outbox.accept({ caseId, caseNumber, serviceId: service.id, visitId, body, deliverBy });
  if (draft) {
    store.transaction(() => {
      accept();
      drafts.consume(draft.draftId);
    });
  } else accept();
}

function assuranceOf({
  identity,
  faceVerified,
  faceChallenges,
}: VisitContext): Pick<CaseBody, 'assurance' | 'faceCheck'> {
  if (!identity) return { assurance: 'none' };
  if (!faceVerified) return { assurance: 'document' };
  return { assurance: 'face', faceCheck: faceChallenges > 0 ? 'challenged' : 'passive' };
}

function followCase(
  { outbox, connectivity, log }: VisitPorts,
  context: VisitContext,
  send: (event: VisitEvent) => void,
): () => void {
  const { caseId } = caseOf(context);
  const look = (): void => {
    const status = lookAt(outbox, caseId, log);
    if (status?.state === 'rejected') send({ type: 'CASE_REJECTED' });
    if (status?.state !== 'delivered') return;
    const answer = caseAnswer.safeParse(status.result);
    if (!answer.success) log.error({ caseId }, 'the platform answered a case in an unknown shape');
    const document = answer.data?.document;
    send({ type: 'CASE_DELIVERED', ...(document && { document }) });
  };
  const unsubscribe = outbox.onChange((changed) => {
    if (changed === caseId) look();
  });
  const mayQueue = context.service?.offline === 'queue';
  const away = mayQueue && connectivity.status.value.state === 'offline';
  const timer = setTimeout(() => send({ type: 'CASE_SLOW' }), away ? 0 : mayQueue ? QUEUE_MS : SLOW_MS);
  look();
  return () => {
    clearTimeout(timer);
    unsubscribe();
  };
}

/** A store that refuses is no answer: what comes of the case rings again, and the time runs meanwhile. */
function lookAt(outbox: Outbox, caseId: string, log: Log): CaseStatus | undefined {
  try {
    return outbox.status(caseId);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    log.warn({ caseId, code: error.code }, 'what became of a case cannot be read');
    return undefined;
  }
}

/** Once per attempt, whatever dies in between: `main/printing` sees to that. */
async function printPaper(
  ports: VisitPorts,
  { context, index }: { readonly context: VisitContext; readonly index: number },
  signal: AbortSignal,
): Promise<PaperOutcome> {
  const { devices, printing, terminal } = ports;
  const paper = context.papers[index];
  if (!paper) throw new Error('The machine asks for a paper that the step has.');
  const isReceipt = paper.document === 'receipt';
  const document = isReceipt ? caseReceipt(context, terminal) : documentOf(context);
  const blank = blankOf(context, index);
  // It flashes on until the next thing to do, or the end of the visit: the paper is to be taken.
  devices.guide(isReceipt ? 'receipt-printer' : 'document-printer');
  const jobId = paperJobId(caseOf(context), index, paper.attempt);
  const outcome = await printing.print({ jobId, document, copies: paper.copies, ...(blank && { blank }) }, signal);
  if (isReceipt) endReceiptAfter(outcome, ports);
  return outcome;
}

function paperJobId({ caseId }: Pick<VisitCase, 'caseId'>, index: number, attempt: number): string {
  return `${caseId}:${index}:${attempt}`;
}

function documentOf(context: VisitContext): NonNullable<VisitCase['document']> {
  const { document } = caseOf(context);
  if (!document) throw new Error('The machine prints what the platform has issued.');
  return document;
}

/** Of a licence: the series of numbered blanks that it is printed on. */
function blankOf({ service }: VisitContext, index: number): { readonly series: string } | undefined {
  const paper = stepOf(service, 'print')?.papers[index];
  return paper?.document === 'licence' ? { series: paper.blank } : undefined;
}

/** What the resident has said of papers that nobody knew about goes on record, and what was taken. */
function closePapers({ printing }: VisitPorts, { case: opened, papers }: VisitContext): void {
  if (!opened) return;
  papers.forEach(({ state, attempt, taken }, index) => {
    for (let before = 1; before < attempt; before += 1) printing.seen(paperJobId(opened, index, before), false);
    const jobId = paperJobId(opened, index, attempt);
    if (state === 'printed' || state === 'not-printed') printing.seen(jobId, state === 'printed');
    if (taken) printing.taken(jobId);
  });
}

function closeService(ports: VisitPorts, context: VisitContext): void {
  const { outbox } = ports;
  const { case: opened, rating } = context;
  closePapers(ports, context);
  // Asked without opening the platform's answer: one that is damaged must not keep the visit from being wiped.
  if (!opened?.caseNumber || !outbox.has(opened.caseId)) return;
  const { caseId, caseNumber } = opened;
  if (rating) outbox.add({ caseId, kind: 'rating', body: { caseId, caseNumber, ...rating } });
  outbox.removeDelivered(caseId);
}

function endVisit(ports: VisitPorts, context: VisitContext): void {
  ports.devices.guide(undefined);
  try {
    closeService(ports, context);
    ports.drafts.release(undefined);
  } finally {
    // Also where the rating cannot be queued: `recover` does that later, while the person's data goes now.
    ports.store.visits.remove();
    ports.store.wipe();
    ports.forget();
  }
}

/** What is no trouble of the disk is a fault of ours, which repetition does not mend. */
async function recover(ports: VisitPorts, context: VisitContext, signal: AbortSignal): Promise<void> {
  for (;;) {
    await sleep(RECOVER_MS, signal);
    try {
      return endVisit(ports, context);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      ports.log.warn({ code: error.code }, 'a visit still cannot be wiped');
    }
  }
}
