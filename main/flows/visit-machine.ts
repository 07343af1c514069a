import { and, assign, fromCallback, fromPromise, not, setup } from 'xstate';
import type { PrintOutcome } from '../../printers/core/contract.ts';
import type { PrintableDocument } from '../../printers/document/printable.ts';
import type { Language, Mode } from '../contracts/common.ts';
import type { DraftRefusal } from '../contracts/view.ts';
import type { PaperOutcome } from '../printing/printing.ts';
import type { DraftBody } from '../sync/draft-schemas.ts';
import { putAside, takenUp, withSlip } from './draft.ts';
import { resumeState, saveDraftState } from './draft-states.ts';
import type { Answer } from './form.ts';
import type { ServiceFile, Step } from './service-file.ts';
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
  withNumbers,
  withOutcome,
  withPaper,
  withPaperSeen,
  withPrefill,
} from './visit-changes.ts';
import { emptyVisit, type Paper, type VisitContext } from './visit-context.ts';

/**
 * One machine walks every service; the service file says which steps there are.
 *
 *   attract ──START──► services ──CHOOSE──► visit.route ──► identify │ verifyFace │ form │ review │ submit │ print │ rate
 *      ▲                  ▲                     ▲               └───────────── done, next step ─────────────┘
 *      │                  └──BACK, AGAIN────────┘
 *      ├──RESUME, also from services──► resume ──taken up──► visit.route        form, review ──SAVE_DRAFT──► visit.saveDraft
 *      └── ending ◄──LEAVE, TIMEOUT, last step done        ending ──wipe failed──► outOfService ──wiped──► attract
 *
 * What an actor does must be safe to do again: a core that died in the middle starts the same actor with the same input.
 */

export type VisitEvent =
  | { type: 'START' }
  | { type: 'SET_LANGUAGE'; language: Language }
  | { type: 'SET_MODE'; mode: Mode }
  | { type: 'CHOOSE'; service: ServiceFile }
  | { type: 'SET_ANSWER'; field: string; value: Answer | null }
  | { type: 'EDIT'; field?: string | undefined }
  | { type: 'NEXT' | 'BACK' | 'RETRY' | 'WITHOUT_FACE' | 'AGAIN' | 'LEAVE' | 'TIMEOUT' }
  | { type: 'PAPER_SEEN'; document: Paper['document']; seen: boolean }
  | { type: 'RATE'; stars: number }
  | { type: 'CARD_READ'; identity: NonNullable<VisitContext['identity']> }
  | { type: 'CARD_REFUSED'; reason: 'refused' | 'expired' }
  | { type: 'FACE_MATCHED'; challenges: number }
  /** `attemptsLeft`: of this card, whatever visits they were made in. */
  | { type: 'FACE_REFUSED'; attemptsLeft: number; why?: NonNullable<VisitContext['faceRefusal']> }
  | { type: 'FACE_NOT_COMPARABLE' }
  | { type: 'CASE_DELIVERED'; document?: PrintableDocument }
  | { type: 'CASE_REJECTED' }
  | { type: 'CASE_SLOW' }
  | DraftEvent;

/** Putting aside and taking up again. */
export type DraftEvent =
  | { type: 'SAVE_DRAFT' | 'DRAFT_SAVED' | 'DRAFT_NOT_SAVED' }
  | { type: 'SLIP_DONE'; outcome: PrintOutcome }
  | { type: 'RESUME' | 'DRAFT_NEEDS_CARD' | 'DISCARD' | 'DRAFT_REMOVED' }
  | { type: 'CODE'; code: string }
  | { type: 'DRAFT_CLAIMED'; draft: DraftBody; service: ServiceFile }
  | { type: 'DRAFT_REFUSED'; refusal: DraftRefusal };

const notProvided = (): never => {
  throw new Error('The visit machine runs with the actors that compose.ts provides.');
};

const UNKNOWN: PrintOutcome = { outcome: 'unknown', code: 'outcome-unknown', detail: 'the print actor failed' };

const machineSetup = setup({
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
    openCase: assign(({ context }) => openedCase(context, new Date())),
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
    putAside: assign(({ context }) => putAside(context, new Date())),
    startSlip: assign(({ context }) => withSlip(context, 'printing')),
    endSlip: assign(({ context, event }) => (event.type === 'SLIP_DONE' ? withSlip(context, event.outcome) : context)),
    forgetClaim: assign({ claim: null, identity: null, faceVerified: false, faceChallenges: 0 }),
    openClaim: assign(({ context, event }) =>
      event.type === 'CODE' ? { claim: { claimId: crypto.randomUUID(), code: event.code } } : context,
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
    rate: assign(({ context, event }) => rated(context, event, new Date())),
  },
});

function openedCase({ case: opened }: VisitContext, now: Date): Pick<VisitContext, 'case'> {
  return { case: opened ?? { caseId: crypto.randomUUID(), acceptedAt: now.toISOString(), delivered: false } };
}

function rated(context: VisitContext, event: VisitEvent, now: Date): Partial<VisitContext> {
  return event.type === 'RATE' ? { rating: { stars: event.stars, ratedAt: now.toISOString() } } : context;
}

export const visitMachine = machineSetup.createMachine({
  id: 'visit',
  context: () => emptyVisit(),
  initial: 'attract',
  on: { SET_LANGUAGE: { actions: 'setLanguage' }, SET_MODE: { actions: 'setMode' } },
  states: {
    attract: {
      entry: 'reset',
      on: {
        START: 'services',
        RESUME: 'resume',
        SET_LANGUAGE: { target: 'services', actions: 'setLanguage' },
        SET_MODE: { target: 'services', actions: 'setMode' },
      },
    },

    services: {
      on: {
        CHOOSE: { target: 'visit', actions: 'choose' },
        RESUME: 'resume',
        BACK: 'ending',
        LEAVE: 'ending',
        TIMEOUT: 'ending',
      },
    },

    resume: resumeState,

    visit: {
      initial: 'route',
      on: { LEAVE: 'ending', TIMEOUT: 'ending' },
      states: {
        route: {
          always: [
            { guard: 'finished', target: '#visit.ending' },
            { guard: 'alreadyIdentified', target: 'route', actions: 'nextStep', reenter: true },
            { guard: 'alreadyVerified', target: 'route', actions: 'nextStep', reenter: true },
            { guard: 'alreadyFilled', target: 'route', actions: 'nextStep', reenter: true },
            { guard: { type: 'atStep', params: { kind: 'identify' } }, target: 'identify' },
            { guard: { type: 'atStep', params: { kind: 'verify-face' } }, target: 'verifyFace' },
            { guard: { type: 'atStep', params: { kind: 'form' } }, target: 'form' },
            { guard: { type: 'atStep', params: { kind: 'review' } }, target: 'review' },
            { guard: { type: 'atStep', params: { kind: 'submit' } }, target: 'submit' },
            { guard: { type: 'atStep', params: { kind: 'print' } }, target: 'print' },
            { guard: { type: 'atStep', params: { kind: 'rate' } }, target: 'rate' },
          ],
        },

        identify: {
          initial: 'waiting',
          on: {
            BACK: '#visit.services',
            CARD_READ: { target: '#visit.visit.route', actions: ['identify', 'nextStep'] },
            CARD_REFUSED: [{ guard: 'cardExpired', target: '.expired' }, { target: '.refused' }],
          },
          // Another card may be laid down at any of them: reading goes on.
          states: {
            waiting: { invoke: { src: 'readCard' } },
            refused: { invoke: { src: 'readCard' }, on: { RETRY: 'waiting' } },
            expired: { invoke: { src: 'readCard' }, on: { RETRY: 'waiting' } },
          },
        },

        verifyFace: {
          initial: 'entering',
          on: { BACK: '#visit.services', WITHOUT_FACE: 'withoutFace' },
          states: {
            /** Going away and coming back gives no further attempts. */
            entering: { always: [{ guard: 'attemptsLeft', target: 'looking' }, { target: 'refused' }] },
            looking: {
              invoke: { src: 'checkFace', input: ({ context }) => ({ context }) },
              on: {
                FACE_MATCHED: { target: 'matched', actions: 'verified' },
                FACE_REFUSED: { target: 'refused', actions: 'countAttempt' },
                FACE_NOT_COMPARABLE: 'notComparable',
              },
            },
            matched: { invoke: { src: 'pause', onDone: { target: '#visit.visit.route', actions: 'nextStep' } } },
            refused: { on: { RETRY: { guard: 'attemptsLeft', target: 'looking' } } },
            notComparable: {},
          },
        },
        withoutFace: { on: { BACK: 'verifyFace' } },

        form: {
          entry: 'arrive',
          invoke: {
            src: 'prefill',
            input: ({ context }) => ({ context }),
            onDone: { actions: assign(({ context, event }) => withPrefill(context, event.output)) },
            onError: {},
          },
          on: {
            SET_ANSWER: { actions: 'answer' },
            SAVE_DRAFT: { guard: 'mayBeSaved', target: 'saveDraft' },
            NEXT: [
              { guard: not('answered'), actions: 'showErrors' },
              { guard: not('lastQuestion'), actions: 'nextQuestion' },
              { guard: 'formComplete', target: 'route', actions: ['stopEditing', 'nextStep'] },
              { actions: 'firstProblem' },
            ],
            BACK: [
              {
                guard: and(['editing', 'answered', 'formComplete']),
                target: 'route',
                actions: ['stopEditing', 'nextStep'],
              },
              { guard: not('firstQuestion'), actions: 'previousQuestion' },
              { target: '#visit.services' },
            ],
          },
        },

        review: {
          entry: 'arrive',
          on: {
            SAVE_DRAFT: { guard: 'mayBeSaved', target: 'saveDraft' },
            NEXT: { target: 'route', actions: 'nextStep' },
            EDIT: { guard: 'hasForm', target: 'route', actions: 'backToForm' },
            BACK: [{ guard: 'hasForm', target: 'route', actions: 'backToForm' }, { target: '#visit.services' }],
          },
        },

        saveDraft: saveDraftState,

        submit: {
          entry: 'openCase',
          initial: 'numbering',
          states: {
            // Leaving now would leave the resident in doubt, and both take milliseconds. The numbers are kept before they are
            // used, so that a case that is accepted again after a crash is the same to the letter.
            numbering: {
              on: { LEAVE: {}, TIMEOUT: {} },
              invoke: {
                src: 'numberCase',
                input: ({ context }) => ({ context }),
                onDone: {
                  target: 'saving',
                  actions: assign(({ context, event }) => withNumbers(context, event.output)),
                },
                onError: 'notSaved',
              },
            },
            saving: {
              on: { LEAVE: {}, TIMEOUT: {} },
              invoke: {
                src: 'acceptCase',
                input: ({ context }) => ({ context }),
                onDone: 'sending',
                onError: 'notSaved',
              },
            },
            sending: {
              invoke: { src: 'followCase', input: ({ context }) => ({ context }) },
              initial: 'soon',
              on: {
                CASE_DELIVERED: { target: '#visit.visit.route', actions: ['deliver', 'nextStep'] },
                CASE_REJECTED: 'rejected',
              },
              states: {
                soon: {
                  on: {
                    CASE_SLOW: [
                      { guard: 'mayQueue', target: '#visit.visit.route', actions: 'nextStep' },
                      { target: 'slow' },
                    ],
                  },
                },
                /** Safe here, not answered there: the resident may wait, or go on with the receipt alone. */
                slow: { on: { NEXT: { target: '#visit.visit.route', actions: 'nextStep' } } },
              },
            },
            rejected: {},
            notSaved: {
              on: {
                RETRY: 'numbering',
                BACK: [
                  { guard: 'hasForm', target: '#visit.visit.route', actions: ['dropCase', 'backToForm'] },
                  { target: '#visit.services' },
                ],
              },
            },
          },
        },

        print: {
          entry: 'layOutPapers',
          initial: 'choosing',
          states: {
            choosing: {
              always: [
                { guard: 'paperWaiting', target: 'printing', actions: 'startPaper' },
                { guard: 'allPrinted', target: '#visit.visit.route', actions: 'nextStep' },
                { target: 'attention' },
              ],
            },
            printing: {
              // Walking away does not stop paper that is on its way; the visit ends when it is out.
              on: { LEAVE: {}, TIMEOUT: {}, PAPER_SEEN: { actions: 'seePaper' } },
              invoke: {
                src: 'printPaper',
                input: ({ context }) => ({
                  context,
                  index: context.papers.findIndex(({ state }) => state === 'printing'),
                }),
                onDone: {
                  target: 'choosing',
                  actions: assign(({ context, event }) => withOutcome(context, event.output)),
                },
                onError: { target: 'choosing', actions: assign(({ context }) => withOutcome(context, UNKNOWN)) },
              },
            },
            attention: {
              on: {
                RETRY: { target: 'choosing', actions: 'retryPapers' },
                PAPER_SEEN: { target: 'choosing', actions: 'seePaper' },
                NEXT: { target: '#visit.visit.route', actions: 'nextStep' },
              },
            },
          },
        },

        rate: {
          on: {
            RATE: { actions: 'rate' },
            NEXT: { target: '#visit.ending', actions: 'takePapers' },
            AGAIN: { target: '#visit.again', actions: 'takePapers' },
            LEAVE: { target: '#visit.ending', actions: 'takePapers' },
          },
        },
      },
    },

    /** What was rated is sent before the next service begins; the person stays identified. */
    again: {
      invoke: {
        src: 'closeService',
        input: ({ context }) => ({ context }),
        onDone: { target: 'services', actions: 'forgetService' },
        // The next service cannot begin, so the visit ends; a restart must not bring its person back to an empty room.
        onError: 'ending',
      },
    },

    ending: {
      invoke: { src: 'endVisit', input: ({ context }) => ({ context }), onDone: 'attract', onError: 'outOfService' },
    },

    outOfService: {
      entry: 'forgetPerson',
      invoke: { src: 'recover', input: ({ context }) => ({ context }), onDone: 'attract' },
    },
  },
});

/** The machine, where what time it is is not for this machine's own clock to say. */
export function visitMachineAt(now: () => Date): typeof visitMachine {
  return visitMachine.provide({
    actions: {
      openCase: assign(({ context }) => openedCase(context, now())),
      putAside: assign(({ context }) => putAside(context, now())),
      rate: assign(({ context, event }) => rated(context, event, now())),
    },
  });
}
