import type { Database } from 'better-sqlite3';
import { z } from 'zod';
import type { AuditAct } from '../audit/entry.ts';
import type { Cipher } from './cipher.ts';
import { draftContext } from './drafts.ts';
import { isOfTheRow } from './errors.ts';
import { type Row, readTable } from './readable-rows.ts';
import { salvageAudit } from './salvage-audit.ts';
import { JobSalvage } from './salvage-jobs.ts';
import { bringRows } from './salvage-rows.ts';
import { bringFormerPrintJobs } from './salvage-spool.ts';
import { stateContext } from './sync-state.ts';

export interface Salvage {
  /** Cases and deliveries that the copy did not have. */
  readonly salvaged: number;
  /** Rows that were found and do not open, or contradict what is there. */
  readonly unreadable: number;
  /** Every number that was given out is known: nothing has to be skipped. */
  readonly numbersKnown: boolean;
  /** Of what came over and is in nobody's record of acts yet. */
  readonly acceptances: readonly AuditAct[];
}

/**
 * How the rows of a table come over.
 *
 *   own      by code that knows what they mean
 *   emptied  not, and the copy's go too
 *   added    those that the copy lacks; those that it has do not change
 *   newer    also over the copy's, as they know what happened since
 *   opened   the same where the sealed value opens; else what the copy has stays
 */
type Rule = 'own' | 'emptied' | 'added' | 'newer' | 'opened';

/** A table that is not here is `added`; a test asks for a rule for each. */
export const tableRules: Readonly<Record<string, Rule>> = {
  meta: 'own', // of its key and its copy, but for the suites, by which fingerprints and acts are read
  visit: 'emptied', // who stood there cannot be known, and nobody must be shown another person's page
  blob_visits: 'emptied', // of visits that are given up; pages that no case names go into the quarantine
  intake: 'own', // as the deliveries that its cases have not become yet
  cases: 'own', // with their deliveries: what hangs on a body that does not open is not believed
  jobs: 'own',
  blobs: 'own', // as deliveries name them
  counters: 'own', // the larger number
  audit: 'own', // what follows without a gap, or the chain would break where nobody touched it
  spool_jobs: 'newer', // what was printed since must not be printed again
  blank_cassettes: 'newer', // and then in doubt: see `doubtBlanks`
  blanks: 'newer', // what became of a number since holds
  blank_events: 'added',
  device_events: 'added',
  sync_state: 'opened', // the copy's would be a way back to an older catalogue, and to what the platform wanted before
  commands: 'newer', // what was begun since must not be carried out again
  drafts: 'own', // as `opened`; what was taken up or forgotten since must not come back
};

const counterRow = z.object({ series: z.string(), last: z.int().positive() });
const stateRow = z.object({ name: z.string(), sealed_value: z.instanceof(Uint8Array) });
const draftRow = z.object({
  draft_id: z.string(),
  revision: z.int(),
  sealed_body: z.instanceof(Uint8Array).nullable(),
});

/** What is left of a visit in `restored` goes: at a start nobody stands there. */
export function giveUpVisit(restored: Database): void {
  restored.exec('DELETE FROM visit; DELETE FROM blob_visits');
}

/**
 * Brings over from `damaged` what can be read and what `restored`, a sound database of the same tables or of later ones,
 * lacks. Nothing sealed is believed that does not open with `cipher`. Rows that are nowhere else are told of in what is
 * returned.
 */
export function salvage(damaged: Database, restored: Database, cipher: Cipher): Salvage {
  return restored
    .transaction(() => {
      const jobs = new JobSalvage(damaged, restored, cipher);
      jobs.run();
      const numbersKnown = bringCounters(damaged, restored);
      salvageAudit(damaged, restored, cipher);
      const others =
        bringDrafts(damaged, restored, cipher) +
        bringOthers(damaged, restored, cipher) +
        bringFormerPrintJobs(damaged, restored);
      const { salvaged, unreadable, acceptances } = jobs;
      return { salvaged, unreadable: unreadable + others, numbersKnown, acceptances };
    })
    .immediate();
}

/** The larger number of each series. Tells whether all of the table could be read. */
function bringCounters(damaged: Database, restored: Database): boolean {
  const { rows, whole } = readTable(damaged, 'counters', ['series']);
  const counters = rows.map((row) => counterRow.safeParse(row));
  const raise = restored.prepare<[string, number]>(
    'INSERT INTO counters (series, last) VALUES (?, ?) ON CONFLICT (series) DO UPDATE SET last = max(last, excluded.last)',
  );
  for (const { data } of counters) if (data) raise.run(data.series, data.last);
  return whole && counters.every(({ success }) => success);
}

/**
 * One that the copy alone has was taken up elsewhere, forgotten or handed in since: where the table could be read to its end
 * it goes. Else it stays, and the platform, which gives each away once, is asked before anybody goes on with it.
 */
function bringDrafts(damaged: Database, restored: Database, cipher: Cipher): number {
  const { keys, whole, refused } = bringRows(damaged, restored, 'drafts', 'replace', (row) => {
    const { data } = draftRow.safeParse(row);
    if (!data) return false;
    return data.sealed_body === null || opens(cipher, data.sealed_body, draftContext(data.draft_id, data.revision));
  });
  if (!whole) return refused;
  const remove = restored.prepare<[string]>('DELETE FROM drafts WHERE draft_id = ?');
  const ids = z.string().array().parse(restored.prepare('SELECT draft_id FROM drafts').pluck().all());
  for (const id of ids) if (!keys.has(JSON.stringify([id]))) remove.run(id);
  return refused;
}

/** Tells how many rows were refused. */
function bringOthers(damaged: Database, restored: Database, cipher: Cipher): number {
  const valueOpens = (row: Row): boolean => {
    const { data } = stateRow.safeParse(row);
    return data !== undefined && opens(cipher, data.sealed_value, stateContext(data.name));
  };
  return tablesOf(restored)
    .map((table) => {
      const rule = tableRules[table] ?? 'added';
      if (rule === 'own' || rule === 'emptied') return 0;
      const known = rule === 'added' ? 'keep' : 'replace';
      return bringRows(damaged, restored, table, known, rule === 'opened' ? valueOpens : undefined).refused;
    })
    .reduce((sum, refused) => sum + refused, 0);
}

/** A suite that this build lacks says nothing of the row, and ends the restoration. */
function opens(cipher: Cipher, bytes: Uint8Array, context: string): boolean {
  try {
    cipher.open(bytes, context);
    return true;
  } catch (error) {
    if (isOfTheRow(error)) return false;
    throw error;
  }
}

/** Of our own making. */
export function tablesOf(database: Database): string[] {
  const sql = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`;
  return z.array(z.string()).parse(database.prepare(sql).pluck().all());
}
