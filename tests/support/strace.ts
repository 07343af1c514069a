import { spawnSync } from 'node:child_process';

/** Whether this machine has the tool that sees system calls, and lets it look. */
export const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
