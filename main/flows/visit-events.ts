import type { PrintOutcome } from '../../printers/core/contract.ts';
import type { PrintableDocument } from '../../printers/document/printable.ts';
import type { Language, Mode } from '../contracts/common.ts';
import type { DraftRefusal } from '../contracts/view.ts';
import type { DraftBody } from '../sync/draft-schemas.ts';
import type { Answer } from './form.ts';
import type { ServiceFile } from './service-file.ts';
import type { Paper, VisitContext } from './visit-context.ts';

/** What can happen in a visit: said by the resident, or found out by an actor. */
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
