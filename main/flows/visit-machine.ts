import { randomUUID } from 'node:crypto';
import { assign } from 'xstate';
import { printState, rateState, submitState } from './case-states.ts';
import { putAside } from './draft.ts';
import { resumeState, saveDraftState } from './draft-states.ts';
import { formState, reviewState } from './form-states.ts';
import { identifyState, verifyFaceState, withoutFaceState } from './identity-states.ts';
import { emptyVisit, type VisitContext } from './visit-context.ts';
import type { VisitEvent } from './visit-events.ts';
import { visitSetup } from './visit-setup.ts';

export type { DraftEvent, VisitEvent } from './visit-events.ts';

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
export const visitMachine = visitSetup.createMachine({
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

        identify: identifyState,
        verifyFace: verifyFaceState,
        withoutFace: withoutFaceState,
        form: formState,
        review: reviewState,
        saveDraft: saveDraftState,
        submit: submitState,
        print: printState,
        rate: rateState,
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

/** The machine with a clock: what it dates is accepted, kept and rated at that instant. It has none of its own, as this machine's may be wrong. */
export function visitMachineAt(now: () => Date): typeof visitMachine {
  return visitMachine.provide({
    actions: {
      openCase: assign(({ context }) => openedCase(context, now())),
      putAside: assign(({ context }) => putAside(context, now())),
      rate: assign(({ context, event }) => rated(context, event, now())),
    },
  });
}

function openedCase({ case: opened }: VisitContext, now: Date): Pick<VisitContext, 'case'> {
  return { case: opened ?? { caseId: randomUUID(), acceptedAt: now.toISOString(), delivered: false } };
}

function rated(context: VisitContext, event: VisitEvent, now: Date): Partial<VisitContext> {
  return event.type === 'RATE' ? { rating: { stars: event.stars, ratedAt: now.toISOString() } } : context;
}
