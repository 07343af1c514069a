import { assign } from 'xstate';
import type { PrintOutcome } from '../../printers/core/contract.ts';
import { withNumbers, withOutcome } from './visit-changes.ts';
import { visitSetup } from './visit-setup.ts';

const UNKNOWN: PrintOutcome = { outcome: 'unknown', code: 'outcome-unknown', detail: 'the print actor failed' };

/** The case is numbered, accepted and sent; its papers are printed; the service is rated. */
export const submitState = visitSetup.createStateConfig({
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
            CASE_SLOW: [{ guard: 'mayQueue', target: '#visit.visit.route', actions: 'nextStep' }, { target: 'slow' }],
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
});

export const printState = visitSetup.createStateConfig({
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
});

export const rateState = visitSetup.createStateConfig({
  on: {
    RATE: { actions: 'rate' },
    NEXT: { target: '#visit.ending', actions: 'takePapers' },
    AGAIN: { target: '#visit.again', actions: 'takePapers' },
    LEAVE: { target: '#visit.ending', actions: 'takePapers' },
  },
});
