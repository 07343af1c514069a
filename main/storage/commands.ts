import { z } from 'zod';
import type { Connection } from './connection.ts';
import { storing } from './errors.ts';

export const commandOutcomes = ['done', 'failed', 'refused', 'unsupported', 'expired', 'unknown'] as const;

/** How a command of the platform's went. `unknown`: the terminal stopped while it was at it. */
export interface CommandResult {
  readonly outcome: (typeof commandOutcomes)[number];
  /** For technicians. */
  readonly detail?: string;
}

export interface NewCommand {
  readonly commandId: string;
  readonly kind: string;
  readonly claimedAt: string;
  readonly expiresAt: string;
}

/** Known ids beyond these are forgotten once they are told and have expired: sent again, they are refused as expired. */
const KEPT = 1_000;

const commandRow = z.object({
  command_id: z.string(),
  outcome: z.enum(commandOutcomes).nullable(),
  detail: z.string().nullable(),
});

/** Which commands were begun, so that none is carried out twice, and what the platform has not heard of them. */
export class Commands {
  readonly #connection: Connection;
  readonly #insert;
  readonly #select;
  readonly #finish;
  readonly #told;
  readonly #untold;
  readonly #trim;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#insert = connection.prepare<[string, string, string, string]>(
      'INSERT INTO commands (command_id, kind, claimed_at, expires_at) VALUES (?, ?, ?, ?)',
    );
    this.#select = connection.prepare<[string]>(
      'SELECT command_id, outcome, detail FROM commands WHERE command_id = ?',
    );
    this.#finish = connection.prepare<[string, string | null, string]>(
      'UPDATE commands SET outcome = ?, detail = ? WHERE command_id = ?',
    );
    this.#told = connection.prepare<[string]>('UPDATE commands SET told = 1 WHERE command_id = ?');
    this.#untold = connection.prepare<[]>(
      'SELECT command_id, outcome, detail FROM commands WHERE told = 0 ORDER BY claimed_at LIMIT 100',
    );
    this.#trim = connection.prepare<[string, number]>(
      `DELETE FROM commands WHERE told = 1 AND expires_at < ? AND command_id NOT IN
         (SELECT command_id FROM commands ORDER BY claimed_at DESC LIMIT ?)`,
    );
  }

  /** `claimed`, and on the disk: this caller may carry it out, once. Else what became of it before. */
  claim({ commandId, kind, claimedAt, expiresAt }: NewCommand): 'claimed' | CommandResult {
    return this.#connection.transaction(() => {
      const known = commandRow.optional().parse(this.#select.get(commandId));
      if (known) return resultOf(known);
      this.#insert.run(commandId, kind, claimedAt, expiresAt);
      this.#trim.run(claimedAt, KEPT);
      return 'claimed';
    });
  }

  finish(commandId: string, { outcome, detail }: CommandResult): void {
    this.#connection.transaction(() => this.#finish.run(outcome, detail ?? null, commandId));
  }

  /** The platform has heard how it went. */
  told(commandId: string): void {
    this.#connection.transaction(() => this.#told.run(commandId));
  }

  /** Of these the platform has not heard yet; the oldest first, a hundred at most. One without an outcome is `unknown`. */
  untold(): (CommandResult & { readonly commandId: string })[] {
    const rows = storing(() => this.#untold.all().map((row) => commandRow.parse(row)));
    return rows.map((row) => ({ commandId: row.command_id, ...resultOf(row) }));
  }
}

function resultOf({ outcome, detail }: z.infer<typeof commandRow>): CommandResult {
  if (outcome === null) return { outcome: 'unknown', detail: 'the terminal stopped while it was at it' };
  return { outcome, ...(detail !== null && { detail }) };
}
