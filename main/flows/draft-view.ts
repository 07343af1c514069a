import type { Screen } from '../contracts/view.ts';
import { type Conditions, deviceProblem } from './availability.ts';
import type { VisitSnapshot } from './view.ts';
import type { VisitContext } from './visit-context.ts';

/** The screens of putting aside and taking up again. */

export function saveDraftScreen(snapshot: VisitSnapshot): Screen {
  const { draft, identity } = snapshot.context;
  const needsCard = identity !== null;
  const at = (phase: Extract<Screen, { kind: 'save-draft' }>['phase']): Screen => ({
    kind: 'save-draft',
    phase,
    needsCard,
    // A code that nothing can be found with yet is not shown.
    ...(draft && (phase === 'saved' || phase === 'printing') && { code: draft.code, keptUntil: draft.keptUntil }),
    ...(draft?.slip && phase === 'saved' && { slip: slipOf(draft.slip) }),
  });
  if (snapshot.matches({ visit: { saveDraft: 'saving' } })) return at('saving');
  if (snapshot.matches({ visit: { saveDraft: 'notSaved' } })) return at('not-saved');
  return at(snapshot.matches({ visit: { saveDraft: 'printing' } }) ? 'printing' : 'saved');
}

export function resumeScreen(snapshot: VisitSnapshot, around: Conditions): Screen {
  const { claim } = snapshot.context;
  if (snapshot.matches({ resume: 'code' })) {
    return { kind: 'resume', phase: 'code', scanner: deviceProblem('barcode-scanner', around) === undefined };
  }
  if (snapshot.matches({ resume: 'asking' })) return { kind: 'resume', phase: 'asking' };
  if (snapshot.matches({ resume: 'removing' })) return { kind: 'resume', phase: 'removing' };
  if (snapshot.matches({ resume: 'refused' })) {
    return { kind: 'resume', phase: 'refused', refusal: claim?.refusal ?? 'not-found' };
  }
  const found = foundOf(snapshot.context);
  return { kind: 'resume', phase: 'found', ...(found && { found }) };
}

/** Whether there is a button to put the application aside. */
export function savingOf({ service }: VisitContext): { saving?: 'possible' | 'offered' } {
  if (!service || service.draft === 'no') return {};
  return { saving: service.draft === 'offer' ? 'offered' : 'possible' };
}

function foundOf({ service, draft }: VisitContext): Extract<Screen, { kind: 'resume' }>['found'] {
  if (!service || !draft) return undefined;
  const { title, plainTitle } = service;
  const { savedAt, keptUntil, refill } = draft;
  return { title, plainTitle, savedAt, keptUntil, changed: refill !== undefined, refill: refill ?? [] };
}

function slipOf({ attempt: _, ...slip }: NonNullable<NonNullable<VisitContext['draft']>['slip']>) {
  return slip;
}
