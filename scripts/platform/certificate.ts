import { createHash } from 'node:crypto';
import type { Language } from '../../printers/document/document.ts';
import type { Licence } from '../../printers/document/licence.ts';
import type { Resident, SocialInsurance, Spell } from './residents.ts';

const insurances = ['pension', 'medical', 'unemployment', 'injury'] as const;

const texts = {
  'zh-CN': {
    issuer: '龙沙区社会保险事业中心（示例）',
    months: (count: number): string => `${count}个月`,
    to: '至',
    note: '扫码或登录上述网址，输入证明编号核验真伪。示例证明，不具效力。',
  },
  en: {
    issuer: 'Longsha District Social Insurance Centre (sample)',
    months: (count: number): string => `${count} ${count === 1 ? 'month' : 'months'}`,
    to: ' to ',
    note: 'Scan the code, or enter the serial number at the address above, to verify. A sample without legal effect.',
  },
} as const;

export interface CertificateRequest {
  readonly caseNumber: string;
  readonly language: Language;
  /** How many years back, 1 to 5. */
  readonly years: number;
  /** `YYYY-MM-DD` where the platform is. */
  readonly today: string;
}

/** 社会保险参保证明: months paid in each of the last `years` periods of twelve months, the latest first. */
export function socialInsuranceCertificate(
  { person }: Resident,
  insurance: SocialInsurance,
  { caseNumber, language, years, today }: CertificateRequest,
): Licence {
  const text = texts[language];
  const lastMonth = monthIndex(today) - 1;
  const periods = Array.from({ length: years }, (_, back) => {
    const end = lastMonth - 12 * back;
    return { start: end - 11, end };
  });
  const digest = createHash('sha256').update(caseNumber).digest('hex').toUpperCase();
  const serial = `SB${today.replaceAll('-', '')}${digest.slice(0, 8)}`;
  const firstMonth = Math.min(
    ...insurances.flatMap((kind) => insurance.spells[kind].map(({ from }) => monthIndex(from))),
  );
  const [latest, earliest] = [periods[0]!, periods.at(-1)!];
  return {
    kind: 'licence',
    template: 'social-insurance-certificate',
    language,
    serial,
    values: {
      ...{ name: person.name, idNumber: person.idNumber, insuredAt: insurance.place, employer: insurance.employer },
      insuredSince: monthText(firstMonth),
      period: monthText(earliest.start) + text.to + monthText(latest.end),
    },
    rows: periods.map(({ start, end }) => [
      monthText(start) + text.to + monthText(end),
      ...insurances.map((kind) => text.months(monthsPaid(insurance.spells[kind], start, end))),
    ]),
    issuer: text.issuer,
    issuedOn: today,
    verification: { url: `https://verify.example/${serial}?code=${digest.slice(8, 16)}`, note: text.note },
  };
}

function monthsPaid(spells: readonly Spell[], start: number, end: number): number {
  return spells.reduce((sum, { from, to }) => {
    const last = Math.min(end, to === undefined ? end : monthIndex(to));
    return sum + Math.max(0, last - Math.max(start, monthIndex(from)) + 1);
  }, 0);
}

/** Months since year 0, of `YYYY-MM` or `YYYY-MM-DD`. */
function monthIndex(text: string): number {
  return Number(text.slice(0, 4)) * 12 + Number(text.slice(5, 7)) - 1;
}

function monthText(index: number): string {
  return `${Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}`;
}
