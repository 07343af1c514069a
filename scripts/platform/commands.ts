import { randomUUID } from 'node:crypto';
import type Database from 'better-sqlite3';
import { z } from 'zod';
import { sleep } from '../../drivers/core/index.ts';
import { type Command, type CommandResultBody, command } from '../../main/sync/command-schemas.ts';
import { managementOperations as operations } from '../../main/sync/management-operations.ts';
import { Refusal } from './http.ts';
import { type Route, route } from './routes.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS commands (
    command_id TEXT PRIMARY KEY, terminal_id TEXT NOT NULL, kind TEXT NOT NULL, params TEXT NOT NULL,
    expires_at TEXT NOT NULL, outcome TEXT, detail TEXT, results INTEGER NOT NULL DEFAULT 0
  ) STRICT;
`;
/** A terminal that has not said by then how it went is asked again. */
const LEASE_MS = 120_000;

const commandRow = z.object({ command_id: z.string(), kind: z.string(), params: z.string(), expires_at: z.string() });
/** `results`: how often the terminal told how it went. */
export const inspectedCommand = z.object({
  commandId: z.string(),
  terminalId: z.string(),
  kind: z.string(),
  outcome: z.string().nullable(),
  detail: z.string().nullable(),
  results: z.int(),
});

/** POST /v1/tools/commands. The kind and its params go out as they stand. */
export const commandTool = z.strictObject({
  terminalId: z.string().min(1).max(60),
  kind: command.shape.kind,
  params: command.shape.params.default({}),
  expiresInS: z.int().min(-3_600).max(86_400).default(600),
});

/** What terminals were told to do, and how it went. Leases end with the process. */
export class TerminalCommands {
  readonly #database: Database.Database;
  readonly #leasedUntilMs = new Map<string, number>();
  readonly #bells = new Map<string, AbortController>();

  constructor(database: Database.Database) {
    this.#database = database;
    database.exec(schema);
  }

  /** The new command's id. */
  add({ terminalId, kind, params, expiresInS }: z.infer<typeof commandTool>, now: Date): string {
    const id = randomUUID();
    const expiresAt = new Date(now.getTime() + expiresInS * 1_000).toISOString();
    this.#database
      .prepare('INSERT INTO commands (command_id, terminal_id, kind, params, expires_at) VALUES (?, ?, ?, ?, ?)')
      .run(id, terminalId, kind, JSON.stringify(params), expiresAt);
    this.#bells.get(terminalId)?.abort();
    return id;
  }

  /** Those that are not lent already; waits for one until `waitMs` are over, or a signal says that nobody waits any more. */
  async next(terminalId: string, waitMs: number, ...signals: readonly AbortSignal[]): Promise<Command[]> {
    const found = this.#lend(terminalId);
    if (found.length > 0 || waitMs === 0) return found;
    const bell = new AbortController();
    this.#bells.set(terminalId, bell);
    await sleep(waitMs, bell.signal, ...signals).catch(() => undefined);
    return this.#lend(terminalId);
  }

  /** Whether the terminal was given such a command. The first word counts. */
  finish(terminalId: string, commandId: string, { outcome, detail }: CommandResultBody): boolean {
    const { changes } = this.#database
      .prepare(
        `UPDATE commands SET outcome = coalesce(outcome, ?), detail = coalesce(detail, ?), results = results + 1
         WHERE command_id = ? AND terminal_id = ?`,
      )
      .run(outcome, detail ?? null, commandId, terminalId);
    return changes > 0;
  }

  inspect(): z.infer<typeof inspectedCommand>[] {
    const rows = this.#database
      .prepare(
        `SELECT command_id AS commandId, terminal_id AS terminalId, kind, outcome, detail, results FROM commands
         ORDER BY rowid`,
      )
      .all();
    return z.array(inspectedCommand).parse(rows);
  }

  #lend(terminalId: string): Command[] {
    const open = this.#database
      .prepare('SELECT * FROM commands WHERE terminal_id = ? AND outcome IS NULL ORDER BY rowid LIMIT 20')
      .all(terminalId)
      .map((row) => commandRow.parse(row))
      .filter(({ command_id: id }) => (this.#leasedUntilMs.get(id) ?? 0) <= performance.now());
    for (const { command_id: id } of open) this.#leasedUntilMs.set(id, performance.now() + LEASE_MS);
    return open.map(({ command_id: id, kind, params, expires_at: expiresAt }) =>
      command.parse({ id, kind, params: JSON.parse(params), expiresAt }),
    );
  }
}

export interface CommandPorts {
  readonly commands: TerminalCommands;
  readonly now: () => Date;
  /** The platform stops. */
  readonly closing: AbortSignal;
}

export function commandRoutes({ commands, now, closing }: CommandPorts) {
  return {
    commands: route(operations.commands, async ({ terminalId, query, reply }) => {
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const found = await commands.next(terminalId, Number(query.wait) * 1_000, closing, gone.signal);
      return { status: 200, body: { commands: found } };
    }),
    finishCommand: route(operations.finishCommand, async ({ terminalId, parts, body }) => {
      if (!commands.finish(terminalId, parts.commandId, body)) {
        throw new Refusal(404, 'command-unknown', 'this terminal was given no such command');
      }
      return { status: 200, body: { receivedAt: now().toISOString() } };
    }),
  } satisfies Record<string, Route>;
}
