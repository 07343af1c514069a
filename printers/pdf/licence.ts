import { DeviceError } from '../../drivers/core/index.ts';
import { type Calibration, calibration } from '../document/calibration.ts';
import type { Certificate, Language } from '../document/document.ts';
import type { Licence } from '../document/licence.ts';
import { printedLicence } from '../document/printed-text.ts';
import { archiveFile, type Page } from './archive.ts';
import { runsOf } from './fonts.ts';
import { layOut } from './layout.ts';
import { assertOnPage, naming, overlayItems, preprintedItems } from './overlay.ts';
import { colour, type Item, mm, type Size, sheet, textItem } from './sheet.ts';
import { type CertificateLayout, type LicenceTemplate, loadTemplate, type Overlay, PLACEHOLDER } from './template.ts';
import { wordings } from './wording.ts';

export interface LicenceOptions extends Partial<Calibration> {
  /** For a screen: with what the blank says already, a word across that makes it worthless, and without calibration. */
  readonly preview?: boolean;
}

/**
 * The licence as a PDF/A-2b file of its template's page size: on a numbered blank only what is not printed there already, moved
 * by the machine's calibration; on plain paper the whole certificate, which needs none. The same licence gives the same
 * bytes; metadata hold title, issuer and day.
 *
 * Fails with a DeviceError `invalid-data` for a template or value that does not exist, a value that is missing, too long, of
 * characters that no font has or too large for its place, each by its name, and a calibration that is out of bounds.
 */
export async function renderLicence(licence: Licence, options: LicenceOptions = {}): Promise<Uint8Array> {
  const template = templateOf(licence);
  const [ofPaper = licence.language] = template.languages;
  const language = template.languages.includes(licence.language) ? licence.language : ofPaper;
  const printed = printedLicence({ ...licence, language });
  assertComplete(printed, template);
  const { layout } = template;
  const pages =
    layout.type === 'overlay'
      ? [overlayPage(printed, template, layout, options)]
      : layOut(certificateOf(printed, template, layout)).map((items) => certificatePage(items, language, options));
  const description = { title: template.title[language], author: printed.issuer, language, day: printed.issuedOn };
  return await archiveFile(pages, description);
}

/** Which paper it needs. Fails as `renderLicence` does for a template that does not exist. */
export function stockOf(licence: Licence): LicenceTemplate['stock'] {
  return templateOf(licence).stock;
}

function templateOf({ template }: Licence): LicenceTemplate {
  try {
    return loadTemplate(template);
  } catch (error) {
    if (error instanceof RangeError) throw new DeviceError('invalid-data', error.message, { cause: error });
    throw error;
  }
}

function assertComplete({ serial, issuer, values, rows = [], validUntil }: Licence, template: LicenceTemplate): void {
  const refuse = (name: string, why: string): never => {
    throw new DeviceError('invalid-data', `${name} ${why}`);
  };
  for (const [name, text] of Object.entries({ serial, issuer }))
    if (text.trim() === '') refuse(name, `is missing, ${template.id} needs it`); // marks that leave no ink are gone by now
  for (const [name, { required, maxLength }] of Object.entries(template.values)) {
    const text = values[name] ?? '';
    if (required && text.trim() === '') refuse(name, `is missing, ${template.id} needs it`);
    if ([...text].length > maxLength) refuse(name, `is longer than ${maxLength} characters`);
  }
  for (const [name, text] of Object.entries(values)) {
    if (!Object.hasOwn(template.values, name)) refuse(name, `is no value of ${template.id}`);
    naming(name, () => runsOf(text));
  }
  const { layout } = template;
  const placesEnd = layout.type === 'overlay' && layout.places.some(({ text }) => text === 'validUntil');
  if (placesEnd && validUntil === undefined) refuse('validUntil', `is missing, ${template.id} needs it`);
  if (layout.type === 'overlay' && !placesEnd && validUntil !== undefined) refuse('validUntil', 'has no place');
  if (rows.length > 0 && !(layout.type === 'certificate' && layout.columns)) refuse('rows', 'have no place');
}

function overlayPage(licence: Licence, template: LicenceTemplate, layout: Overlay, options: LicenceOptions): Page {
  const { language, values, serial, issuer, seal, issuedOn, validUntil, verification } = licence;
  const wording = wordings[language];
  const texts = {
    ...values,
    serial,
    issuer,
    issuedOn: wording.date(issuedOn),
    validUntil: validUntil === undefined ? '' : wording.date(validUntil),
    verificationNote: verification.note,
  };
  const size = { width: mm(template.page.widthMm), height: mm(template.page.heightMm) };
  const items = overlayItems(layout, texts, { mark: wording.seal, picture: seal }, verification.url);
  if (options.preview)
    return { size, items: [previewMark(size, language), ...preprintedItems(layout.preprinted, size), ...items] };
  const shift = boundedCalibration(options);
  assertOnPage(layout, template.page, shift, seal);
  return { size, items, shift: { x: mm(shift.offsetXMm), y: mm(shift.offsetYMm), degrees: shift.rotationDeg } };
}

function boundedCalibration({ preview: _, ...given }: LicenceOptions): Calibration {
  const { data, error } = calibration.safeParse(given);
  if (!data)
    throw new DeviceError('invalid-data', `the calibration is out of bounds: ${error.issues[0]?.path.join('.')}`);
  return data;
}

function certificatePage(items: Item[], language: Language, { preview }: LicenceOptions): Page {
  return { size: sheet, items: preview ? [previewMark(sheet, language), ...items] : items };
}

/** Pale, from the lower left to the upper right, below everything else. */
function previewMark({ width, height }: Size, language: Language): Item {
  const degrees = (-Math.atan2(height, width) * 180) / Math.PI;
  const sizePt = Math.min(width, height) / 8;
  return textItem(wordings[language].preview, width / 2, height / 2, {
    sizePt,
    degrees,
    align: 'center',
    colour: colour.preview,
  });
}

function certificateOf(licence: Licence, template: LicenceTemplate, layout: CertificateLayout): Certificate {
  const { language, serial, values, rows = [], issuer, seal, issuedOn, validUntil, verification } = licence;
  const wording = wordings[language];
  const fields = layout.fields.flatMap((name) => {
    const [text = '', label] = [values[name], template.values[name]?.label[language]];
    return text === '' || label === undefined ? [] : [{ label, value: text }];
  });
  const certificate: Certificate = {
    kind: 'certificate',
    language,
    title: template.title[language],
    serial,
    statement: layout.statement[language].map((paragraph) =>
      paragraph.replace(PLACEHOLDER, (_, name: string) => values[name] ?? ''),
    ),
    fields: [...fields, ...(validUntil ? [{ label: wording.validUntil, value: wording.date(validUntil) }] : [])],
    issuer,
    ...(seal && { seal }),
    issuedOn,
    verification,
  };
  const columns = layout.columns?.map((column) => column[language]);
  return columns && rows.length > 0 ? { ...certificate, table: { columns, rows } } : certificate;
}
