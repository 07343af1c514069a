import { spawnSync } from 'node:child_process';

/** Whether this machine has strace and lets it look: it sees, and refuses, what a process asks of the system. */
export const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

/** Says why, where it cannot: `what` is what is then not shown. */
export function whyNotTraced(what: string): void {
  if (!canTrace) console.warn(`Skipped, ${what}: strace, which sees it, is not on this machine.`);
}
