import { posix } from 'node:path';
import { z } from 'zod';
import { MAX_TABLE_BYTES, type Row, readCsv, TableError } from './csv.ts';

export interface Pair {
  readonly a: string;
  readonly b: string;
  readonly same: boolean;
  /** Absent where the table has no column for it. */
  readonly personA?: string;
  readonly personB?: string;
}

/** Which side of each pair is reduced to a chip photo first. */
export type ChipSide = 'none' | 'a' | 'b' | 'both';

export interface LivenessPicture {
  readonly file: string;
  /** `live`, or what kind of attack it shows. */
  readonly species: string;
}

export const LIVE = 'live';
/** 512 numbers each stay in memory, twice with a chip side: 40 MB. */
export const MAX_PICTURES = 10_000;
const MAX_PROBLEMS = 20;

/** Each sentence names file and line. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** A path below the folder of pictures, written with slashes; one picture is one text. */
const picturePath = z
  .string()
  .min(1, 'the name of a picture is missing')
  .max(512)
  .refine(
    (path) => !/^[/\\]|^[A-Za-z]:|\\|\0/.test(path) && !path.split('/').includes('..'),
    'not a path below the folder of pictures',
  )
  .transform((path) => posix.normalize(path));
const person = z.string().min(1, 'the person is missing').max(128);
const truth = z
  .enum(['1', '0', 'true', 'false', 'yes', 'no'], 'same is one of 1, 0, true, false, yes, no')
  .transform((word) => word === '1' || word === 'true' || word === 'yes');

const pairRow = z
  .strictObject({
    a: picturePath,
    b: picturePath,
    same: truth,
    person_a: person.optional(),
    person_b: person.optional(),
  })
  .refine(
    ({ same, person_a, person_b }) =>
      (person_a === undefined) === (person_b === undefined) &&
      (person_a === undefined || (person_a === person_b) === same),
    'person_a, person_b and same contradict each other',
  );

const livenessRow = z.strictObject({
  file: picturePath,
  species: z.string().regex(/^[\p{L}\p{N} ._-]{1,64}$/u, 'species is a word of at most 64 letters'),
});

/**
 * Rows `a,b,same[,person_a,person_b]` under a heading. With one chip side a pair may stand there the other way round too, and a picture
 * may meet itself; without, either gives a score that says nothing more. Throws InputError with up to 20 sentences.
 */
export function parsePairs(name: string, bytes: Uint8Array, chip: ChipSide): Pair[] {
  const rows = parseTable(name, bytes, ['a', 'b', 'same'], ['person_a', 'person_b'], pairRow);
  const sidesDiffer = chip === 'a' || chip === 'b';
  if (!sidesDiffer) refuseSelves(name, rows);
  const key = (pair: readonly string[]): string => JSON.stringify(sidesDiffer ? pair : pair.toSorted());
  refuseRepeats(name, rows, ({ a, b }) => key([a, b]), 'the same pair as line');
  refuseTooMany(name, new Set(rows.flatMap(({ value: { a, b } }) => [a, b])).size);
  return rows.map(({ value: { a, b, same, person_a, person_b } }) =>
    person_a === undefined || person_b === undefined
      ? { a, b, same }
      : { a, b, same, personA: person_a, personB: person_b },
  );
}

/** Rows `file,species` under a heading. Throws InputError. */
export function parseLiveness(name: string, bytes: Uint8Array): LivenessPicture[] {
  const rows = parseTable(name, bytes, ['file', 'species'], [], livenessRow);
  refuseRepeats(name, rows, ({ file }) => file, 'the same picture as line');
  refuseTooMany(name, rows.length);
  return rows.map(({ value }) => value);
}

interface Parsed<T> {
  readonly line: number;
  readonly value: T;
}

function parseTable<T>(
  name: string,
  bytes: Uint8Array,
  needed: readonly string[],
  optional: readonly string[],
  schema: z.ZodType<T>,
): Parsed<T>[] {
  if (bytes.length > MAX_TABLE_BYTES) throw new InputError([`${name}: more than ${MAX_TABLE_BYTES} bytes`]);
  const problems: string[] = [];
  const parsed: Parsed<T>[] = [];
  try {
    const rows = readCsv(decodeUtf8(name, bytes));
    const first = rows.next();
    const heading = first.done ? [] : first.value.fields.map((field) => field.trim());
    checkHeading(heading, needed, optional);
    for (const row of rows) {
      const result = schema.safeParse(asRecord(heading, row));
      if (result.success) parsed.push({ line: row.line, value: result.data });
      else problems.push(...result.error.issues.map(({ message }) => `${name}:${row.line}: ${message}`));
      if (problems.length >= MAX_PROBLEMS) break;
    }
  } catch (error) {
    if (!(error instanceof TableError)) throw error;
    problems.push(`${name}:${error.line}: ${error.message}`);
  }
  if (problems.length === 0 && parsed.length === 0) problems.push(`${name}: no row below the heading`);
  if (problems.length > 0) throw new InputError(problems.slice(0, MAX_PROBLEMS));
  return parsed;
}

function decodeUtf8(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new InputError([`${name}: not UTF-8`]);
  }
}

function checkHeading(heading: readonly string[], needed: readonly string[], optional: readonly string[]): void {
  const expected = `${needed.join(',')}${optional.length > 0 ? `[,${optional.join(',')}]` : ''}`;
  const missing = needed.filter((column) => !heading.includes(column));
  if (missing.length > 0) throw new TableError(1, `the heading is not ${expected}: ${missing.join(', ')} missing`);
  const strange = heading.find(
    (column, i) => ![...needed, ...optional].includes(column) || heading.indexOf(column) < i,
  );
  if (strange !== undefined)
    throw new TableError(1, `the heading is not ${expected}: "${strange}" unknown or repeated`);
}

function asRecord(heading: readonly string[], { line, fields }: Row): Record<string, string> {
  if (fields.length !== heading.length) {
    throw new TableError(line, `${fields.length} fields under a heading of ${heading.length}`);
  }
  return Object.fromEntries(heading.map((column, i) => [column, fields[i]!.trim()]));
}

function refuseSelves(name: string, rows: readonly Parsed<{ readonly a: string; readonly b: string }>[]): void {
  const selves = rows.filter(({ value: { a, b } }) => a === b);
  if (selves.length === 0) return;
  const told = selves.slice(0, MAX_PROBLEMS);
  throw new InputError(told.map(({ line }) => `${name}:${line}: a picture with itself, which is alike by any measure`));
}

function refuseRepeats<T>(name: string, rows: readonly Parsed<T>[], key: (value: T) => string, what: string): void {
  const lines = new Map<string, number>();
  const problems: string[] = [];
  for (const { line, value } of rows) {
    const before = lines.get(key(value));
    if (before === undefined) lines.set(key(value), line);
    else if (problems.length < MAX_PROBLEMS)
      problems.push(`${name}:${line}: ${what} ${before}, which would count twice`);
  }
  if (problems.length > 0) throw new InputError(problems);
}

function refuseTooMany(name: string, pictures: number): void {
  if (pictures > MAX_PICTURES) throw new InputError([`${name}: ${pictures} pictures, at most ${MAX_PICTURES}`]);
}
