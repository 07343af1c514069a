import { createHash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { z } from 'zod';
import { type DesiredDocument, type ReportedBody, reportedBody } from '../../main/sync/document-schemas.ts';
import { managementOperations as operations } from '../../main/sync/management-operations.ts';
import { Refusal } from './http.ts';
import { type Route, route } from './routes.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS desired_documents (terminal_id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS reported_documents (
    terminal_id TEXT PRIMARY KEY, revision INTEGER NOT NULL, body TEXT NOT NULL, received_at TEXT NOT NULL
  ) STRICT;
`;
const desiredRow = z.object({ body: z.string() });
const reportedRow = z.object({ terminal_id: z.string(), revision: z.int(), body: z.string() });
const versioned = z.looseObject({ version: z.int() });
const NOTHING_WANTED: DesiredDocument = { version: 1, settings: {} };

/** POST /v1/tools/desired. The document goes out as it stands, so that a bad one can be tried. */
export const desiredTool = z.strictObject({ terminalId: z.string().min(1).max(60), document: z.looseObject({}) });

/** Device documents: what is wanted of each terminal, and what each last said of itself. */
export class Documents {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
    database.exec(schema);
  }

  setDesired({ terminalId, document }: z.infer<typeof desiredTool>): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO desired_documents (terminal_id, body) VALUES (?, ?)')
      .run(terminalId, JSON.stringify(document));
  }

  desired(terminalId: string): object {
    const row = this.#database.prepare('SELECT body FROM desired_documents WHERE terminal_id = ?').get(terminalId);
    return row === undefined ? NOTHING_WANTED : z.looseObject({}).parse(JSON.parse(desiredRow.parse(row).body));
  }

  desiredVersion(terminalId: string): number {
    return versioned.safeParse(this.desired(terminalId)).data?.version ?? 1;
  }

  reported(terminalId: string): { readonly revision: string; readonly reported: ReportedBody } | undefined {
    const row = this.#database.prepare('SELECT * FROM reported_documents WHERE terminal_id = ?').get(terminalId);
    if (row === undefined) return undefined;
    const { revision, body } = reportedRow.parse(row);
    return { revision: String(revision), reported: reportedBody.parse(JSON.parse(body)) };
  }

  /** The new revision. */
  setReported(terminalId: string, body: ReportedBody, receivedAt: string): string {
    const revision = Number(this.reported(terminalId)?.revision ?? 0) + 1;
    this.#database
      .prepare('INSERT OR REPLACE INTO reported_documents VALUES (?, ?, ?, ?)')
      .run(terminalId, revision, JSON.stringify(body), receivedAt);
    return String(revision);
  }

  /** What each terminal last said of itself. */
  inspect(): Record<string, ReportedBody> {
    const rows = this.#database.prepare('SELECT * FROM reported_documents').all();
    return Object.fromEntries(
      rows.map((row) => {
        const { terminal_id: terminalId, body } = reportedRow.parse(row);
        return [terminalId, reportedBody.parse(JSON.parse(body))];
      }),
    );
  }
}

export interface DocumentPorts {
  readonly documents: Documents;
  readonly now: () => Date;
}

export function documentRoutes({ documents, now }: DocumentPorts) {
  return {
    desiredDocument: route(operations.desiredDocument, async ({ terminalId, headers, reply }) => {
      const body = documents.desired(terminalId);
      const etag = `"${createHash('sha256').update(JSON.stringify(body)).digest('base64url')}"`;
      if (headers['if-none-match'] !== etag) return { status: 200, body, headers: { etag } };
      await reply.code(304).header('etag', etag).send();
      return undefined;
    }),
    reportedDocument: route(operations.reportedDocument, async ({ terminalId }) => {
      const body = documents.reported(terminalId);
      if (!body) throw new Refusal(404, 'nothing-reported', 'nothing was reported under this id');
      return { status: 200, body };
    }),
    report: route(operations.report, async ({ terminalId, headers, body }) => {
      const present = documents.reported(terminalId)?.revision;
      const { 'if-match': match, 'if-none-match': none } = headers;
      if (match === undefined && none === undefined) {
        throw new Refusal(428, 'condition-missing', 'a report needs If-Match or If-None-Match');
      }
      const holds = match === undefined ? present === undefined : match === `"${present}"`;
      if (!holds) throw new Refusal(412, 'revision-conflict', `what was last reported has revision ${present}`);
      const receivedAt = now().toISOString();
      const revision = documents.setReported(terminalId, body, receivedAt);
      const desiredVersion = documents.desiredVersion(terminalId);
      return { status: 200, body: { receivedAt, revision, desiredVersion }, headers: { etag: `"${revision}"` } };
    }),
  } satisfies Record<string, Route>;
}
