import Database from 'better-sqlite3';
import { z } from 'zod';
import { reportedBody } from '../../main/sync/document-schemas.ts';
import type { CaseBody } from '../../main/sync/schemas.ts';
import { Catalogues } from './catalogue.ts';
import { inspectedCommand, TerminalCommands } from './commands.ts';
import { Documents } from './documents.ts';
import { Drafts } from './drafts.ts';
import { Materials, materialCounts, materialsSchema } from './materials.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS answers (
    idempotency_key TEXT NOT NULL, terminal_id TEXT NOT NULL, fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL, body TEXT NOT NULL, deliveries INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (terminal_id, idempotency_key)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS cases (
    case_number TEXT PRIMARY KEY, case_id TEXT NOT NULL, service_id TEXT NOT NULL, ticket_series TEXT,
    terminal_id TEXT NOT NULL, idempotency_key TEXT NOT NULL, received_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS cases_by_id ON cases (case_id);
  CREATE TABLE IF NOT EXISTS ratings (case_number TEXT NOT NULL, stars INTEGER NOT NULL, received_at TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS findings (kind TEXT NOT NULL, case_number TEXT NOT NULL, found_at TEXT NOT NULL) STRICT;
`;

const answerRow = z.object({ fingerprint: z.string(), status: z.int(), body: z.string() });
const caseIdRow = z.object({ caseId: z.string() });
const countRow = z.object({ count: z.int() });
const inspectedCase = z.object({
  caseNumber: z.string(),
  serviceId: z.string(),
  terminalId: z.string(),
  receivedAt: z.string(),
  deliveries: z.int(),
  materials: materialCounts,
});

/** What terminals promised and the platform saw: `duplicates` cases done twice, `outOfOrder` ratings before their case. */
export const inspection = z.object({
  cases: z.array(inspectedCase),
  ratings: z.int(),
  duplicates: z.int(),
  outOfOrder: z.int(),
  /** Applications that are put aside. */
  drafts: z.int(),
  /** What each terminal last reported: its devices and the rest of it. */
  devices: z.record(z.string(), reportedBody),
  commands: z.array(inspectedCommand),
});
const numberedRow = z.looseObject({ caseNumber: z.string() });
export type Inspection = z.infer<typeof inspection>;

export interface StoredAnswer {
  readonly status: number;
  readonly body: string;
}

export interface Request {
  readonly terminalId: string;
  readonly idempotencyKey: string;
  readonly fingerprint: string;
}

export interface ReceivedCase {
  readonly caseNumber: string;
  readonly caseId: string;
  readonly serviceId: string;
  readonly ticketSeries: string | undefined;
  readonly receivedAt: string;
  /** Papers that are to come. */
  readonly materials: NonNullable<CaseBody['materials']>;
}

/** The stand-in's memory: answers by key, and counts. No personal data but what an answer holds. */
export class Records {
  readonly drafts: Drafts;
  readonly materials: Materials;
  readonly documents: Documents;
  readonly commands: TerminalCommands;
  readonly catalogues: Catalogues;
  readonly #database: Database.Database;

  /** `file` absent: in memory. Throws where another process has the file open: two platforms would number cases alike. */
  constructor(file: string | undefined) {
    this.#database = new Database(file ?? ':memory:', { timeout: 0 });
    try {
      this.#database.pragma('locking_mode = EXCLUSIVE');
      this.#database.pragma('journal_mode = WAL');
      this.#database.exec(schema + materialsSchema);
      this.documents = new Documents(this.#database);
      this.commands = new TerminalCommands(this.#database);
      this.catalogues = new Catalogues(this.#database);
      this.drafts = new Drafts(this.#database);
      this.materials = new Materials(this.#database);
    } catch (error) {
      this.#database.close();
      const inUse = error instanceof Database.SqliteError && error.code === 'SQLITE_BUSY';
      throw inUse ? new Error(`${file} is in use: another stand-in platform runs on it`, { cause: error }) : error;
    }
  }

  /** The answer given under this key before, or `key-reused` when it was given to another content. Counts the delivery. */
  findAnswer({ terminalId, idempotencyKey, fingerprint }: Request): StoredAnswer | 'key-reused' | undefined {
    const key = [terminalId, idempotencyKey];
    const row = answerRow
      .optional()
      .parse(
        this.#database
          .prepare('SELECT fingerprint, status, body FROM answers WHERE terminal_id = ? AND idempotency_key = ?')
          .get(key),
      );
    if (!row) return undefined;
    if (row.fingerprint !== fingerprint) return 'key-reused';
    this.#database
      .prepare('UPDATE answers SET deliveries = deliveries + 1 WHERE terminal_id = ? AND idempotency_key = ?')
      .run(key);
    return { status: row.status, body: row.body };
  }

  /** The work and its answer in one transaction. */
  conclude(
    { terminalId, idempotencyKey, fingerprint }: Request,
    { status, body }: StoredAnswer,
    work: () => void,
  ): void {
    this.#database
      .transaction(() => {
        work();
        this.#database
          .prepare(
            'INSERT INTO answers (terminal_id, idempotency_key, fingerprint, status, body) VALUES (?, ?, ?, ?, ?)',
          )
          .run(terminalId, idempotencyKey, fingerprint, status, body);
      })
      .immediate();
  }

  /** A case that is known came under another key, or under another number: the terminal made one case twice. */
  addCase({ terminalId, idempotencyKey }: Request, item: ReceivedCase): void {
    const { caseNumber, caseId, serviceId, ticketSeries = null, receivedAt } = item;
    const isKnown = this.#count('SELECT count(*) AS count FROM cases WHERE case_id = ?', caseId) > 0;
    this.#database
      .prepare('INSERT OR IGNORE INTO cases VALUES (?, ?, ?, ?, ?, ?, ?)')
      .run(caseNumber, caseId, serviceId, ticketSeries, terminalId, idempotencyKey, receivedAt);
    if (isKnown) this.addFinding('duplicate', caseNumber);
    else this.materials.expect(terminalId, caseNumber, item.materials);
  }

  /** Of the case that has arrived with this number. */
  caseIdOf(caseNumber: string): string | undefined {
    const row = this.#database.prepare('SELECT case_id AS caseId FROM cases WHERE case_number = ?').get(caseNumber);
    return caseIdRow.optional().parse(row)?.caseId;
  }

  addRating(caseNumber: string, stars: number, receivedAt: string): void {
    this.#database.prepare('INSERT INTO ratings VALUES (?, ?, ?)').run(caseNumber, stars, receivedAt);
  }

  addFinding(kind: 'duplicate' | 'out-of-order', caseNumber: string): void {
    this.#database.prepare('INSERT INTO findings VALUES (?, ?, ?)').run(kind, caseNumber, new Date().toISOString());
  }

  countTickets(series: string): number {
    return this.#count('SELECT count(*) AS count FROM cases WHERE ticket_series = ?', series);
  }

  inspect(): Inspection {
    const materialsOf = this.materials.countsByCase();
    const cases = this.#database
      .prepare(
        `SELECT case_number AS caseNumber, service_id AS serviceId, terminal_id AS terminalId, received_at AS receivedAt,
           deliveries FROM cases JOIN answers USING (terminal_id, idempotency_key) ORDER BY cases.rowid`,
      )
      .all()
      .map((row) => ({ ...numberedRow.parse(row), materials: materialsOf(numberedRow.parse(row).caseNumber) }));
    return inspection.parse({
      devices: this.documents.inspect(),
      commands: this.commands.inspect(),
      cases,
      drafts: this.drafts.count(),
      ratings: this.#count('SELECT count(*) AS count FROM ratings'),
      duplicates: this.#count(`SELECT count(*) AS count FROM findings WHERE kind = 'duplicate'`),
      outOfOrder: this.#count(`SELECT count(*) AS count FROM findings WHERE kind = 'out-of-order'`),
    });
  }

  close(): void {
    this.#database.close();
  }

  #count(sql: string, ...parameters: string[]): number {
    return countRow.parse(this.#database.prepare(sql).get(...parameters)).count;
  }
}
