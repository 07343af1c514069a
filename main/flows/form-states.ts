import { and, assign, not } from 'xstate';
import { withPrefill } from './visit-changes.ts';
import { visitSetup } from './visit-setup.ts';

/** One question a page, and all answers once more before they are sent. */
export const formState = visitSetup.createStateConfig({
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
});

export const reviewState = visitSetup.createStateConfig({
  entry: 'arrive',
  on: {
    SAVE_DRAFT: { guard: 'mayBeSaved', target: 'saveDraft' },
    NEXT: { target: 'route', actions: 'nextStep' },
    EDIT: { guard: 'hasForm', target: 'route', actions: 'backToForm' },
    BACK: [{ guard: 'hasForm', target: 'route', actions: 'backToForm' }, { target: '#visit.services' }],
  },
});
