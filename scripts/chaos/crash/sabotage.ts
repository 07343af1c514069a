import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import Database from 'better-sqlite3';
import { PAGE_CHECK } from '../../../main/storage/engine.ts';
import type { SyncSabotage } from './words.ts';

/** Lets this process go without one of its syncs, below the store, which goes on believing in them. Before the store is opened. */
export function dropSyncs(sabotage: SyncSabotage): void {
  if (sabotage === 'syncs-no-commit') dropThoseOfCommits();
  else dropThoseOfFiles(sabotage === 'syncs-no-folder');
}

/** After the store has asked whether the engine is set as it must be. */
function dropThoseOfCommits(): void {
  const pragma = Database.prototype.pragma;
  Database.prototype.pragma = function (source, options) {
    if (source === PAGE_CHECK) pragma.call(this, 'synchronous = NORMAL');
    return pragma.call(this, source, options);
  };
}

function dropThoseOfFiles(ofFolders: boolean): void {
  const fsyncSync = fs.fsyncSync;
  fs.fsyncSync = (file) => {
    if (fs.fstatSync(file).isDirectory() !== ofFolders) fsyncSync(file);
  };
  syncBuiltinESMExports();
}
