import { createHash } from 'node:crypto';
import type { Certificate, Language } from '../../printers/document/document.ts';
import type { Resident, SocialInsurance, Spell } from './residents.ts';

const insurances = ['pension', 'medical', 'unemployment', 'injury'] as const;

const texts = {
  'zh-CN': {
    title: '社会保险参保证明',
    issuer: '龙沙区社会保险事业中心（示例）',
    statement: (name: string, years: number): string[] => [
      `兹证明 ${name} 在我中心参加社会保险，最近${years}年的缴费情况如下。`,
      '表中为各险种在相应期间内的实际缴费月数。',
    ],
    labels: ['姓名', '公民身份号码', '参保地', '参保单位', '首次参保年月'],
    columns: ['缴费期间', '养老保险', '医疗保险', '失业保险', '工伤保险'],
    months: (count: number): string => `${count}个月`,
    to: ' 至 ',
    note: '扫码或登录上述网址，输入证明编号核验真伪。示例证明，不具效力。',
  },
  en: {
    title: 'Social-Insurance Participation Certificate',
    issuer: 'Longsha District Social Insurance Centre (sample)',
    statement: (name: string, years: number): string[] => [
      `This is to certify that ${name} takes part in social insurance with this centre. Contributions of the last ${years === 1 ? 'year' : `${years} years`} are listed below.`,
      'The table gives the months paid for each insurance within each period.',
    ],
    labels: ['Name', 'Citizen ID number', 'Place of insurance', 'Employer', 'First insured'],
    columns: ['Period', 'Pension', 'Medical', 'Unemployment', 'Work injury'],
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
): Certificate {
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
  const values = [person.name, person.idNumber, insurance.place, insurance.employer, monthText(firstMonth)];
  return {
    kind: 'certificate',
    language,
    title: text.title,
    serial,
    statement: text.statement(person.name, years),
    fields: text.labels.map((label, index) => ({ label, value: values[index] ?? '' })),
    table: {
      columns: [...text.columns],
      rows: periods.map(({ start, end }) => [
        monthText(start) + text.to + monthText(end),
        ...insurances.map((kind) => text.months(monthsPaid(insurance.spells[kind], start, end))),
      ]),
    },
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
