import type { Command } from 'commander';
import { encode } from '../../printers/escpos/commands.ts';
import { receiptCommands } from '../../printers/escpos/job.ts';
import { Paper } from '../../printers/escpos/paper.ts';
import type { PaperEvent, PrintedReceipt } from '../../printers/escpos/paper-events.ts';
import { PAPER_DOTS_MAX } from '../../printers/escpos/paper-roll.ts';
import { type EscposProfile, loadProfile, profileIds } from '../../printers/escpos/profile.ts';
import { renderReceipts } from '../../printers/escpos/render.ts';
import { sampleReceipt } from '../../printers/escpos/sample.ts';
import { CliError } from './cli-error.ts';
import { readNamed, writeNamed } from './named-file.ts';

/** A receipt full of pictures has some hundred kilobytes. */
const MAX_BYTES = 4 * 1024 * 1024;
const MM_PER_INCH = 25.4;

/** Bytes do not say what they are for; most printers are as wide as this one. */
const ASSUMED_PROFILE = 'generic-80';

interface Options {
  readonly out: string;
  readonly profile?: string;
  readonly json?: boolean;
}

/** `receipt render|sample`: what a printer would put on paper, for a file of bytes or for an invented receipt. */
export function receiptCommand(program: Command): void {
  const receipt = program.command('receipt').description('work with what receipt printers are sent');
  addRender(receipt);
  addSample(receipt);
}

function addRender(receipt: Command): void {
  receipt
    .command('render')
    .description('draw the paper that a receipt printer would put out for a file of ESC/POS bytes')
    .argument('<file>', 'the bytes, as they were sent to the printer')
    .requiredOption('--out <png>', 'where the picture goes')
    .option('--profile <id>', `the printer: ${profileIds().join(', ')}; ${ASSUMED_PROFILE} where nothing is said`)
    .option('--json', 'one JSON object on standard output')
    .action(async (file: string, { out, profile: id, json }: Options, command: Command) => {
      const profile = profileNamed(id ?? ASSUMED_PROFILE);
      const bytes = await readNamed(file, MAX_BYTES);
      const receipts = printed(bytes, profile);
      if (receipts.length === 0) throw new CliError('nothing-printed', `${file} puts nothing on paper`);
      await writeNamed(out, await renderReceipts(receipts));
      answer(command, summary(receipts, out, bytes.length, profile, id === undefined), json);
    });
}

function addSample(receipt: Command): void {
  receipt
    .command('sample')
    .description('draw an invented receipt with everything on it as a printer would print it, or write what it is sent')
    .requiredOption('--profile <id>', `the printer: ${profileIds().join(', ')}`)
    .requiredOption('--out <file>', 'FILE.png: its paper as a picture; FILE.bin: the bytes that the printer is sent')
    .option('--json', 'one JSON object on standard output')
    .action(async ({ out, profile: id, json }: Options & { readonly profile: string }, command: Command) => {
      const kind = /\.(png|bin)$/i.exec(out)?.[1]?.toLowerCase();
      if (!kind) throw new CliError('usage', `--out ${out} ends neither in .png, a picture, nor in .bin, bytes`);
      const profile = profileNamed(id);
      const bytes = Buffer.concat(receiptCommands(sampleReceipt(profile), profile).map(encode));
      const receipts = printed(bytes, profile);
      await writeNamed(out, kind === 'png' ? await renderReceipts(receipts) : bytes);
      answer(command, summary(receipts, out, bytes.length, profile, false), json);
    });
}

function profileNamed(id: string): EscposProfile {
  if (!profileIds().includes(id)) {
    throw new CliError('no-such-profile', `there is no printer profile ${id}; there are ${profileIds().join(', ')}`);
  }
  try {
    return loadProfile(id);
  } catch (error) {
    // It can be mended at the keyboard: who asks for a profile may be writing it.
    if (error instanceof RangeError) throw new CliError('wrong-profile', error.message, { cause: error });
    throw error;
  }
}

function printed(bytes: Uint8Array, { widthDots }: EscposProfile): PrintedReceipt[] {
  const paper = new Paper({ widthDots, totalDotsMax: PAPER_DOTS_MAX });
  paper.print(bytes, true);
  return paper.uncut ? [...paper.receipts, paper.uncut] : [...paper.receipts];
}

function answer(command: Command, report: Report, json = false): void {
  command.configureOutput().writeOut?.(`${json ? JSON.stringify(report) : describe(report)}\n`);
}

interface Report {
  readonly out: string;
  readonly profile: Pick<EscposProfile, 'id' | 'columns' | 'widthDots' | 'dpi'> & { readonly assumed: boolean };
  /** Of what the printer is sent. */
  readonly sizeBytes: number;
  readonly receipts: number;
  readonly lengthMm: number;
  readonly drawn: Record<'texts' | 'images' | 'qrCodes' | 'barcodes' | 'cuts', number>;
  /** What was on the paper's lines, for scripts that look for a sentence. */
  readonly text: readonly string[];
  /** What could not be drawn: its first eight bytes, and where in the file it begins. */
  readonly unknown: readonly { readonly reason: string; readonly hex: string; readonly offset: number }[];
  readonly truncated: boolean;
}

function summary(
  receipts: readonly PrintedReceipt[],
  out: string,
  sizeBytes: number,
  { id, columns, widthDots, dpi }: EscposProfile,
  assumed: boolean,
): Report {
  const events = receipts.flatMap((receipt) => receipt.events);
  const count = (type: PaperEvent['type']): number => events.filter((event) => event.type === type).length;
  const heightDots = receipts.reduce((sum, receipt) => sum + receipt.heightDots, 0);
  return {
    out,
    profile: { id, columns, widthDots, dpi, assumed },
    sizeBytes,
    receipts: receipts.length,
    lengthMm: Math.round((heightDots * MM_PER_INCH) / dpi),
    drawn: {
      texts: count('text'),
      images: count('image'),
      qrCodes: count('qr'),
      barcodes: count('barcode'),
      cuts: count('cut'),
    },
    text: events.flatMap((event) => (event.type === 'text' ? [event.text] : [])),
    unknown: events.flatMap((event) => (event.type === 'unknown' ? [unknownOf(event)] : [])),
    truncated: receipts.some((receipt) => receipt.truncated),
  };
}

function unknownOf({ reason, hex, offset }: Extract<PaperEvent, { type: 'unknown' }>): Report['unknown'][number] {
  return { reason, hex, offset };
}

/** A damaged file has thousands of unknown bytes; the first of them say what is wrong. */
const UNKNOWN_SHOWN = 10;

function describe({ out, profile, receipts, lengthMm, drawn, unknown, truncated }: Report): string {
  const { texts, images, qrCodes, barcodes } = drawn;
  const more = unknown.length - UNKNOWN_SHOWN;
  return [
    `${out}: ${receipts} receipt${receipts === 1 ? '' : 's'}, ${lengthMm} mm of paper`,
    `printer: ${profile.id}${profile.assumed ? ' (assumed; --profile names another)' : ''}, ${profile.columns} columns, ` +
      `${profile.widthDots} dots at ${profile.dpi} dpi`,
    `lines of text: ${texts}, images: ${images}, QR codes: ${qrCodes}, barcodes: ${barcodes}`,
    ...unknown
      .slice(0, UNKNOWN_SHOWN)
      .map(({ reason, hex, offset }) => `not drawn: ${reason} (${hex}) at byte ${offset}`),
    ...(more > 0 ? [`and ${more} more that could not be drawn`] : []),
    ...(truncated ? ['the paper ended before the data did'] : []),
  ].join('\n');
}
