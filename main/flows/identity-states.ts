import { visitSetup } from './visit-setup.ts';

/** Who it is: the card, and whether the face is that of the card. */
export const identifyState = visitSetup.createStateConfig({
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
});

export const verifyFaceState = visitSetup.createStateConfig({
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
});

export const withoutFaceState = visitSetup.createStateConfig({ on: { BACK: 'verifyFace' } });
