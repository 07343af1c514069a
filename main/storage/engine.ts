/**
 * SQLite up to 3.51.2 can skip committed transactions when a write meets a checkpoint (the WAL-reset bug; sqlite.org,
 * changes of 3.51.3). Repaired in 3.51.3 and 3.53.0, and in 3.44.6 and 3.50.7 of the older branches; 3.52.0 was withdrawn.
 */
const repairedIn: Readonly<Record<string, number>> = { '3.44': 6, '3.50': 7, '3.51': 3 };

/** Whether committed means committed on the SQLite of this version, such as `3.54.1`. */
export function isSafeEngine(version: string): boolean {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(version);
  if (!match) return false;
  const [major, minor, patch] = match.slice(1).map(Number) as [number, number, number];
  const repairedPatch = repairedIn[`${major}.${minor}`];
  if (repairedPatch !== undefined) return patch >= repairedPatch;
  return major > 3 || (major === 3 && minor >= 53);
}

/** How the connection is set, and what the engine must answer when asked afterwards. In this order. */
export const settings: readonly (readonly [pragma: string, value: string, answer: string | number])[] = [
  // Before the journal mode: so the WAL index stays in memory, and nobody else can read, write or checkpoint beside us.
  ['locking_mode', 'EXCLUSIVE', 'exclusive'],
  ['journal_mode', 'WAL', 'wal'],
  ['synchronous', 'FULL', 2], // NORMAL may forget the last commits on a power cut
  ['secure_delete', 'ON', 1], // what is deleted is overwritten
  ['foreign_keys', 'ON', 1],
  ['temp_store', 'MEMORY', 2], // nothing personal in a temporary file
  ['journal_size_limit', String(5 * 1024 * 1024), 5 * 1024 * 1024],
  ['busy_timeout', '0', 0], // there is one writer: whoever else holds the file does not belong here
  ['cell_size_check', 'ON', 1], // damage shows as an error, not as rows
  ['trusted_schema', 'OFF', 0],
];

/**
 * Also whether each index says what its table says, which `quick_check` leaves out: an index in which one bit has changed
 * keeps deliveries back and no page of it looks damaged. 18 ms for 12 MB, where `quick_check` takes 14.
 */
export const PAGE_CHECK = 'integrity_check(1)';
