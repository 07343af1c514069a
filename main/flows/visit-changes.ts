import type { DeviceErrorCode } from '../../drivers/core/index.ts';
import type { PaperOutcome } from '../../printers/core/outcome.ts';
import type { PrintableDocument } from '../../printers/document/printable.ts';
import type { Problem } from '../contracts/view.ts';
import { type Answer, checkForm, isPlausible } from './form.ts';
import type { ServiceFile, Step, StepOf } from './service-file.ts';
import type { Paper, VisitContext } from './visit-context.ts';

/** What events make of a visit's memory. Pure: the machine says when. */

/** The numbers that a case is known by; never given out twice. */
export interface CaseNumbers {
  readonly caseNumber: string;
  readonly ticketNumber?: string;
}

/** The step that the visit stands at; `undefined` behind the last one. */
export function currentStep(context: VisitContext): Step | undefined {
  return context.service?.steps[context.stepIndex];
}

export function stepOf<K extends Step['kind']>(service: ServiceFile | null, kind: K): StepOf<K> | undefined {
  return service?.steps.find((item): item is StepOf<K> => item.kind === kind);
}

/** The form's questions, in the order in which they are asked. */
export function fieldNames({ service }: VisitContext): string[] {
  return Object.keys(stepOf(service, 'form')?.schema.properties ?? {});
}

export function formErrors(context: VisitContext): VisitContext['errors'] {
  const form = stepOf(context.service, 'form');
  return form ? { ...checkForm(form.schema, context.answers) } : {};
}

export function withAnswer(context: VisitContext, field: string, value: Answer | null): VisitContext {
  const properties = stepOf(context.service, 'form')?.schema.properties ?? {};
  const property = Object.hasOwn(properties, field) ? properties[field] : undefined;
  if (!property || (value !== null && !isPlausible(property, value))) return context;
  const { [field]: _answer, ...answers } = context.answers;
  const { [field]: _error, ...errors } = context.errors;
  const touched = [...new Set([...context.touched, field])];
  return {
    ...context,
    touched,
    errors,
    answers: value === null || value === '' ? answers : { ...answers, [field]: value },
  };
}

export function withPrefill(context: VisitContext, values: Record<string, Answer>): VisitContext {
  const properties = stepOf(context.service, 'form')?.schema.properties ?? {};
  const usable = Object.entries(values).filter(([field, value]) => {
    const property = properties[field];
    return (
      property &&
      !context.touched.includes(field) &&
      context.answers[field] === undefined &&
      isPlausible(property, value)
    );
  });
  return { ...context, answers: { ...context.answers, ...Object.fromEntries(usable) } };
}

export function withNumbers(context: VisitContext, numbers: CaseNumbers): Partial<VisitContext> {
  return context.case ? { case: { ...context.case, ...numbers } } : {};
}

/** The papers of the print step. What the platform has not issued cannot be printed today. */
export function papersOf(context: VisitContext): Paper[] {
  return (stepOf(context.service, 'print')?.papers ?? []).map(({ document, copies }) => {
    const missing = document !== 'receipt' && !issuedFor(document, context.case?.document);
    return missing
      ? { document, copies, attempt: 1, state: 'not-printed', problem: 'platform-offline' }
      : { document, copies, attempt: 1, state: 'waiting' };
  });
}

/** A certificate comes with its own words or has a template (`Licence`); only the latter goes on a numbered blank. */
function issuedFor(paper: 'certificate' | 'licence', issued: PrintableDocument | undefined): boolean {
  return issued !== undefined && (paper === 'certificate' || issued.kind === 'licence');
}

export function nextPaper({ papers }: VisitContext): number {
  return papers.findIndex(({ state }) => state === 'waiting');
}

export function withPaper(context: VisitContext, index: number, change: Partial<Paper>): Pick<VisitContext, 'papers'> {
  return { papers: context.papers.map((paper, at) => (at === index ? { ...paper, ...change } : paper)) };
}

/** A new attempt has a new job id, so the spool lets it through. */
export function waitingAgain({ document, copies, attempt, ...rest }: Paper): Paper {
  return rest.problem === 'platform-offline'
    ? { document, copies, attempt, ...rest }
    : { document, copies, attempt: attempt + 1, state: 'waiting' };
}

export function withOutcome(context: VisitContext, outcome: PaperOutcome): Pick<VisitContext, 'papers'> {
  const index = context.papers.findIndex(({ state }) => state === 'printing');
  if (outcome.outcome === 'no-blank')
    return withPaper(context, index, { state: 'not-printed', problem: outcome.problem });
  if (outcome.outcome !== 'not-printed') return withPaper(context, index, { state: outcome.outcome });
  return withPaper(context, index, {
    state: 'not-printed',
    problem: paperProblem(context.papers[index]!.document, outcome.code),
  });
}

/**
 * The resident has looked. A licence that is not there stands on a blank that may be used all the same, so a clerk has to see to
 * that one first; anything else is printed again.
 */
export function withPaperSeen(
  context: VisitContext,
  document: Paper['document'],
  seen: boolean,
): Pick<VisitContext, 'papers'> {
  const index = context.papers.findIndex((paper) => paper.document === document && paper.state === 'unknown');
  const paper = context.papers[index];
  if (!paper) return context;
  if (seen) return withPaper(context, index, { state: 'printed' });
  return withPaper(context, index, document === 'licence' ? AWAITS_CLERK : waitingAgain(paper));
}

export function takenIfPrinted(paper: Paper): Paper {
  return paper.state === 'printed' ? { ...paper, taken: true } : paper;
}

const AWAITS_CLERK: Partial<Paper> = { state: 'not-printed', problem: 'blanks-uncertain' };

export function paperProblem(document: Paper['document'], fault: DeviceErrorCode): Problem {
  return { device: printerOf(document), fault };
}

export function printerOf(document: Paper['document']): 'receipt-printer' | 'licence-printer' {
  return document === 'receipt' ? 'receipt-printer' : 'licence-printer';
}
