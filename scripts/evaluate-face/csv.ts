/** What is wrong with a table, and in which line; `line` 1 is the heading. */
export class TableError extends Error {
  override readonly name = 'TableError';
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

export interface Row {
  readonly line: number;
  readonly fields: readonly string[];
}

export const MAX_TABLE_BYTES = 128 * 1024 * 1024; // a million pairs of long names
export const MAX_ROWS = 1_000_000;
const MAX_FIELD_CHARACTERS = 1_024;
const MAX_FIELDS = 32;

/**
 * Comma-separated values as RFC 4180 has them: quoted fields with commas, line ends and doubled quotes, CRLF or LF.
 * Lines without any character are skipped. Throws TableError.
 */
export function* readCsv(text: string): Generator<Row> {
  let at = 0;
  let line = 1;
  let rows = 0;
  while (at < text.length) {
    const startLine = line;
    const fields: string[] = [];
    for (;;) {
      const field = text[at] === '"' ? quotedField(text, at, startLine) : plainField(text, at);
      if (field.value.length > MAX_FIELD_CHARACTERS) {
        throw new TableError(startLine, `a field of ${field.value.length} characters, at most ${MAX_FIELD_CHARACTERS}`);
      }
      if (fields.push(field.value) > MAX_FIELDS) throw new TableError(startLine, `more than ${MAX_FIELDS} fields`);
      line += field.lineEnds;
      at = field.end;
      if (text[at] !== ',') break;
      at += 1;
    }
    if (text[at] === '\r' && text[at + 1] === '\n') at += 1;
    if (at < text.length && text[at] !== '\n') throw new TableError(line, 'text behind a closing quote');
    at += 1;
    line += 1;
    if (fields.length === 1 && fields[0] === '') continue;
    rows += 1;
    if (rows > MAX_ROWS + 1) throw new TableError(startLine, `more than ${MAX_ROWS} rows`);
    yield { line: startLine, fields };
  }
}

interface Field {
  readonly value: string;
  /** Where the comma or the line's end is. */
  readonly end: number;
  readonly lineEnds: number;
}

function plainField(text: string, at: number): Field {
  let end = at;
  while (end < text.length && text[end] !== ',' && text[end] !== '\n') {
    if (text[end] === '\r' && text[end + 1] === '\n') break;
    end += 1;
  }
  return { value: text.slice(at, end), end, lineEnds: 0 };
}

function quotedField(text: string, at: number, line: number): Field {
  let value = '';
  let from = at + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) throw new TableError(line, 'a quote that is not closed');
    value += text.slice(from, quote);
    if (text[quote + 1] !== '"') return { value, end: quote + 1, lineEnds: value.split('\n').length - 1 };
    value += '"';
    from = quote + 2;
  }
}
