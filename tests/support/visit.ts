import { fileURLToPath } from 'node:url';
import { type Actor, createActor, fromCallback, fromPromise, type StateValue } from 'xstate';
import type { IdCard } from '../../drivers/id-card-reader/contract.ts';
import { codeHashOf } from '../../main/drafts/code-hash.ts';
import { loadCatalogue } from '../../main/flows/catalogue.ts';
import type { ServiceFile } from '../../main/flows/service-file.ts';
import type { CaseNumbers } from '../../main/flows/visit-changes.ts';
import { emptyVisit, type VisitContext } from '../../main/flows/visit-context.ts';
import { type VisitEvent, type visitMachine, visitMachineAt } from '../../main/flows/visit-machine.ts';
import type { DraftBody } from '../../main/sync/draft-schemas.ts';
import type { PaperOutcome } from '../../printers/core/outcome.ts';
import type { Certificate } from '../../printers/document/document.ts';
import type { Licence } from '../../printers/document/licence.ts';
import { CODE } from './draft-codes.ts';

/** The services that the terminal is shipped with. */
export const catalogue = await loadCatalogue(fileURLToPath(new URL('../../main/flows/catalogue', import.meta.url)));

export function service(id: string): ServiceFile {
  const found = catalogue.get(id);
  if (!found) throw new Error(`There is no service ${id}.`);
  return found;
}

export const linCard: IdCard = {
  cardType: 'citizen',
  name: '林晓岚',
  sex: 'female',
  birth: '1975-06-18',
  address: '龙沙区文化大街12号',
  idNumber: '230299197506180027',
  validFrom: '2016-01-01',
  validTo: '2036-01-01',
  idNumberValid: true,
};
/** What must be nowhere after the visit. */
export const personal = [linCard.name, linCard.idNumber, '龙沙区', '13800138000', 'cG9ydHJhaXQ='] as const;

export const certificate: Certificate = {
  kind: 'certificate',
  language: 'zh-CN',
  title: '社会保险参保证明',
  serial: 'S01-20261121-0001',
  statement: ['兹证明林晓岚参加社会保险。'],
  fields: [],
  issuer: '龙沙区人力资源和社会保障局',
  issuedOn: '2026-11-21',
  verification: { url: 'https://zwfw.example/v/1', note: '扫码核验' },
};

export const licence: Licence = {
  kind: 'licence',
  template: 'business-licence',
  language: 'zh-CN',
  serial: '91230299MA0TEXT049',
  values: { name: '示例市一鸣示例软件有限公司' },
  issuer: '示例市市场监督管理局（示例）',
  issuedOn: '2026-11-21',
  verification: { url: 'https://zwfw.example/v/2', note: '扫码核验' },
};

export const START: VisitEvent = { type: 'START' };
export const CARD: VisitEvent = { type: 'CARD_READ', identity: { card: linCard, portrait: 'cG9ydHJhaXQ=' } };
export const MATCHED: VisitEvent = { type: 'FACE_MATCHED', challenges: 0 };
export const DELIVERED: VisitEvent = { type: 'CASE_DELIVERED', document: certificate };
export const choose = (id: string): VisitEvent => ({ type: 'CHOOSE', service: service(id) });
/** An application of 林晓岚 that was put aside in S10 at the review. */
export const saved: DraftBody = {
  draftId: 'f1b7c0de-3a52-4c1e-8d0f-5b6a7c8d9e01',
  revision: 1,
  codeHash: codeHashOf(CODE),
  serviceId: 'S10',
  serviceVersion: 1,
  language: 'zh-CN',
  savedAt: '2026-11-21T08:00:00.000Z',
  keptUntil: '2026-11-28T08:00:00.000Z',
  person: { name: linCard.name, idNumber: linCard.idNumber },
  answers: { delivery: 'post', phone: '13800138000' },
  touched: ['delivery', 'phone'],
  at: 'review',
  question: 1,
};
export const typed: VisitEvent = { type: 'CODE', code: CODE };
export const claimed: VisitEvent = {
  type: 'DRAFT_CLAIMED',
  draft: { ...saved, claimId: '0d9f4a55-6f0e-4b43-9a53-90a1c1f3c7aa' },
  service: service('S10'),
};

export const answer = (field: string, value: string | number | null): VisitEvent => ({
  type: 'SET_ANSWER',
  field,
  value,
});
export const plain = (
  type:
    | ('SAVE_DRAFT' | 'DRAFT_SAVED' | 'RESUME' | 'DISCARD' | 'DRAFT_NEEDS_CARD' | 'DRAFT_REMOVED')
    | ('NEXT' | 'BACK' | 'EDIT' | 'RETRY' | 'WITHOUT_FACE' | 'AGAIN' | 'LEAVE' | 'TIMEOUT' | 'CASE_SLOW'),
): VisitEvent => ({ type });

/** What the world answers; each list is used up in order, and what it lacks goes well. `undefined` never answers. */
export interface World {
  readonly prefill?: Record<string, string | number>;
  readonly numbering?: (CaseNumbers | Error | undefined)[];
  readonly accepting?: ('ok' | Error | undefined)[];
  readonly printing?: (PaperOutcome | Error | undefined)[];
  readonly closing?: ('ok' | Error | undefined)[];
  readonly ending?: ('ok' | Error | undefined)[];
  readonly recovering?: ('ok' | undefined)[];
  readonly saving?: (VisitEvent | undefined)[];
  readonly slips?: (VisitEvent | undefined)[];
  readonly claiming?: (VisitEvent | undefined)[];
  readonly discarding?: (VisitEvent | undefined)[];
  readonly pausing?: ('ok' | undefined)[];
}

const never = new Promise<never>(() => undefined);

/** The next of a script; `otherwise` once it is used up. */
async function next<T>(script: (T | Error | undefined)[] | undefined, otherwise: T): Promise<T> {
  if (!script || script.length === 0) return otherwise;
  const step = script.shift();
  if (step instanceof Error) throw step;
  return step === undefined ? await never : step;
}

export interface Visit {
  readonly actor: Actor<typeof visitMachine>;
  readonly context: VisitContext;
  /** The state as a path: `visit.submit.sending.soon`. */
  readonly at: string;
  /** Papers that were sent to a printer: document and attempt. */
  readonly printed: string[];
  /** How often each actor was started. */
  readonly started: Record<string, number>;
  /** Each event, and all that follows by itself. */
  send(...events: VisitEvent[]): Promise<void>;
}

/** The visit machine in a world of its own; `snapshot` takes up a stored visit. */
export function startVisit(world: World = {}, snapshot?: unknown): Visit {
  const printed: string[] = [];
  const started: Record<string, number> = {};
  const count = (name: string): void => {
    started[name] = (started[name] ?? 0) + 1;
  };
  const waits = <Input extends object>(name: string) => fromCallback<VisitEvent, Input>(() => count(name));
  const does = (script: ('ok' | Error | undefined)[] | undefined) =>
    fromPromise<void, { context: VisitContext }>(async () => {
      await next(script, 'ok');
    });
  /** What it sends, next turn; `undefined` says nothing. */
  const says = (name: string, script: (VisitEvent | undefined)[] | undefined, otherwise?: VisitEvent) =>
    fromCallback<VisitEvent, { context: VisitContext }>(({ sendBack }) => {
      count(name);
      const event = script && script.length > 0 ? script.shift() : otherwise;
      if (event) queueMicrotask(() => sendBack(event));
    });
  const draftActors = {
    saveDraft: says('saveDraft', world.saving, plain('DRAFT_SAVED')),
    printSlip: says('printSlip', world.slips, { type: 'SLIP_DONE', outcome: { outcome: 'printed' } }),
    scanDraftCode: says('scanDraftCode', undefined),
    claimDraft: says('claimDraft', world.claiming),
    discardDraft: says('discardDraft', world.discarding, plain('DRAFT_REMOVED')),
  };
  const machine = visitMachineAt(() => new Date()).provide({
    actors: {
      readCard: fromCallback<VisitEvent>(() => count('readCard')),
      checkFace: waits('checkFace'),
      followCase: waits('followCase'),
      ...draftActors,
      prefill: fromPromise(async () => world.prefill ?? {}),
      numberCase: fromPromise(() => {
        count('numberCase');
        return next(world.numbering, { caseNumber: 'LS03-20261121-0001' });
      }),
      acceptCase: fromPromise(async () => {
        count('acceptCase');
        await next(world.accepting, 'ok');
      }),
      printPaper: fromPromise(async ({ input: { context, index } }) => {
        const { document, attempt } = context.papers[index]!;
        printed.push(`${document} ${attempt}`);
        return await next<PaperOutcome>(world.printing, { outcome: 'printed' });
      }),
      closeService: does(world.closing),
      endVisit: does(world.ending),
      recover: does(world.recovering),
      pause: fromPromise<void>(async () => {
        await next(world.pausing, 'ok');
      }),
    },
  });
  const actor = createActor(machine, snapshot === undefined ? {} : { snapshot: snapshot as never });
  actor.start();
  return {
    actor,
    printed,
    started,
    get context() {
      return actor.getSnapshot().context;
    },
    get at() {
      return path(actor.getSnapshot().value);
    },
    async send(...events) {
      for (const event of events) {
        actor.send(event);
        await settled();
      }
    },
  };
}

export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

export function path(value: StateValue | undefined): string {
  if (value === undefined || typeof value === 'string') return value ?? '';
  return Object.entries(value)
    .map(([name, below]) => [name, path(below)].filter(Boolean).join('.'))
    .join(' ');
}

/** A visit's memory in the middle of a service, for what is drawn and printed from it. */
export function contextOf(id: string, changes: Partial<VisitContext> = {}): VisitContext {
  return { ...emptyVisit(), service: service(id), identity: { card: linCard }, ...changes };
}
