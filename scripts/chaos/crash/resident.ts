import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { codeHashOf } from '../../../main/drafts/code-hash.ts';
import type { NewMaterial } from '../../../main/outbox/materials.ts';
import type { DraftBody } from '../../../main/sync/draft-schemas.ts';
import type { CaseBody, RatingBody } from '../../../main/sync/schemas.ts';
import { Chance } from '../chance.ts';

const DAY_MS = 86_400_000;
/** Three parts of an upload. */
const MAX_PAPER_BYTES = 200_000;

/** All that a crash must not change about a visit: whatever is made of it again is the same to the byte. */
export const visit = z.strictObject({
  visitId: z.uuid(),
  caseId: z.uuid(),
  caseNumber: z.string(),
  serviceId: z.enum(['S01', 'S10', 'S19']),
  acceptedAt: z.iso.datetime(),
  /** 0: leaves without rating. */
  stars: z.int().min(0).max(5),
  noteLength: z.int().min(0).max(500),
  materialIds: z.array(z.uuid()).max(2),
  /** Puts the application aside first, and takes it up again with this claim. */
  claimId: z.uuid().optional(),
});
export type Visit = z.infer<typeof visit>;

/** Invented people of the stand-in platform: one with an insurance record, one of over 60. */
const lin = { name: '林晓岚', idNumber: '230299197506180027' };
const wei = { name: '魏长青', idNumber: '23029919510309001X' };

const services = {
  S01: { person: lin, assurance: 'face', answers: { years: 3 } },
  S10: { person: wei, assurance: 'document', answers: { delivery: 'post' } },
  S19: { assurance: 'none', answers: {} },
} as const;
const serviceIds = ['S01', 'S10', 'S19'] as const;

/** How many papers the case of this number comes with: none, one or two. */
export function paperCountOf(caseNumber: string): number {
  return Math.floor(Number(caseNumber.slice(1)) / serviceIds.length) % 3;
}

/** Every fifth resident puts the application aside. */
const DRAFT_EVERY = 5;

/** Of the application that the resident with this case puts aside, so that it can be found by what a terminal said. */
export function draftIdOf(caseNumber: string): string {
  return `00000000-0000-4000-8000-${caseNumber.slice(1).padStart(12, '0')}`;
}

/** The visit of the `number`th resident: services in turn, three of four rate, bodies of 0.3 to 2 kB, up to two papers. */
export function visitOf(number: number): Visit {
  const caseNumber = `A${number}`;
  return {
    visitId: randomUUID(),
    caseId: randomUUID(),
    caseNumber,
    serviceId: serviceIds[number % serviceIds.length] ?? 'S10',
    acceptedAt: new Date().toISOString(),
    stars: number % 4 === 0 ? 0 : 1 + (number % 5),
    noteLength: (number * 37) % 500,
    materialIds: Array.from({ length: paperCountOf(caseNumber) }, () => randomUUID()),
    ...(number % DRAFT_EVERY === 0 && { claimId: randomUUID() }),
  };
}

/** What the resident types in, one of the visit alone. */
export function codeOf({ caseId }: Visit): string {
  return caseId;
}

export function draftOf(of: Visit): DraftBody {
  const { serviceId, language, answers, person } = bodyOf(of);
  return {
    ...{
      draftId: draftIdOf(of.caseNumber),
      revision: 1,
      codeHash: codeHashOf(codeOf(of)),
      serviceId,
      serviceVersion: 1,
    },
    ...{ language, savedAt: of.acceptedAt, keptUntil: new Date(Date.parse(of.acceptedAt) + DAY_MS).toISOString() },
    ...{ answers, touched: ['note'], at: 'review', question: 0, ...(person && { person }) },
  };
}

export function bodyOf({ caseId, caseNumber, serviceId, acceptedAt, noteLength }: Visit): CaseBody {
  const { answers, ...service } = services[serviceId];
  return {
    ...{ caseId, caseNumber, serviceId, serviceVersion: 1, language: 'zh-CN', acceptedAt },
    ...service,
    answers: { ...answers, note: '备'.repeat(noteLength) },
    ...(serviceId === 'S19' && { ticketNumber: caseNumber }),
  };
}

export interface Paper {
  readonly name: Pick<NewMaterial, 'materialId' | 'label' | 'mediaType'>;
  readonly bytes: Uint8Array;
}

/** 1 byte to 200 kB, most of them small; from the id alone, so that a paper put again is the same. */
export function papersOf({ materialIds }: Visit): Paper[] {
  return materialIds.map((materialId) => {
    const chance = new Chance(0, materialId);
    const bytes = Buffer.alloc(1 + Math.floor(chance.next() ** 3 * MAX_PAPER_BYTES), materialId);
    return { name: { materialId, label: 'household-register', mediaType: 'image/jpeg' }, bytes };
  });
}

export function ratingOf({ caseId, caseNumber, stars, acceptedAt }: Visit): RatingBody {
  return { caseId, caseNumber, stars: Math.max(1, stars), ratedAt: acceptedAt };
}
