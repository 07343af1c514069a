import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { language } from '../document/document.ts';
import { templateId, valueName } from '../document/licence.ts';

/** What laser printers cannot reach at the paper's edges. */
const UNPRINTABLE_MM = 4.2;
/** Around a QR code: four modules of its smallest version on the 26 mm that are usual. */
const QR_QUIET_MM = 5;

/** What every licence has beside its values; a place may name it as a value. A note without a place is on the blank already. */
const builtIns = ['serial', 'issuer', 'issuedOn', 'validUntil', 'verificationNote'] as const;
type BuiltIn = (typeof builtIns)[number];

const mmFromEdge = z.number().min(0).max(450);
const sizePt = z.number().min(6).max(72);
const bilingual = (schema: z.ZodString) => z.strictObject({ 'zh-CN': schema, en: schema });
const weight = z.enum(['regular', 'bold']);
const align = z.enum(['left', 'center', 'right']);

/**
 * Where a value goes: a box from the page's top left, in millimetres. Text that does not fit at `sizePt` is made smaller, down to
 * `minSizePt`; text that does not fit then is an error.
 */
const place = z.strictObject({
  text: valueName,
  xMm: mmFromEdge,
  yMm: mmFromEdge,
  widthMm: z.number().min(5).max(450),
  heightMm: z.number().min(3).max(450),
  sizePt,
  minSizePt: sizePt.optional(),
  weight: weight.default('regular'),
  align: align.default('left'),
  verticalAlign: z.enum(['top', 'middle']).default('middle'),
  wrap: z.boolean().default(false),
});
export type Place = z.infer<typeof place>;

/** What stands on the blank already: drawn in previews and never on the blank. `yMm` of a text is its baseline. */
const preprinted = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('text'),
    text: z.string().min(1).max(120),
    xMm: mmFromEdge,
    yMm: mmFromEdge,
    sizePt,
    weight: weight.default('regular'),
    align: align.default('left'),
    trackingEm: z.number().min(0).max(6).default(0),
  }),
  z.strictObject({
    type: z.literal('line'),
    fromMm: z.tuple([mmFromEdge, mmFromEdge]),
    toMm: z.tuple([mmFromEdge, mmFromEdge]),
  }),
  z.strictObject({
    type: z.literal('frame'),
    xMm: mmFromEdge,
    yMm: mmFromEdge,
    widthMm: mmFromEdge,
    heightMm: mmFromEdge,
  }),
  z.strictObject({ type: z.literal('circle'), xMm: mmFromEdge, yMm: mmFromEdge, radiusMm: z.number().min(1).max(100) }),
  /** The frame of waves and frets around the page. */
  z.strictObject({ type: z.literal('ornament') }),
]);
export type Preprinted = z.infer<typeof preprinted>;

const overlay = z.strictObject({
  type: z.literal('overlay'),
  places: z.array(place).min(1).max(60),
  qr: z.strictObject({ xMm: mmFromEdge, yMm: mmFromEdge, sizeMm: z.number().min(15).max(60) }),
  /** Its centre. */
  seal: z.strictObject({ xMm: mmFromEdge, yMm: mmFromEdge }).optional(),
  preprinted: z.array(preprinted).max(200),
});
export type Overlay = z.infer<typeof overlay>;

const paragraph = z.string().min(1).max(400);
/** The layout of certificates on A4 upright; `{name}` in a paragraph is a value. */
const sheetLayout = z.strictObject({
  type: z.literal('certificate'),
  statement: z.strictObject({ 'zh-CN': z.array(paragraph).min(1).max(6), en: z.array(paragraph).min(1).max(6) }),
  /** Values that are listed below the statement, in this order. */
  fields: z.array(valueName).max(30),
  columns: z
    .array(bilingual(z.string().min(1).max(40)))
    .min(1)
    .max(8)
    .optional(),
});

export type CertificateLayout = z.infer<typeof sheetLayout>;

const value = z.strictObject({
  label: bilingual(z.string().min(1).max(40)),
  required: z.boolean(),
  /** Characters. */
  maxLength: z.int().min(1).max(500),
});

/** One licence or certificate as data. What it refers to exists; nothing overlaps or lies where no printer reaches. */
export const licenceTemplate = z
  .strictObject({
    id: templateId,
    title: bilingual(z.string().min(1).max(60)),
    page: z.strictObject({ widthMm: z.number().min(80).max(450), heightMm: z.number().min(80).max(450) }),
    /** `series`: which numbered blanks, as the cassettes name them. */
    stock: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('plain') }),
      z.strictObject({ kind: z.literal('numbered-blank'), series: templateId }),
    ]),
    /** In which the paper can be had; the first stands in for others. */
    languages: z.array(language).min(1),
    values: z.record(valueName, value),
    layout: z.discriminatedUnion('type', [overlay, sheetLayout]),
  })
  .superRefine((template, context) => {
    const { layout, values } = template;
    const faults = [
      ...Object.keys(values).flatMap((name) => (isBuiltIn(name) ? [`${name} is no value, every licence has it`] : [])),
      ...(layout.type === 'overlay' ? overlayFaults(layout, template) : certificateFaults(layout, template)),
    ];
    for (const message of faults) context.addIssue({ code: 'custom', message });
  });
export type LicenceTemplate = z.infer<typeof licenceTemplate>;

type Parts = Pick<LicenceTemplate, 'values' | 'page' | 'stock'>;

function overlayFaults({ places, qr }: Overlay, { values, page }: Parts): string[] {
  const placed = places.map(({ text }) => text);
  const unknown = placed.filter((name) => !Object.hasOwn(values, name) && !isBuiltIn(name));
  const needed = [...Object.keys(values), 'serial', 'issuer', 'issuedOn'];
  const homeless = needed.filter((name) => placed.filter((each) => each === name).length !== 1);
  const side = qr.sizeMm + 2 * QR_QUIET_MM;
  const white = { text: 'qr', xMm: qr.xMm - QR_QUIET_MM, yMm: qr.yMm - QR_QUIET_MM, widthMm: side, heightMm: side };
  const boxes = [...places, white];
  return [
    ...unknown.map((name) => `there is no value ${name}`),
    ...homeless.map((name) => `${name} needs one place`),
    ...boxes.filter((box) => !isWithin(box, page)).map(({ text }) => `${text} lies where no printer reaches`),
    ...boxes.flatMap((box, index) =>
      boxes.slice(index + 1).flatMap((other) => (overlap(box, other) ? [`${box.text} overlaps ${other.text}`] : [])),
    ),
  ];
}

function certificateFaults({ statement, fields }: CertificateLayout, { values, page, stock }: Parts): string[] {
  const inSentences = Object.values(statement).flat().flatMap(placeholders);
  const shown = [...fields, ...inSentences];
  return [
    ...(stock.kind === 'plain' ? [] : ['a blank has places of its own']),
    ...(page.widthMm === 210 && page.heightMm === 297 ? [] : ['certificates are laid out on A4 upright']),
    ...shown.filter((name) => !Object.hasOwn(values, name)).map((name) => `there is no value ${name}`),
    ...Object.keys(values).flatMap((name) => (shown.includes(name) ? [] : [`${name} is shown nowhere`])),
    ...inSentences.flatMap((name) => (values[name]?.required === false ? [`a sentence needs ${name}`] : [])),
  ];
}

function isBuiltIn(name: string): name is BuiltIn {
  return builtIns.some((each) => each === name);
}

/** Names in braces, in order. */
function placeholders(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
}
export const PLACEHOLDER = /\{([^{}]*)\}/g;

interface Box {
  readonly xMm: number;
  readonly yMm: number;
  readonly widthMm: number;
  readonly heightMm: number;
}

function isWithin({ xMm, yMm, widthMm, heightMm }: Box, page: LicenceTemplate['page']): boolean {
  const [right, bottom] = [xMm + widthMm, yMm + heightMm];
  return (
    Math.min(xMm, yMm) >= UNPRINTABLE_MM &&
    right <= page.widthMm - UNPRINTABLE_MM &&
    bottom <= page.heightMm - UNPRINTABLE_MM
  );
}

function overlap(one: Box, other: Box): boolean {
  const across = Math.min(one.xMm + one.widthMm, other.xMm + other.widthMm) - Math.max(one.xMm, other.xMm);
  const down = Math.min(one.yMm + one.heightMm, other.yMm + other.heightMm) - Math.max(one.yMm, other.yMm);
  return across > 0.001 && down > 0.001;
}

const folder = new URL('templates/', import.meta.url);

/** Ids of the templates in `templates/`, in alphabetical order. */
export function templateIds(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

const loaded = new Map<string, LicenceTemplate>();

/** Throws RangeError for an id without a file, and a ZodError for a file that is no template. Kept once read. */
export function loadTemplate(id: string): LicenceTemplate {
  const known = loaded.get(id);
  if (known) return known;
  if (!templateIds().includes(id)) throw new RangeError(`No licence template "${id}": ${templateIds().join(', ')}`);
  const template = licenceTemplate.parse(JSON.parse(readFileSync(new URL(`${id}.json`, folder), 'utf8')));
  loaded.set(id, template);
  return template;
}
