import { randomBytes, randomUUID } from 'node:crypto';
import type { PrintOutcome } from '../../printers/core/contract.ts';
import { DRAFT_ALPHABET, DRAFT_CODE_LENGTH, draftCodeOf } from '../contracts/draft-code.ts';
import type { DraftBody } from '../sync/draft-schemas.ts';
import { checkForm, isPlausible } from './form.ts';
import type { ServiceFile } from './service-file.ts';
import { currentStep, fieldNames, paperProblem, stepOf } from './visit-changes.ts';
import type { VisitContext } from './visit-context.ts';

/** What putting aside and taking up make of a visit's memory. */

const DAY_MS = 86_400_000;

export type VisitDraft = NonNullable<VisitContext['draft']>;

/** To be put aside now. One that was taken up keeps its code: both slips are good. */
export function putAside(context: VisitContext, now: Date): Pick<VisitContext, 'draft'> {
  const { draft, service } = context;
  const nowMs = now.getTime();
  const { draftId = randomUUID(), code = newCode(), revision = 0, claimId } = draft ?? {};
  return {
    draft: {
      draftId,
      code,
      revision: revision + 1,
      savedAt: new Date(nowMs).toISOString(),
      keptUntil: new Date(nowMs + (service?.draftDays ?? 1) * DAY_MS).toISOString(),
      ...(claimId && { claimId }),
    },
  };
}

/** What is kept, here and at the platform. `codeHash`: of the context's code. */
export function draftBodyOf(context: VisitContext, codeHash: string): DraftBody {
  const { service, draft, identity, language, answers, touched, question } = context;
  if (!service || !draft) throw new Error('The machine opens a draft of a service before it is saved.');
  const { draftId, revision, savedAt, keptUntil, claimId } = draft;
  return {
    ...{ draftId, revision, codeHash, savedAt, keptUntil, language, answers, touched, question },
    serviceId: service.id,
    serviceVersion: service.version,
    ...(identity && { person: { name: identity.card.name, idNumber: identity.card.idNumber } }),
    at: currentStep(context)?.kind === 'review' ? 'review' : 'form',
    ...(claimId && { claimId }),
  };
}

/** The visit as it was left, in the service as it is today: answers that no longer fit are left out, and said. */
export function takenUp(context: VisitContext, draft: DraftBody, service: ServiceFile): Partial<VisitContext> {
  const { draftId, revision, savedAt, keptUntil, at, claimId, touched } = draft;
  const changed = draft.serviceVersion !== service.version;
  const answers = fitting(draft, service, changed);
  const names = fieldNames({ ...context, service });
  const lost = names.findIndex((name) => name in draft.answers && !(name in answers));
  const properties = stepOf(service, 'form')?.schema.properties ?? {};
  const refill = names.filter((name) => isMissing(service, name, answers)).map((name) => properties[name]!);
  return {
    service,
    answers,
    touched: touched.filter((name) => name in answers || (names.includes(name) && !(name in draft.answers))),
    errors: {},
    stepIndex: 0,
    question: lost >= 0 ? lost : Math.min(draft.question, Math.max(0, names.length - 1)),
    editing: false,
    claim: null,
    draft: {
      ...{ draftId, code: context.claim?.code ?? '', revision, savedAt, keptUntil, at },
      ...(claimId && { claimId }),
      ...(changed && { refill: refill.map(({ label, title }) => label ?? title) }),
    },
  };
}

/** A half-typed number stays as long as its question is the same. */
function fitting({ answers }: DraftBody, service: ServiceFile, changed: boolean): VisitContext['answers'] {
  const form = stepOf(service, 'form');
  if (!form) return {};
  const { properties } = form.schema;
  const plausible = Object.fromEntries(
    Object.entries(answers).filter(([name, value]) => {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
      return property !== undefined && isPlausible(property, value);
    }),
  );
  if (!changed) return plausible;
  const wrong = checkForm(form.schema, plausible);
  return Object.fromEntries(Object.entries(plausible).filter(([name]) => !(name in wrong)));
}

function isMissing(service: ServiceFile, name: string, answers: VisitContext['answers']): boolean {
  return (stepOf(service, 'form')?.schema.required.includes(name) ?? false) && !(name in answers);
}

export function withSlip({ draft }: VisitContext, outcome: PrintOutcome | 'printing'): Pick<VisitContext, 'draft'> {
  if (!draft) return { draft };
  const attempt = draft.slip?.attempt ?? 0;
  if (outcome === 'printing') return { draft: { ...draft, slip: { attempt: attempt + 1, state: 'printing' } } };
  const problem = outcome.outcome === 'not-printed' && { problem: paperProblem('receipt', outcome.code) };
  return { draft: { ...draft, slip: { attempt, state: outcome.outcome, ...problem } } };
}

/** Nobody can guess it. Bytes beyond the last whole alphabet are drawn again, so that every character is as likely. */
function newCode(): string {
  const numbers: number[] = [];
  const size = DRAFT_ALPHABET.length;
  while (numbers.length < DRAFT_CODE_LENGTH - 1) {
    const [byte = 255] = randomBytes(1);
    if (byte < 256 - (256 % size)) numbers.push(byte % size);
  }
  return draftCodeOf(numbers);
}
