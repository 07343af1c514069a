import type { Command } from 'commander';
import { Paper } from '../../printers/escpos/paper.ts';
import type { PaperEvent, PrintedReceipt } from '../../printers/escpos/paper-events.ts';
import { PAPER_DOTS_MAX } from '../../printers/escpos/paper-roll.ts';
import { type EscposProfile, loadProfile, profileIds } from '../../printers/escpos/profile.ts';
import { renderReceipts } from '../../printers/escpos/render.ts';
import { CliError } from './cli-error.ts';
import { readNamed, writeNamed } from './named-file.ts';

/** A receipt full of pictures has some hundred kilobytes. */
const MAX_BYTES = 4 * 1024 * 1024;
const MM_PER_INCH = 25.4;

/** `receipt render FILE --out FILE.png`: what a printer would put on paper for these bytes. */
export function receiptCommand(program: Command): void {
  program
    .command('receipt')
    .description('work with what receipt printers are sent')
    .command('render')
    .description('draw the paper that a receipt printer would put out for a file of ESC/POS bytes')
    .argument('<file>', 'the bytes, as they were sent to the printer')
    .requiredOption('--out <png>', 'where the picture goes')
    .option('--profile <id>', `the printer: ${profileIds().join(', ')}`, 'generic-80')
    .option('--json', 'one JSON object on standard output')
    .action(async (file: string, options: { out: string; profile: string; json?: boolean }, command: Command) => {
      const { widthDots, dpi } = profile(options.profile);
      const bytes = await readNamed(file, MAX_BYTES);
      const paper = new Paper({ widthDots, totalDotsMax: PAPER_DOTS_MAX });
      paper.print(bytes, true);
      const receipts = paper.uncut ? [...paper.receipts, paper.uncut] : [...paper.receipts];
      if (receipts.length === 0) throw new CliError('nothing-printed', `${file} puts nothing on paper`);
      await writeNamed(options.out, renderReceipts(receipts));
      const report = summary(receipts, options.out, bytes.length, dpi);
      const output = options.json ? JSON.stringify(report) : describe(report);
      command.configureOutput().writeOut?.(`${output}\n`);
    });
}

function profile(id: string): EscposProfile {
  if (profileIds().includes(id)) return loadProfile(id);
  throw new CliError('no-such-profile', `there is no printer profile ${id}; there are ${profileIds().join(', ')}`);
}

interface Report {
  readonly out: string;
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

function summary(receipts: readonly PrintedReceipt[], out: string, sizeBytes: number, dpi: number): Report {
  const events = receipts.flatMap((receipt) => receipt.events);
  const count = (type: PaperEvent['type']): number => events.filter((event) => event.type === type).length;
  const heightDots = receipts.reduce((sum, receipt) => sum + receipt.heightDots, 0);
  return {
    out,
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

function describe({ out, receipts, lengthMm, drawn, unknown, truncated }: Report): string {
  const { texts, images, qrCodes, barcodes } = drawn;
  const more = unknown.length - UNKNOWN_SHOWN;
  return [
    `${out}: ${receipts} receipt${receipts === 1 ? '' : 's'}, ${lengthMm} mm of paper`,
    `lines of text: ${texts}, images: ${images}, QR codes: ${qrCodes}, barcodes: ${barcodes}`,
    ...unknown
      .slice(0, UNKNOWN_SHOWN)
      .map(({ reason, hex, offset }) => `not drawn: ${reason} (${hex}) at byte ${offset}`),
    ...(more > 0 ? [`and ${more} more that could not be drawn`] : []),
    ...(truncated ? ['the paper ended before the data did'] : []),
  ].join('\n');
}
