import type { IdCard } from '../../../../drivers/id-card-reader/contract.ts';

/** Invented people with valid check digits; each test names what matters to it. */
export function citizenCard(changes: Partial<IdCard> = {}): IdCard {
  return {
    cardType: 'citizen',
    name: '样本一',
    sex: 'female',
    ethnicity: { code: '01', name: '汉' },
    birth: '1949-12-31',
    address: '北京市朝阳区示例路1号',
    idNumber: '11010519491231002X',
    issuer: '北京市公安局示例分局',
    validFrom: '2020-01-01',
    validTo: '2040-01-01',
    idNumberValid: true,
    ...changes,
  };
}

export function permitCard(changes: Partial<IdCard> = {}): IdCard {
  return {
    cardType: 'hmt-permit',
    name: '港澳样本',
    sex: 'male',
    birth: '1900-01-01',
    idNumber: '810000190001010018',
    validFrom: '2020-01-01',
    validTo: '2025-01-01',
    address: '广东省深圳市示例区示例路3号',
    issuer: '深圳市公安局示例分局',
    passNumber: 'H00000000',
    issueCount: '01',
    idNumberValid: true,
    ...changes,
  };
}

export function foreigner2017Card(changes: Partial<IdCard> = {}): IdCard {
  return {
    cardType: 'foreigner-2017',
    name: 'YANGBEN, ZHENGJIAN',
    sex: 'female',
    birth: '1981-08-03',
    idNumber: 'CAN110081080310',
    validFrom: '2017-06-16',
    validTo: '2027-06-15',
    chineseName: '证件样本',
    nationality: 'CAN',
    cardVersion: '01',
    acceptingAuthority: '1100',
    idNumberValid: true,
    ...changes,
  };
}

export function foreigner2023Card(changes: Partial<IdCard> = {}): IdCard {
  return {
    cardType: 'foreigner-2023',
    name: '证件样本',
    latinName: 'ZHENGJIAN YANGBEN',
    sex: 'female',
    birth: '1981-08-03',
    idNumber: '911124198108030024',
    validFrom: '2023-09-15',
    validTo: '2033-09-14',
    nationality: 'CAN',
    renewalCount: '00',
    formerNumberLink: '001',
    idNumberValid: true,
    ...changes,
  };
}
