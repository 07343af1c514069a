import type { Database } from 'better-sqlite3';
import { StorageError } from '../errors.ts';
import { visitsCasesJobs } from './001-visits-cases-jobs.ts';
import { printJobs } from './002-print-jobs.ts';
import { deviceEvents } from './003-device-events.ts';
import { materials } from './004-materials.ts';
import { audit } from './005-audit.ts';
import { syncDocuments } from './006-sync-documents.ts';
import { drafts } from './007-drafts.ts';
import { intake } from './008-intake.ts';
import { draftAnswers } from './009-draft-answers.ts';
import { spoolAndBlanks } from './010-spool-blanks.ts';
import { leftAtPrinter } from './011-left-at-printer.ts';

/** A step from version - 1 to `version`. Once released, never edited: machines in the field have run it. */
export interface Migration {
  readonly version: number;
  readonly sql: string;
}

export const migrations: readonly Migration[] = [
  visitsCasesJobs,
  printJobs,
  deviceEvents,
  materials,
  audit,
  syncDocuments,
  drafts,
  intake,
  draftAnswers,
  spoolAndBlanks,
  leftAtPrinter,
];

/** Brings the database to the latest version, one transaction a step. Fails `newer-version` where that is not forward. */
export function migrate(database: Database, steps: readonly Migration[] = migrations): void {
  const current = Number(database.pragma('user_version', { simple: true }));
  const latest = steps.at(-1)?.version ?? 0;
  if (current > latest) {
    throw new StorageError('newer-version', `the database has version ${current}, this release knows ${latest}`);
  }
  for (const { version, sql } of steps.filter((step) => step.version > current)) {
    database
      .transaction(() => {
        database.exec(sql);
        database.pragma(`user_version = ${version}`);
      })
      .immediate();
  }
}
