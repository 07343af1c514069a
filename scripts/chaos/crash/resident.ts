import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { CaseBody, RatingBody } from '../../../main/sync/schemas.ts';

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

/** The visit of the `number`th resident: services in turn, three of four rate, bodies of 0.3 to 2 kB. */
export function visitOf(number: number): Visit {
  return {
    visitId: randomUUID(),
    caseId: randomUUID(),
    caseNumber: `A${number}`,
    serviceId: serviceIds[number % serviceIds.length] ?? 'S10',
    acceptedAt: new Date().toISOString(),
    stars: number % 4 === 0 ? 0 : 1 + (number % 5),
    noteLength: (number * 37) % 500,
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

export function ratingOf({ caseId, caseNumber, stars, acceptedAt }: Visit): RatingBody {
  return { caseId, caseNumber, stars: Math.max(1, stars), ratedAt: acceptedAt };
}
