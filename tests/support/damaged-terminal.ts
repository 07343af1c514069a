import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { makeCopy } from '../../main/storage/copies.ts';
import { acceptCases, cipher, openIn } from './stored-cases.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Of a database. */
export const PAGE_BYTES = 4_096;
export const databaseOf = (folder: string): string => join(folder, 'jiujin.db');
/** The folders in the quarantine of the terminal in `folder`. */
export const quarantined = (folder: string): string[] =>
  existsSync(join(folder, 'quarantine')) ? readdirSync(join(folder, 'quarantine')) : [];

/** A terminal with some cases that a copy knows, and as many that came later; switched off. */
export async function terminalWithCopy(
  count = 10,
): Promise<{ folder: string; inCopy: string[]; later: string[]; copiedAt: string }> {
  const folder = temporaryFolder();
  const store = openIn(folder);
  const inCopy = acceptCases(store, count);
  const copiedAt = new Date().toISOString();
  await makeCopy({ store, file: databaseOf(folder), cipher }, () => true, new AbortController().signal);
  const later = acceptCases(store, count, count);
  store.close();
  return { folder, inCopy, later, copiedAt };
}

/** A copy of the whole terminal in which `harm` was done to one page of the database, from 0; its folder. */
export function damaged(folder: string, page: number, harm: (page: Buffer) => void): string {
  const other = temporaryFolder();
  cpSync(folder, other, { recursive: true });
  const bytes = readFileSync(databaseOf(other));
  harm(bytes.subarray(page * PAGE_BYTES, (page + 1) * PAGE_BYTES));
  writeFileSync(databaseOf(other), bytes);
  return other;
}

/** The first page of a table or index, from 0. */
export function pageOf(folder: string, name: string): number {
  const raw = new Database(databaseOf(folder), { readonly: true });
  const page = Number(raw.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(name)) - 1;
  raw.close();
  return page;
}
