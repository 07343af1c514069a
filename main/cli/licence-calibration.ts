import { type Command, InvalidArgumentError } from 'commander';
import { ZodError } from 'zod';
import {
  type Calibration,
  CROSS_INSET_MM,
  calibrationFrom,
  calibrationReading,
} from '../../printers/document/calibration.ts';
import type { LicenceTemplate } from '../../printers/pdf/template.ts';
import { deviceSpec } from '../devices/protocol.ts';
import { CliError } from './cli-error.ts';
import {
  type BlankOptions,
  blankSize,
  decimal,
  offsetMm,
  type ShiftOptions,
  shiftOf,
  turnDeg,
  withBlank,
  withShift,
} from './licence-options.ts';
import { writeNamed } from './named-file.ts';

interface SheetOptions extends BlankOptions, ShiftOptions {
  readonly out: string;
  readonly json?: boolean;
}
interface ReadingOptions extends BlankOptions {
  readonly leftFromLeft: number;
  readonly leftFromTop: number;
  readonly rightFromTop: number;
  readonly printer?: string;
  readonly json?: boolean;
}

const { leftCross, rightCross } = calibrationReading.shape;

/** `calibration-sheet` and `calibration`: what a technician measures at a licence printer, and what comes of it. */
export function calibrationCommands(licence: Command): void {
  addSheet(licence);
  addReading(licence);
}

function addSheet(licence: Command): void {
  const sheet = licence
    .command('calibration-sheet')
    .description('draw the sheet from which a printer’s calibration is measured')
    .requiredOption('--out <pdf>', 'where the PDF goes; what is there is written over');
  withShift(withBlank(sheet))
    .option('--json', 'one JSON object on standard output')
    .action(async ({ out, json, ...options }: SheetOptions, command: Command) => {
      const size = blankSize(options);
      const { renderCalibrationSheet } = await import('../../printers/pdf/calibration-sheet.ts');
      const pdf = await renderCalibrationSheet(size, shiftOf(options));
      await writeNamed(out, pdf);
      const report = { out, sizeBytes: pdf.length, ...size };
      const sentence = `${out}: ${size.widthMm} × ${size.heightMm} mm; print it at 100 % on plain paper, fed as the blanks are`;
      command.configureOutput().writeOut?.(`${json ? JSON.stringify(report) : sentence}\n`);
    });
}

function addReading(licence: Command): void {
  const reading = licence
    .command('calibration')
    .description('what a sheet that was drawn without offsets says, as lines for the terminal’s configuration')
    .requiredOption(
      '--left-from-left <mm>',
      'upper left cross, from the paper’s left edge',
      decimal(leftCross.shape.fromLeftMm),
    )
    .requiredOption('--left-from-top <mm>', 'upper left cross, from its upper edge', decimal(leftCross.shape.fromTopMm))
    .requiredOption(
      '--right-from-top <mm>',
      'upper right cross, from its upper edge',
      decimal(rightCross.shape.fromTopMm),
    )
    .option('--printer <id>', 'as `devices` calls it', printerId);
  withBlank(reading)
    .option('--json', 'one JSON object on standard output')
    .action(({ printer, json, ...options }: ReadingOptions, command: Command) => {
      const found = calibrationOf(options, blankSize(options));
      const report = { calibration: found, ...(printer !== undefined && calibrationsOf(printer, found)) };
      const output = json ? JSON.stringify(report) : describe(found, options, printer);
      command.configureOutput().writeOut?.(`${output}\n`);
    });
}

function printerId(text: string): string {
  if (deviceSpec.shape.id.safeParse(text).success) return text;
  throw new InvalidArgumentError('It is an id as `devices` gives it');
}

function calibrationOf(
  { leftFromLeft, leftFromTop, rightFromTop }: ReadingOptions,
  size: LicenceTemplate['page'],
): Calibration {
  const read = {
    leftCross: { fromLeftMm: leftFromLeft, fromTopMm: leftFromTop },
    rightCross: { fromTopMm: rightFromTop },
  };
  try {
    return calibrationFrom(read, size);
  } catch (error) {
    if (error instanceof ZodError) throw new CliError('out-of-bounds', tooFarOff(error), { cause: error });
    throw error;
  }
}

function tooFarOff({ issues }: ZodError): string {
  const isTurned = issues.some(({ path }) => path[0] === 'rotationDeg');
  const off = isTurned ? `${turnDeg.maxValue} degrees askew` : `${offsetMm.maxValue} mm off`;
  return `the print stands more than ${off}, and a calibration makes up for no more: set the tray right first`;
}

/** As `main/config` reads it. */
function calibrationsOf(printer: string, found: Calibration): object {
  return { blanks: { calibrations: { [printer]: found } } };
}

/** No device can be called so: what is pasted with it stops the terminal's start with its reason. */
const ANY_PRINTER = 'PRINTER';

function describe(found: Calibration, { template, width, height }: BlankOptions, printer = ANY_PRINTER): string {
  const { offsetXMm, offsetYMm, rotationDeg } = found;
  const given = { template, width, height, 'offset-x': offsetXMm, 'offset-y': offsetYMm, rotation: rotationDeg };
  const options = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${value}`]));
  const members = JSON.stringify(calibrationsOf(printer, found), undefined, 2).split('\n').slice(1, -1);
  return [
    'In the terminal’s configuration, which it reads when it is started again:',
    ...['', ...members, ''],
    ...(printer === ANY_PRINTER ? [`${ANY_PRINTER} is what \`devices\` calls it; --printer puts its name there.`] : []),
    `To see that the crosses then stand ${CROSS_INSET_MM}.0 mm from the edges, print`,
    `  kioskctl licence calibration-sheet ${options.join(' ')} --out sheet.pdf`,
  ].join('\n');
}
