import { type Command, InvalidArgumentError } from 'commander';
import type { z } from 'zod';
import { type Calibration, calibration } from '../../printers/document/calibration.ts';
import { type LicenceTemplate, licenceTemplate, loadTemplate, templateIds } from '../../printers/pdf/template.ts';
import { CliError } from './cli-error.ts';

const USUAL_BLANK = 'business-licence';

export interface ShiftOptions {
  readonly offsetX?: number;
  readonly offsetY?: number;
  readonly rotation?: number;
}
export interface BlankOptions {
  readonly template?: string;
  readonly width?: number;
  readonly height?: number;
}

const { offsetXMm, rotationDeg } = calibration.shape;
/** Of `offsetYMm` too. */
export const offsetMm: z.ZodNumber = offsetXMm.unwrap();
export const turnDeg: z.ZodNumber = rotationDeg.unwrap();
const { widthMm, heightMm } = licenceTemplate.shape.page.shape;

/** `--offset-x`, `--offset-y` and `--rotation`: where what is printed shall stand, against where it would. */
export function withShift(command: Command): Command {
  return command
    .option('--offset-x <mm>', `moves it right, or left where negative, by ${upTo(offsetMm)} mm`, decimal(offsetMm))
    .option('--offset-y <mm>', `moves it down, or up where negative, by ${upTo(offsetMm)} mm`, decimal(offsetMm))
    .option(
      '--rotation <deg>',
      `turns it clockwise, or the other way where negative, by ${upTo(turnDeg)} degrees`,
      decimal(turnDeg),
    );
}

/** What of it was said. */
export function shiftOf({ offsetX, offsetY, rotation }: ShiftOptions): Partial<Calibration> {
  return {
    ...(offsetX !== undefined && { offsetXMm: offsetX }),
    ...(offsetY !== undefined && { offsetYMm: offsetY }),
    ...(rotation !== undefined && { rotationDeg: rotation }),
  };
}

/** `--template`, or `--width` and `--height`: how large the blanks are. */
export function withBlank(command: Command): Command {
  return command
    .option('--template <id>', `for its blanks; where left out those of ${USUAL_BLANK}, A4 lying on its side`)
    .option('--width <mm>', `for blanks of another size, ${within(widthMm)} mm`, decimal(widthMm))
    .option('--height <mm>', `for blanks of another size, ${within(heightMm)} mm`, decimal(heightMm));
}

/** Fails with a CliError for a template that there is not, or that needs no blanks, and for half a size. */
export function blankSize({ template, width, height }: BlankOptions): LicenceTemplate['page'] {
  if (width !== undefined && height !== undefined && template === undefined)
    return { widthMm: width, heightMm: height };
  if (width !== undefined || height !== undefined)
    throw new CliError('usage', '--width and --height go together, and without --template');
  const { id, page, stock } = templateNamed(template ?? USUAL_BLANK);
  if (stock.kind === 'numbered-blank') return page;
  throw new CliError('plain-paper', `${id} is printed on plain paper, which needs no calibration`);
}

export function templateNamed(id: string): LicenceTemplate {
  if (templateIds().includes(id)) return loadTemplate(id);
  throw new CliError('no-such-template', `there is no template ${id}; there are ${templateIds().join(', ')}`);
}

/** What Number() takes beside, such as `1e1`, `0x1f` or nothing, is a slip here. */
const DECIMAL = /^[+-]?\d{1,4}(\.\d{1,4})?$/;

/** A number at the keyboard that `schema` takes. */
export function decimal(schema: z.ZodNumber): (text: string) => number {
  return (text) => {
    const number = DECIMAL.test(text) ? Number(text) : Number.NaN;
    if (schema.safeParse(number).success) return number;
    throw new InvalidArgumentError(`It is a number, ${within(schema)}, with a point where it has decimals`);
  };
}

function within({ minValue, maxValue }: z.ZodNumber): string {
  return `${minValue} to ${maxValue}`;
}

function upTo({ maxValue }: z.ZodNumber): string {
  return `up to ${maxValue}`;
}
