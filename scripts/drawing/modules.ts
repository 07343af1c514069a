import { posix } from 'node:path';
import { importsOf, type SourceFile } from '../check-layers.ts';

/** Where one module imports another. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
}

/**
 * The module that a file of the product belongs to; `undefined` for scripts and tests. Composition roots are no module:
 * they build all of the others.
 */
export function moduleOf(path: string): string | undefined {
  const [top = '', folder = '', file] = path.split('/');
  if (top === 'renderer') return 'renderer';
  if (top === 'models') return 'models/face';
  if (top === 'main') return file === undefined ? undefined : `main/${folder}`;
  if (top === 'printers') return file === undefined ? undefined : `printers/${folder}`;
  if (top !== 'drivers' || file === undefined) return undefined;
  if (['core', 'framing', 'simulation', 'transport'].includes(folder)) return `drivers/${folder}`;
  return file === 'contract.ts' ? 'drivers/*/contract' : 'drivers/*/*';
}

/** Every arrow between modules, once, in alphabetical order. */
export function arrowsOf(files: readonly SourceFile[]): Arrow[] {
  const found = new Map<string, Arrow>();
  for (const file of files) {
    const from = moduleOf(file.path);
    for (const target of from ? importsOf(file) : []) {
      const to = target.startsWith('.') ? moduleOf(posix.join(posix.dirname(file.path), target)) : undefined;
      if (from && to && from !== to) found.set(`${from} ${to}`, { from, to });
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, arrow]) => arrow);
}

/** Without the arrows that a longer way of other arrows says too; there must be no circles. */
export function reduced(arrows: readonly Arrow[]): Arrow[] {
  const targets = Map.groupBy(arrows, ({ from }) => from);
  const reaches = (from: string, goal: string): boolean =>
    (targets.get(from) ?? []).some(({ to }) => to === goal || reaches(to, goal));
  return arrows.filter(
    ({ from, to }) => !(targets.get(from) ?? []).some((way) => way.to !== to && reaches(way.to, to)),
  );
}

/** As a Mermaid flowchart: one box per module, those of one top folder together. */
export function mermaid(arrows: readonly Arrow[]): string {
  const modules = [...new Set(arrows.flatMap(({ from, to }) => [from, to]))].sort();
  const groups = Map.groupBy(modules, (module) => module.split('/')[0]!);
  const id = (module: string): string => module.replaceAll('*', 'x').replaceAll(/[^a-z]/g, '_');
  const boxes = [...groups].flatMap(([group, members]) => [
    `  subgraph ${group}`,
    ...members.map((module) => `    ${id(module)}["${module.replace(`${group}/`, '')}"]`),
    '  end',
  ]);
  return ['flowchart TD', ...boxes, ...arrows.map(({ from, to }) => `  ${id(from)} --> ${id(to)}`)].join('\n');
}
