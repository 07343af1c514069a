import { readdirSync, readFileSync } from 'node:fs';

/** Descendants of a process whose command line contains `words`. Linux only, by /proc. */
export function processesOf(ancestor: number, words: string): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const stat = Number.isInteger(pid) ? read(`/proc/${pid}/stat`) : '';
    // The second field is the program's name in brackets, which may itself hold brackets and spaces.
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (parent) parents.set(pid, parent);
  }
  const descends = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === ancestor || descends(parent));
  };
  return [...parents.keys()].filter((pid) => descends(pid) && read(`/proc/${pid}/cmdline`).includes(words));
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').replaceAll('\0', ' ');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return ''; // ended while we looked
    throw error;
  }
}
