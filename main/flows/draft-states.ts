import type { VisitContext } from './visit-context.ts';

const withContext = ({ context }: { context: VisitContext }) => ({ context });

/** Beside `form` and `review` in a visit: the application is put aside. Nothing is said to be saved before it is on the disk. */
export const saveDraftState = {
  entry: 'putAside',
  initial: 'saving',
  states: {
    saving: {
      on: {
        LEAVE: {},
        TIMEOUT: {},
        DRAFT_SAVED: { target: 'printing', actions: 'startSlip' },
        DRAFT_NOT_SAVED: 'notSaved',
      },
      invoke: { src: 'saveDraft', input: withContext },
    },
    notSaved: { on: { RETRY: 'saving', BACK: '#visit.visit.route' } },
    printing: {
      on: { LEAVE: {}, TIMEOUT: {}, SLIP_DONE: { target: 'saved', actions: 'endSlip' } },
      invoke: { src: 'printSlip', input: withContext },
    },
    /** The code is on the page whatever became of the paper. */
    saved: {
      on: { NEXT: '#visit.ending', RETRY: { guard: 'slipMissing', target: 'printing', actions: 'startSlip' } },
    },
  },
} as const;

/**
 * An application that was put aside is taken up:
 *
 *   code ──CODE──► asking ──► found ──NEXT──► visit        found ──DISCARD──► removing ──► ending
 *     ▲              │ ▲
 *     └── refused ◄──┤ └── CARD_READ ── card ◄── it may be somebody's
 */
export const resumeState = {
  initial: 'code',
  on: { LEAVE: 'ending', TIMEOUT: 'ending' },
  states: {
    /** Whoever types another code lays the card down again. */
    code: {
      entry: 'forgetClaim',
      invoke: { src: 'scanDraftCode', input: withContext },
      on: { CODE: { target: 'asking', actions: 'openClaim' }, BACK: '#visit.services' },
    },
    asking: {
      invoke: { src: 'claimDraft', input: withContext },
      on: {
        BACK: 'code',
        DRAFT_CLAIMED: { target: 'found', actions: 'takeUp' },
        DRAFT_NEEDS_CARD: 'card',
        DRAFT_REFUSED: { target: 'refused', actions: 'refuseClaim' },
      },
    },
    card: {
      initial: 'waiting',
      on: {
        BACK: 'code',
        CARD_READ: { target: 'asking', actions: 'identify' },
        CARD_REFUSED: [{ guard: 'cardExpired', target: '.expired' }, { target: '.refused' }],
      },
      states: {
        waiting: { invoke: { src: 'readCard' } },
        refused: { invoke: { src: 'readCard' }, on: { RETRY: 'waiting' } },
        expired: { invoke: { src: 'readCard' }, on: { RETRY: 'waiting' } },
      },
    },
    refused: { on: { RETRY: 'code', BACK: 'code' } },
    found: { on: { NEXT: '#visit.visit', DISCARD: 'removing' } },
    removing: {
      on: { LEAVE: {}, TIMEOUT: {}, DRAFT_REMOVED: '#visit.ending' },
      invoke: { src: 'discardDraft', input: withContext },
    },
  },
} as const;
