import type { ServiceFile, Step, StepOf } from './service-file.ts';

/** What cannot work in a service file although every part of it is well-formed: where, and why. */
export interface ServiceProblem {
  readonly path: (string | number)[];
  readonly message: string;
}

export function serviceProblems(service: ServiceFile): ServiceProblem[] {
  return [
    ...orderProblems(service),
    ...needProblems(service),
    ...service.steps.flatMap(formProblems),
    ...ticket(service),
    ...service.steps.flatMap(paperProblems),
    ...draftProblems(service),
  ];
}

/** Each kind of step once; what is submitted is asked before, and the result is shown by the last step. */
function orderProblems({ steps }: ServiceFile): ServiceProblem[] {
  const kinds = steps.map(({ kind }) => kind);
  const problems: ServiceProblem[] = [];
  const problem = (at: number, message: string): void => void problems.push({ path: ['steps', at], message });
  const before = (first: Step['kind'], second: Step['kind']): void => {
    const [at, then] = [kinds.indexOf(first), kinds.indexOf(second)];
    if (at >= 0 && then >= 0 && at > then) problem(at, `a "${first}" step has its place before "${second}"`);
  };
  kinds.forEach((kind, at) => {
    if (kinds.indexOf(kind) < at) problem(at, `"${kind}" stands twice`);
  });
  if (kinds.includes('verify-face') && !kinds.includes('identify')) {
    problem(kinds.indexOf('verify-face'), 'a face is compared with a document: an "identify" step is missing');
  }
  before('identify', 'verify-face');
  for (const kind of ['identify', 'verify-face', 'form', 'review'] as const) before(kind, 'submit');
  before('form', 'review');
  before('submit', 'print');
  if (!kinds.includes('submit')) problems.push({ path: ['steps'], message: 'a "submit" step is missing' });
  if (kinds.at(-1) !== 'rate') {
    problems.push({ path: ['steps'], message: 'the last step is "rate", which shows the case number and the outcome' });
  }
  return problems;
}

/** What a step works with stands under `needs`, where the terminal looks before it offers the service. */
function needProblems({ steps, needs }: ServiceFile): ServiceProblem[] {
  const kinds = new Set(steps.map(({ kind }) => kind));
  const problems: ServiceProblem[] = [];
  const want = (device: ServiceFile['needs']['devices'][number], why: string): void => {
    if (needs.devices.includes(device)) return;
    problems.push({ path: ['needs', 'devices'], message: `${why} needs "${device}"` });
  };
  if (kinds.has('identify')) want('id-card-reader', 'an "identify" step');
  if (kinds.has('verify-face')) want('camera', 'a "verify-face" step');
  for (const { document } of findStep(steps, 'print')?.papers ?? []) {
    want(document === 'receipt' ? 'receipt-printer' : 'licence-printer', `printing a ${document}`);
  }
  const right = kinds.has('verify-face') ? 'face' : kinds.has('identify') ? 'document' : 'none';
  if (needs.assurance !== right) {
    problems.push({ path: ['needs', 'assurance'], message: `with these steps it is "${right}"` });
  }
  return problems;
}

function formProblems(step: Step, at: number): ServiceProblem[] {
  if (step.kind !== 'form') return [];
  const { required, properties } = step.schema;
  const problems: ServiceProblem[] = [];
  const unknown = (path: (string | number)[], names: readonly string[]): void => {
    for (const name of names) {
      if (!Object.hasOwn(properties, name)) problems.push({ path, message: `the form has no field "${name}"` });
    }
  };
  unknown(['steps', at, 'schema', 'required'], required);
  unknown(['steps', at, 'prefill'], Object.keys(step.prefill));
  return problems;
}

/** The platform issues one document a case: a second paper would be the same licence on another numbered blank. */
function paperProblems(step: Step, at: number): ServiceProblem[] {
  if (step.kind !== 'print') return [];
  const [, second] = step.papers.flatMap(({ document }, index) => (document === 'licence' ? [index] : []));
  if (second === undefined) return [];
  return [{ path: ['steps', at, 'papers', second], message: 'a case has one licence, on one numbered blank' }];
}

/** The letter of a ticket comes from an answer, so there must be one, with a letter for each. */
function ticket({ steps }: ServiceFile): ServiceProblem[] {
  const at = steps.findIndex(({ kind }) => kind === 'submit');
  const wanted = findStep(steps, 'submit')?.ticket;
  if (!wanted) return [];
  const { field, letters } = wanted;
  const form = findStep(steps, 'form');
  const property = form && Object.hasOwn(form.schema.properties, field) ? form.schema.properties[field] : undefined;
  if (!property || !('oneOf' in property) || !form?.schema.required.includes(field)) {
    return [{ path: ['steps', at, 'ticket', 'field'], message: `there is no required choice field "${field}"` }];
  }
  return property.oneOf
    .filter((choice) => !Object.hasOwn(letters, choice.const))
    .map((choice) => ({
      path: ['steps', at, 'ticket', 'letters'],
      message: `there is no letter for "${choice.const}"`,
    }));
}

/** There is nothing to put aside where nothing is asked. */
function draftProblems({ steps, draft }: ServiceFile): ServiceProblem[] {
  if (draft === 'no' || findStep(steps, 'form')) return [];
  return [{ path: ['draft'], message: 'a service without a "form" step has nothing to put aside' }];
}

function findStep<K extends Step['kind']>(steps: readonly Step[], kind: K): StepOf<K> | undefined {
  return steps.find((step): step is StepOf<K> => step.kind === kind);
}
