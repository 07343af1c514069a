import { createHash } from 'node:crypto';
import type { Licence } from '../../printers/document/licence.ts';
import type { Business } from './residents.ts';

export interface LicenceRequest {
  readonly caseNumber: string;
  /** `YYYY-MM-DD` where the platform is. */
  readonly today: string;
}

/** 营业执照副本. It is in Chinese, whatever language the resident reads. */
export function businessLicence(business: Business, { caseNumber, today }: LicenceRequest): Licence {
  const { name, creditCode, type, legalRepresentative, capital, address, scope, establishedOn } = business;
  const digest = createHash('sha256').update(caseNumber).digest('hex').toUpperCase();
  return {
    kind: 'licence',
    template: 'business-licence',
    language: 'zh-CN',
    serial: creditCode,
    values: {
      ...{ name, type, legalRepresentative, scope, capital, address },
      ...{ establishedOn: chineseDate(establishedOn), term: '长期', copyNumber: '1-1' },
    },
    issuer: '示例市市场监督管理局（示例）',
    issuedOn: today,
    verification: {
      url: `https://verify.example/${creditCode}?code=${digest.slice(0, 8)}`,
      note: '扫码核验，示例证照，不具效力。',
    },
  };
}

/** `2019年04月16日`, as it stands on the licence. */
function chineseDate(date: string): string {
  const [year, month, day] = date.split('-');
  return `${year}年${month}月${day}日`;
}
