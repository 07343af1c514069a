import type { SnapshotFrom } from 'xstate';
import type { LocalText } from '../contracts/common.ts';
import type { FaceAdvice, FaceChallenge, PaperItem, Screen, ServiceCard, View } from '../contracts/view.ts';
import { availability, type Conditions, deviceProblem } from './availability.ts';
import { resumeScreen, saveDraftScreen, savingOf } from './draft-view.ts';
import { formFields } from './form.ts';
import type { ServiceFile } from './service-file.ts';
import { currentStep, printerOf, stepOf } from './visit-changes.ts';
import type { VisitContext } from './visit-context.ts';
import type { visitMachine } from './visit-machine.ts';

export type VisitSnapshot = SnapshotFrom<typeof visitMachine>;

/** What passes too quickly to be kept: progress at the reader and before the camera. */
export interface Moment {
  readonly reader: 'waiting' | 'reading' | 'replace-card';
  /** Absent until advice has held for some frames. */
  readonly advice?: FaceAdvice | undefined;
  readonly challenge?: FaceChallenge | undefined;
  readonly goodFrames: number;
  readonly actsSeen: number;
}

export interface Surroundings extends Conditions {
  readonly catalogue: ReadonlyMap<string, ServiceFile>;
  readonly moment: Moment;
  readonly notice?: LocalText | undefined;
  readonly offlineCause?: View['offlineCause'];
}

/** The screen and the step marks of a snapshot. Pure: the same input draws the same page. */
export function composeScreen(snapshot: VisitSnapshot, around: Surroundings): Pick<View, 'screen' | 'visit'> {
  const screen = screenOf(snapshot, around);
  const { service } = snapshot.context;
  const walking = service && (snapshot.matches('visit') || snapshot.matches('ending'));
  if (!walking) return { screen };
  const { id, title, plainTitle } = service;
  const continued = snapshot.context.draft?.claimId !== undefined && { continued: true };
  return { screen, visit: { serviceId: id, title, plainTitle, steps: stepMarks(snapshot.context), ...continued } };
}

function screenOf(snapshot: VisitSnapshot, around: Surroundings): Screen {
  const { context } = snapshot;
  if (snapshot.matches('attract')) return { kind: 'attract' };
  if (snapshot.matches('services') || snapshot.matches('again')) return { kind: 'services', services: cards(around) };
  if (snapshot.matches({ resume: 'card' })) return { kind: 'identify', reader: readerState(snapshot, around) };
  if (snapshot.matches('resume')) return resumeScreen(snapshot, around);
  if (snapshot.matches({ visit: 'saveDraft' })) return saveDraftScreen(snapshot);
  if (snapshot.matches('outOfService')) return { kind: 'out-of-service', problem: 'storage-failed' };
  if (snapshot.matches({ visit: 'identify' })) return { kind: 'identify', reader: readerState(snapshot, around) };
  if (snapshot.matches({ visit: 'verifyFace' })) return faceScreen(snapshot, around);
  if (snapshot.matches({ visit: 'withoutFace' })) return { kind: 'without-face' };
  if (snapshot.matches({ visit: 'form' })) {
    const form = stepOf(context.service, 'form');
    const fields = form ? formFields(form.schema, context.answers, context.errors) : [];
    const position = { index: context.question, count: fields.length };
    const asked = fields.slice(context.question, context.question + 1);
    return { kind: 'form', fields: asked, position, ...savingOf(context) };
  }
  if (snapshot.matches({ visit: 'review' })) {
    const paperLow = lowPaperOf(context, around);
    return {
      kind: 'review',
      sections: reviewSections(context),
      willQueue: around.network !== 'online',
      ...(paperLow && { paperLow }),
      ...savingOf(context),
    };
  }
  if (snapshot.matches({ visit: 'submit' })) return submitScreen(snapshot);
  if (snapshot.matches({ visit: 'print' })) return { kind: 'print', papers: papers(context) };
  if (snapshot.matches({ visit: 'rate' })) return resultScreen(context);
  return { kind: 'ending' };
}

function cards(around: Surroundings): ServiceCard[] {
  return [...around.catalogue.values()].map((service) => {
    const { id, title, plainTitle, summary, icon, minutes, offline } = service;
    const available = availability(service, around);
    return { id, title, plainTitle, summary, icon, minutes, worksOffline: offline === 'queue', available };
  });
}

function readerState(snapshot: VisitSnapshot, around: Surroundings): Extract<Screen, { kind: 'identify' }>['reader'] {
  if (snapshot.matches({ visit: { identify: 'refused' } }) || snapshot.matches({ resume: { card: 'refused' } }))
    return 'refused';
  if (snapshot.matches({ visit: { identify: 'expired' } }) || snapshot.matches({ resume: { card: 'expired' } }))
    return 'expired';
  return deviceProblem('id-card-reader', around) ? 'offline' : around.moment.reader;
}

/** The decision wants this many good frames; the ring on screen fills with them, and as far again with each act. */
export const FRAMES_WANTED = 5;

function faceScreen(snapshot: VisitSnapshot, around: Surroundings): Screen {
  const { goodFrames, actsSeen } = around.moment;
  const step = currentStep(snapshot.context);
  const acts = step?.kind === 'verify-face' ? step.challenges : 0;
  const phase = ((): Extract<Screen, { kind: 'verify-face' }>['phase'] => {
    if (snapshot.matches({ visit: { verifyFace: 'matched' } })) return 'matched';
    if (snapshot.matches({ visit: { verifyFace: 'refused' } })) return 'refused';
    if (snapshot.matches({ visit: { verifyFace: 'notComparable' } })) return 'not-comparable';
    if (deviceProblem('camera', around)) return 'camera-offline';
    return around.faceCheckReady ? 'looking' : 'face-check-offline';
  })();
  const { advice, challenge } = phase === 'refused' ? refusalOf(snapshot.context) : around.moment;
  const progress = phase === 'matched' ? 1 : Math.min(1, (goodFrames / FRAMES_WANTED + actsSeen) / (1 + acts));
  return {
    kind: 'verify-face',
    phase,
    ...(advice && { advice }),
    ...(challenge && { challenge }),
    ...(challenge && phase === 'looking' && { act: { number: actsSeen + 1, of: acts } }),
    progress,
    attemptsLeft: snapshot.context.faceAttemptsLeft,
  };
}

function refusalOf({ faceRefusal: why }: VisitContext): Pick<Moment, 'advice' | 'challenge'> {
  if (why === null) return {};
  return why === 'not-live' ? { advice: why } : { challenge: why };
}

function submitScreen(snapshot: VisitSnapshot): Screen {
  const caseNumber = snapshot.context.case?.caseNumber;
  const phase = ((): Extract<Screen, { kind: 'submit' }>['phase'] => {
    if (snapshot.matches({ visit: { submit: 'numbering' } })) return 'saving';
    if (snapshot.matches({ visit: { submit: 'saving' } })) return 'saving';
    if (snapshot.matches({ visit: { submit: 'notSaved' } })) return 'not-saved';
    if (snapshot.matches({ visit: { submit: 'rejected' } })) return 'rejected';
    return snapshot.matches({ visit: { submit: { sending: 'slow' } } }) ? 'slow' : 'sending';
  })();
  return { kind: 'submit', phase, ...(caseNumber && { caseNumber }) };
}

function resultScreen(context: VisitContext): Screen {
  const { case: accepted, rating } = context;
  return {
    kind: 'result',
    outcome: accepted?.delivered ? 'delivered' : 'queued',
    caseNumber: accepted?.caseNumber ?? '',
    ...(accepted?.ticketNumber && { ticketNumber: accepted.ticketNumber }),
    papers: papers(context),
    cardWasUsed: context.identity !== null,
    ...(rating && { rating: rating.stars }),
  };
}

function papers(context: VisitContext): PaperItem[] {
  return context.papers.map(({ attempt: _attempt, taken: _taken, ...paper }) => paper);
}

function stepMarks({ service, stepIndex }: VisitContext): NonNullable<View['visit']>['steps'] {
  return (service?.steps ?? []).map(({ kind }, index) => {
    const state = index < stepIndex ? 'done' : index === stepIndex ? 'current' : 'todo';
    return { kind, state };
  });
}

/** What this service prints, and its printer has hardly any paper for. */
function lowPaperOf({ service }: VisitContext, { device }: Surroundings): PaperItem['document'] | undefined {
  const documents = stepOf(service, 'print')?.papers.map(({ document }) => document) ?? [];
  return documents.find((document) => {
    const status = device(printerOf(document));
    return status && 'paper' in status && status.paper === 'low';
  });
}

type ReviewSection = Extract<Screen, { kind: 'review' }>['sections'][number];

function reviewSections(context: VisitContext): ReviewSection[] {
  const { service, identity } = context;
  if (!service) return [];
  const sections: ReviewSection[] = [{ of: 'service', rows: [{ label: LABELS.service, value: service.title }] }];
  if (identity) {
    const { name, idNumber } = identity.card;
    sections.push({
      of: 'person',
      rows: [
        { label: LABELS.name, value: same(name) },
        { label: LABELS.idNumber, value: same(maskNumber(idNumber)) },
      ],
    });
  }
  const rows = answerRows(context);
  if (rows.length > 0) sections.push({ of: 'form', rows });
  return sections;
}

/** The answers as a person reads them back: chosen titles, units, grouped digits. */
export function answerRows({ service, answers }: VisitContext): ReviewSection['rows'] {
  const form = stepOf(service, 'form');
  return Object.entries(form?.schema.properties ?? {}).flatMap(([name, property]) => {
    const answer = answers[name];
    if (answer === undefined) return [];
    if (property.type === 'integer') {
      const { unit } = property;
      const value = unit ? { 'zh-CN': `${answer} ${unit['zh-CN']}`, en: `${answer} ${unit.en}` } : same(String(answer));
      return [{ field: name, label: property.label ?? property.title, value }];
    }
    if ('oneOf' in property) {
      const chosen = property.oneOf.find((choice) => choice.const === answer);
      return chosen ? [{ field: name, label: property.label ?? property.title, value: chosen.title }] : [];
    }
    return [
      {
        field: name,
        label: property.label ?? property.title,
        value: same(grouped(String(answer), property.group ?? [])),
      },
    ];
  });
}

/** `110***********002X`: enough for its owner, too little for who looks over a shoulder. */
export function maskNumber(idNumber: string): string {
  return idNumber.slice(0, 3) + '*'.repeat(Math.max(0, idNumber.length - 7)) + idNumber.slice(-4);
}

function grouped(digits: string, group: readonly number[]): string {
  const ends = group.map((_, index) => group.slice(0, index + 1).reduce((sum, length) => sum + length, 0));
  const parts = [...ends, digits.length].map((end, index) => digits.slice(ends[index - 1] ?? 0, end));
  return parts.filter(Boolean).join(' ');
}

const same = (text: string): LocalText => ({ 'zh-CN': text, en: text });

const LABELS = {
  service: { 'zh-CN': '办理事项', en: 'Service' },
  name: { 'zh-CN': '姓名', en: 'Name' },
  idNumber: { 'zh-CN': '证件号码', en: 'ID number' },
} as const satisfies Record<string, LocalText>;
