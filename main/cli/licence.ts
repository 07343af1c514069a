import { stat } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { z } from 'zod';
import { DeviceError } from '../../drivers/core/index.ts';
import type { Calibration } from '../../printers/document/calibration.ts';
import { type PrintableDocument, printableDocument } from '../../printers/document/printable.ts';
import { CliError } from './cli-error.ts';
import { calibrationCommands } from './licence-calibration.ts';
import { type ShiftOptions, shiftOf, templateNamed, withShift } from './licence-options.ts';
import { readNamed, writeNamed } from './named-file.ts';

/** The longest certificate has some hundred thousand characters, each six bytes where it is escaped. */
const MAX_BYTES = 1024 * 1024;

const HELP = `
A printer whose print does not stand where its blanks want it:

  1. licence calibration-sheet --out sheet.pdf     print it at 100 % on plain paper, fed as the blanks are
  2. licence calibration --left-from-left 25.8 …   what a ruler says; gives lines for the configuration
  3. calibration-sheet again, with their figures   its crosses now stand 25.0 mm from the edges`;

interface Options extends ShiftOptions {
  readonly out: string;
  readonly preview?: boolean;
  readonly json?: boolean;
}

/** `licence render|calibration-sheet|calibration`: what a licence printer would print, and where it puts it. */
export function licenceCommand(program: Command): void {
  const licence = program
    .command('licence')
    .description('what licence printers print, and where on the paper it stands')
    .addHelpText('after', HELP);
  addRender(licence);
  calibrationCommands(licence);
}

function addRender(licence: Command): void {
  withShift(
    licence
      .command('render')
      .description('draw the PDF that a licence printer is sent for a licence or certificate')
      .argument('<file>', 'the licence or certificate as JSON, as the platform issues it')
      .requiredOption('--out <pdf>', 'where the PDF goes; what is there is written over')
      .addOption(
        new Option('--preview', 'with what its blank says already, and marked as a preview').conflicts([
          'offsetX',
          'offsetY',
          'rotation',
        ]),
      ),
  )
    .option('--json', 'one JSON object on standard output')
    .action(async (file: string, { out, preview = false, json, ...shift }: Options, command: Command) => {
      const document = documentOf(await readNamed(file, MAX_BYTES), file);
      if (await isSameFile(file, out)) throw new CliError('usage', `--out would write over ${file}`);
      const drawn = await draw(document, shiftOf(shift), preview).catch((error: unknown) => {
        if (!(error instanceof DeviceError)) throw error;
        throw new CliError(error.code, `${file}: ${error.message}`, { cause: error });
      });
      await writeNamed(out, drawn.pdf);
      const report = { out, sizeBytes: drawn.pdf.length, ...drawn.about };
      command.configureOutput().writeOut?.(`${json ? JSON.stringify(report) : describe(report)}\n`);
    });
}

/** Under whatever names and links; false where one of them is not there, as what is written mostly is. */
async function isSameFile(...paths: readonly [string, string]): Promise<boolean> {
  const [one, other] = await Promise.all(paths.map((path) => stat(path, { bigint: true }).catch(() => undefined)));
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
}

/** What was drawn; nothing that stands on it. */
interface About {
  readonly kind: PrintableDocument['kind'];
  readonly template?: string;
  /** Of its numbered blanks; without it, it goes on plain paper. */
  readonly series?: string;
  readonly preview: boolean;
}

async function draw(
  document: PrintableDocument,
  shift: Partial<Calibration>,
  preview: boolean,
): Promise<{ readonly pdf: Uint8Array; readonly about: About }> {
  const { kind } = document;
  const isShifted = Object.keys(shift).length > 0;
  if (kind === 'certificate') {
    if (preview) throw new CliError('usage', '--preview is for licences; a certificate is drawn whole without it');
    if (isShifted) throw onPlainPaper('a certificate');
    const { renderCertificate } = await import('../../printers/pdf/certificate.ts');
    return { pdf: await renderCertificate(document), about: { kind, preview } };
  }
  const { id: template, stock } = templateNamed(document.template);
  if (isShifted && stock.kind === 'plain') throw onPlainPaper(template);
  const { renderLicence } = await import('../../printers/pdf/licence.ts');
  const pdf = await renderLicence(document, { ...shift, preview });
  const about = { kind, template, ...(stock.kind === 'numbered-blank' && { series: stock.series }), preview };
  return { pdf, about };
}

function onPlainPaper(what: string): CliError {
  return new CliError('usage', `--offset-x, --offset-y and --rotation are for blanks; ${what} goes on plain paper`);
}

/** Fails with a CliError that names file and place, and quotes nothing: the file is about a person. */
function documentOf(bytes: Uint8Array, file: string): PrintableDocument {
  const { data, error } = printableDocument.safeParse(jsonOf(bytes, file));
  if (data) return data;
  throw new CliError('not-a-document', `${file} is no licence or certificate: ${complaint(error)}`);
}

function jsonOf(bytes: Uint8Array, file: string): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new CliError('not-utf-8', `${file} is not UTF-8 text`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError('not-json', `${file} is not JSON${placeIn((error as Error).message)}`);
  }
}

/** Of V8's sentences about JSON: where it stopped. The others quote the text. */
function placeIn(message: string): string {
  return / \(line \d+ column \d+\)/.exec(message)?.[0] ?? '';
}

function complaint({ issues: [issue] }: z.ZodError): string {
  if (issue?.code === 'invalid_union') return 'kind is neither "licence" nor "certificate"';
  if (issue?.code === 'unrecognized_keys') return `${placeOf([...issue.path, issue.keys[0] ?? ''])} has no place there`;
  return `${placeOf(issue?.path ?? [])}: ${issue?.message}`;
}

/** A name of the schema, or at least one that could be: any other was made by the file, and may say whom it is about. */
const NAME = /^[A-Za-z_]\w{0,39}$/;

function placeOf(path: readonly PropertyKey[]): string {
  const names = path.map((part) => (typeof part === 'number' || NAME.test(String(part)) ? String(part) : '…'));
  return names.join('.') || 'all of it';
}

function describe({
  out,
  sizeBytes,
  kind,
  template,
  series,
  preview,
}: About & { out: string; sizeBytes: number }): string {
  const paper = series === undefined ? 'plain paper' : `a blank of ${series}`;
  const use = preview ? 'a preview, for screens only' : `for ${paper}`;
  return `${out}: ${template ?? kind}, ${use}, ${Math.ceil(sizeBytes / 1000)} kB`;
}
