import { randomUUID } from 'node:crypto';
import { assign, fromCallback, fromPromise, setup } from 'xstate';
import type { PaperOutcome } from '../../printers/core/outcome.ts';
import { takenUp, withSlip } from './draft.ts';
import type { Answer } from './form.ts';
import type { Step } from './service-file.ts';
import {
  type CaseNumbers,
  currentStep,
  fieldNames,
  formErrors,
  nextPaper,
  papersOf,
  takenIfPrinted,
  waitingAgain,
  withAnswer,
  withPaper,
  withPaperSeen,
} from './visit-changes.ts';
import { emptyVisit, type VisitContext } from './visit-context.ts';
import type { VisitEvent } from './visit-events.ts';

/** What the states of a visit are made of: who is asked, what is decided by, and what is remembered. */

const notProvided = (): never => {
  throw new Error('The visit machine runs with the clock and the actors that its session provides.');
};

export const visitSetup = setup({
  types: { context: {} as VisitContext, events: {} as VisitEvent },
  actors: {
    /** Reads cards until one is good: CARD_READ or CARD_REFUSED. */
    readCard: fromCallback<VisitEvent>(notProvided),
    /** Looks at frames until it can say: FACE_MATCHED, FACE_REFUSED or FACE_NOT_COMPARABLE. */
    checkFace: fromCallback<VisitEvent, { context: VisitContext }>(notProvided),
    /** First values by field. Resolves with an empty object where the platform does not answer in time. */
    prefill: fromPromise<Record<string, Answer>, { context: VisitContext }>(notProvided),
    numberCase: fromPromise<CaseNumbers, { context: VisitContext }>(notProvided),
    /** Puts the case on disk, once per case id. Rejects when it is not safely there. */
    acceptCase: fromPromise<void, { context: VisitContext }>(notProvided),
    /** Follows the delivery: CASE_DELIVERED, CASE_REJECTED, and CASE_SLOW once when it takes long. */
    followCase: fromCallback<VisitEvent, { context: VisitContext }>(notProvided),
    /** Prints one paper, at most once per attempt. */
    printPaper: fromPromise<PaperOutcome, { context: VisitContext; index: number }>(notProvided),
    /** Puts the application aside, on the disk: DRAFT_SAVED or DRAFT_NOT_SAVED. */
    saveDraft: fromCallback<VisitEvent, { context: VisitContext }>(notProvided),
    /** Prints the code, at most once per attempt: SLIP_DONE. */
    printSlip: fromCallback<VisitEvent, { context: VisitContext }>(notProvided),
    /** Reads the code off the slip, where there is a scanner: CODE. */
    scanDraftCode: fromCallback<VisitEvent, { context: VisitContext }>(notProvided),
    /** Takes up what the code names: DRAFT_CLAIMED, DRAFT_NEEDS_CARD or DRAFT_REFUSED. */
    claimDraft: fromCallback<VisitEvent, { context: VisitContext }>(notProvided),
    /** Removes it for its owner: DRAFT_REMOVED, once it is. */
    discardDraft: fromCallback<VisitEvent, { context: VisitContext }>(notProvided),
    /** One service is over: its rating goes out, its papers that were not printed are withdrawn. */
    closeService: fromPromise<void, { context: VisitContext }>(notProvided),
    /** The end of a visit: as above, and nothing of the person stays. Rejects when it cannot be sure of that. */
    endVisit: fromPromise<void, { context: VisitContext }>(notProvided),
    /** The end of a visit that failed, tried again until it succeeds. */
    recover: fromPromise<void, { context: VisitContext }>(notProvided),
    /** Long enough for one sentence to be read. An actor and not a delayed event, which a restored machine would not start. */
    pause: fromPromise<void>(notProvided),
  },
  guards: {
    atStep: ({ context }, { kind }: { kind: Step['kind'] }) => currentStep(context)?.kind === kind,
    alreadyIdentified: ({ context }) => currentStep(context)?.kind === 'identify' && context.identity !== null,
    alreadyVerified: ({ context }) => {
      const step = currentStep(context);
      return step?.kind === 'verify-face' && context.faceVerified && context.faceChallenges >= step.challenges;
    },
    /** It was put aside at the review, and everything is still answered. */
    alreadyFilled: ({ context }) =>
      currentStep(context)?.kind === 'form' &&
      context.draft?.at === 'review' &&
      Object.keys(formErrors(context)).length === 0,
    mayBeSaved: ({ context }) => context.service !== null && context.service.draft !== 'no',
    slipMissing: ({ context }) => context.draft?.slip?.state !== 'printed',
    finished: ({ context }) => context.service !== null && context.stepIndex >= context.service.steps.length,
    formComplete: ({ context }) => Object.keys(formErrors(context)).length === 0,
    answered: ({ context }) => !((fieldNames(context)[context.question] ?? '') in formErrors(context)),
    lastQuestion: ({ context }) => context.editing || context.question >= fieldNames(context).length - 1,
    firstQuestion: ({ context }) => context.question === 0,
    editing: ({ context }) => context.editing,
    cardExpired: ({ event }) => event.type === 'CARD_REFUSED' && event.reason === 'expired',
    attemptsLeft: ({ context }) => context.faceAttemptsLeft > 0,
    mayQueue: ({ context }) => context.service?.offline === 'queue',
    paperWaiting: ({ context }) => nextPaper(context) >= 0,
    allPrinted: ({ context }) => context.papers.every(({ state }) => state === 'printed'),
    hasForm: ({ context }) => context.service?.steps.some(({ kind }) => kind === 'form') ?? false,
  },
  actions: {
    reset: assign(() => emptyVisit()),
    setLanguage: assign(({ context, event }) =>
      event.type === 'SET_LANGUAGE' ? { language: event.language } : context,
    ),
    setMode: assign(({ context, event }) => (event.type === 'SET_MODE' ? { mode: event.mode } : context)),
    choose: assign(({ context, event }) => {
      if (event.type !== 'CHOOSE') return context;
      const same = context.service?.id === event.service.id;
      const answers = same ? context : { answers: {}, touched: [], errors: {} };
      const draft = same ? context.draft : null;
      const start = { stepIndex: 0, question: 0, editing: false, case: null, papers: [], draft, claim: null };
      return { ...context, ...answers, ...start, service: event.service };
    }),
    /** The person stays, the service goes. */
    forgetService: assign({
      service: null,
      case: null,
      rating: null,
      stepIndex: 0,
      papers: [],
      question: 0,
      editing: false,
      answers: {},
      touched: [],
      errors: {},
      draft: null,
      claim: null,
    }),
    /** What the end of a visit still has to do needs the case's numbers and the rating, and nothing of the person. */
    forgetPerson: assign({
      identity: null,
      answers: {},
      touched: [],
      errors: {},
      papers: [],
      draft: null,
      claim: null,
    }),
    /** It was not accepted; another answer may ask for another ticket. */
    dropCase: assign({ case: null }),
    nextStep: assign({ stepIndex: ({ context }) => context.stepIndex + 1 }),
    /** From the review to one answer, or to the last question. */
    backToForm: assign(({ context, event }) => {
      const names = fieldNames(context);
      const wanted = event.type === 'EDIT' && event.field !== undefined ? names.indexOf(event.field) : -1;
      return {
        stepIndex: context.service?.steps.findIndex(({ kind }) => kind === 'form') ?? 0,
        question: wanted < 0 ? (event.type === 'EDIT' ? 0 : Math.max(0, names.length - 1)) : wanted,
        editing: wanted >= 0,
      };
    }),
    nextQuestion: assign({ question: ({ context }) => context.question + 1, errors: {} }),
    previousQuestion: assign({ question: ({ context }) => context.question - 1, errors: {} }),
    /** Something that was passed by is not right after all. */
    firstProblem: assign(({ context }) => {
      const errors = formErrors(context);
      const question = fieldNames(context).findIndex((name) => name in errors);
      return { errors, question: Math.max(0, question), editing: false };
    }),
    stopEditing: assign({ editing: false, errors: {} }),
    identify: assign(({ context, event }) => (event.type === 'CARD_READ' ? { identity: event.identity } : context)),
    verified: assign(({ event }) =>
      event.type === 'FACE_MATCHED' ? { faceVerified: true, faceChallenges: event.challenges } : {},
    ),
    countAttempt: assign(({ context, event }) =>
      event.type === 'FACE_REFUSED'
        ? {
            faceRefusal: event.why ?? null,
            faceAttemptsLeft: Math.max(0, Math.min(context.faceAttemptsLeft - 1, event.attemptsLeft)),
          }
        : {},
    ),
    answer: assign(({ context, event }) =>
      event.type === 'SET_ANSWER' ? withAnswer(context, event.field, event.value) : context,
    ),
    showErrors: assign({ errors: ({ context }) => formErrors(context) }),
    openCase: notProvided,
    deliver: assign(({ context, event }) => {
      if (event.type !== 'CASE_DELIVERED' || !context.case) return context;
      return { case: { ...context.case, delivered: true, ...(event.document && { document: event.document }) } };
    }),
    layOutPapers: assign(({ context }) => (context.papers.length > 0 ? context : { papers: papersOf(context) })),
    startPaper: assign(({ context }) => withPaper(context, nextPaper(context), { state: 'printing' })),
    retryPapers: assign(({ context }) => ({
      papers: context.papers.map((paper) => (paper.state === 'not-printed' ? waitingAgain(paper) : paper)),
    })),
    seePaper: assign(({ context, event }) => {
      return event.type === 'PAPER_SEEN' ? withPaperSeen(context, event.document, event.seen) : context;
    }),
    takePapers: assign(({ context }) => ({ papers: context.papers.map(takenIfPrinted) })),
    putAside: notProvided,
    startSlip: assign(({ context }) => withSlip(context, 'printing')),
    endSlip: assign(({ context, event }) => (event.type === 'SLIP_DONE' ? withSlip(context, event.outcome) : context)),
    forgetClaim: assign({ claim: null, identity: null, faceVerified: false, faceChallenges: 0 }),
    openClaim: assign(({ context, event }) =>
      event.type === 'CODE' ? { claim: { claimId: randomUUID(), code: event.code } } : context,
    ),
    refuseClaim: assign(({ context, event }) =>
      event.type === 'DRAFT_REFUSED' && context.claim
        ? { claim: { ...context.claim, refusal: event.refusal } }
        : context,
    ),
    takeUp: assign(({ context, event }) =>
      event.type === 'DRAFT_CLAIMED' ? takenUp(context, event.draft, event.service) : context,
    ),
    /** From here on it is a visit like any other: going back goes back. */
    arrive: assign(({ context: { draft } }) => {
      if (!draft) return {};
      const { at: _, ...arrived } = draft;
      return { draft: arrived };
    }),
    rate: notProvided,
  },
});
