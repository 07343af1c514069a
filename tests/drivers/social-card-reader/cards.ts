import type { SocialCard } from '../../../drivers/social-card-reader/contract.ts';

/** Invented; the number is the specimen of GB 11643 with a valid check digit. */
export function socialCard(change: Partial<SocialCard> = {}): SocialCard {
  return {
    socialSecurityNumber: '11010519491231002X',
    socialSecurityNumberValid: true,
    name: '样本一',
    cardNumber: 'A12345678',
    sex: 'female',
    ethnicity: { code: '01', name: '汉' },
    birth: '1949-12-31',
    birthPlace: '110105',
    issuedOn: '2019-03-01',
    validTo: '2029-03-01',
    specificationVersion: '2.00',
    category: '3',
    cardIdentifier: '110105D156000005ABCDEF0123456789',
    initialisingOrganisation: '910000021101050000000001',
    ...change,
  };
}
