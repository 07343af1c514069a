import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Invented people. Their region code 230299 was never given out, so no number can be anybody's. */
const person = z.strictObject({
  id: z.string(),
  name: z.string(),
  sex: z.enum(['female', 'male']),
  /** GB/T 3304. */
  ethnicity: z.strictObject({ code: z.string(), name: z.string() }),
  birth: z.iso.date(),
  address: z.string(),
  idNumber: z.string().regex(/^\d{17}[\dX]$/),
  issuer: z.string(),
  validFrom: z.iso.date(),
  validTo: z.union([z.iso.date(), z.literal('long-term')]),
  /** Whose picture is on the chip. */
  portrait: z.string(),
});
export type Person = z.infer<typeof person>;

const month = z.string().regex(/^\d{4}-\d{2}$/);
const spells = z.array(z.strictObject({ from: month, to: month.optional() }));
/** Contributions paid without a gap, in months, both ends included; no `to`: still paying. */
export type Spell = z.infer<typeof spells>[number];

const insuranceRecord = z.strictObject({
  employer: z.string(),
  place: z.string(),
  spells: z.strictObject({ pension: spells, medical: spells, unemployment: spells, injury: spells }),
});
export type SocialInsurance = z.infer<typeof insuranceRecord>;

const businessRecord = z.strictObject({
  name: z.string(),
  /** 统一社会信用代码, GB 32100. */
  creditCode: z.string().regex(/^[0-9A-HJ-NPQRTUWXY]{18}$/),
  type: z.string(),
  /** 法定代表人 */
  legalRepresentative: z.string(),
  capital: z.string(),
  address: z.string(),
  scope: z.string(),
  establishedOn: z.iso.date(),
});
/** The company that the person represents, as the register has it. */
export type Business = z.infer<typeof businessRecord>;

const records = z.strictObject({
  prefill: z.record(z.string(), z.union([z.string(), z.number()])),
  socialInsurance: insuranceRecord.optional(),
  business: businessRecord.optional(),
});

export interface Resident {
  readonly person: Person;
  /** Binding → value. */
  readonly prefill: Readonly<Record<string, string | number>>;
  readonly socialInsurance: SocialInsurance | undefined;
  readonly business: Business | undefined;
}

/** By ID number. */
export function loadResidents(): ReadonlyMap<string, Resident> {
  const recordsOf = z.record(z.string(), records).parse(readData('records.json'));
  const people = z.array(person).parse(readData('people.json'));
  return new Map(
    people.map((item) => {
      const { prefill = {}, socialInsurance, business } = recordsOf[item.id] ?? {};
      return [item.idNumber, { person: item, prefill, socialInsurance, business }];
    }),
  );
}

function readData(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`data/${name}`, import.meta.url), 'utf8'));
}
