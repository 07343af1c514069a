import { z } from 'zod';
import type { CaseAnswer, CaseBody } from '../../main/sync/schemas.ts';
import { businessLicence } from './business-licence.ts';
import { socialInsuranceCertificate } from './certificate.ts';
import type { Resident } from './residents.ts';

/** What the departments behind the platform would say. `refused` is final: the same case will be refused again. */
export type Decision =
  | { readonly outcome: 'accepted'; readonly answer: Omit<CaseAnswer, 'caseNumber' | 'receivedAt'> }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string };

export interface Circumstances {
  readonly resident: Resident | undefined;
  /** `YYYY-MM-DD` where the platform is. */
  readonly today: string;
  /** Tickets of the same series that came before. */
  readonly ticketsBefore: number;
}

type Rule = (body: CaseBody, circumstances: Circumstances) => Decision;

const SENIOR_AGE_YEARS = 60; // 《老年人权益保障法》 article 2

const rules: Readonly<Record<string, Rule>> = {
  S01: (body, { resident, today }) => {
    const years = z.int().min(1).max(5).safeParse(body.answers['years']);
    if (!years.success) return refused('bad-answer', 'years must be 1 to 5');
    if (!resident?.socialInsurance) return refused('no-record', 'no social insurance on record');
    const { caseNumber, language } = body;
    const request = { caseNumber, language, years: years.data, today };
    return accepted({ document: socialInsuranceCertificate(resident, resident.socialInsurance, request) });
  },
  S06: ({ caseNumber }, { resident, today }) => {
    if (!resident?.business) return refused('no-record', 'represents no company');
    return accepted({ document: businessLicence(resident.business, { caseNumber, today }) });
  },
  S10: (_body, { resident, today }) => {
    if (!resident) return refused('no-record', 'not a resident');
    if (ageYears(resident.person.birth, today) < SENIOR_AGE_YEARS) return refused('not-eligible', 'under 60');
    return accepted({ expectedDays: 15 });
  },
  S19: (_body, { ticketsBefore }) => accepted({ queuePosition: Math.min(ticketsBefore, 9_999) }),
};

/** A service that the stand-in knows nothing about is accepted: terminals are tested with services of their own. */
export function decide(body: CaseBody, circumstances: Circumstances): Decision {
  return rules[body.serviceId]?.(body, circumstances) ?? accepted({});
}

function accepted(answer: Omit<CaseAnswer, 'caseNumber' | 'receivedAt'>): Decision {
  return { outcome: 'accepted', answer };
}

function refused(code: string, message: string): Decision {
  return { outcome: 'refused', code, message };
}

function ageYears(birth: string, today: string): number {
  const years = Number(today.slice(0, 4)) - Number(birth.slice(0, 4));
  return today.slice(5) < birth.slice(5) ? years - 1 : years;
}
