import { readdirSync, readFileSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseSync } from 'vite';

/**
 * Who may import whom. `node scripts/check-layers.ts` prints what breaks the rules; tests/layers.test.ts fails on it. The
 * first rule whose `of` covers a file is its rule; a pattern is a path from the root, `*` any part of a name, `**` any path.
 */
interface Rule {
  readonly of: string;
  /** Of ours, beside the file's own folder and those below it. */
  readonly may: readonly string[];
  /** Of ours, whatever `may` says. */
  readonly mayNot?: readonly string[];
  /** Node's own modules; `false` for what the page and the contracts are made of. */
  readonly node: boolean;
}

const CONTRACTS = ['drivers/core/**', 'drivers/*/contract.ts', 'printers/core/**'] as const;

export const rules: readonly Rule[] = [
  { of: 'drivers/core/**', may: [], node: false },
  { of: 'drivers/{transport,framing,simulation}/**', may: ['drivers/core/**'], node: true },
  { of: 'drivers/{catalog,discovery}.ts', may: ['drivers/**'], node: true },
  { of: 'drivers/*/contract.ts', may: ['drivers/core/**'], node: false },
  {
    of: 'drivers/*/*/simulator.ts',
    may: ['drivers/core/**', 'drivers/framing/**', 'drivers/simulation/**', 'drivers/{class}/*.ts'],
    node: true,
  },
  { of: 'drivers/*/**', may: ['drivers/core/**', 'drivers/framing/**', 'drivers/{class}/*.ts'], node: true },
  { of: 'models/**', may: ['drivers/core/**'], node: true },
  { of: 'printers/{core,document}/**', may: ['drivers/core/**', 'printers/document/**'], node: false },
  { of: 'printers/spool/**', may: ['drivers/core/**', 'printers/core/**'], node: false },
  { of: 'printers/*/simulator*.ts', may: ['drivers/{core,framing,simulation}/**', 'printers/**'], node: true },
  { of: 'printers/**', may: ['drivers/{core,framing}/**', 'printers/**'], node: true },
  { of: 'main/contracts/**', may: [...CONTRACTS, 'printers/document/**'], node: false },
  { of: 'main/shell/**', may: ['main/**'], mayNot: ['main/*.ts', 'main/cli/**'], node: true },
  {
    of: 'main/cli/**',
    may: ['main/**', 'drivers/**', 'printers/**', 'models/**'],
    mayNot: ['main/shell/**'],
    node: true,
  },
  {
    of: 'main/*.ts',
    may: ['main/**', 'drivers/**', 'printers/**', 'models/**'],
    mayNot: ['main/shell/**'],
    node: true,
  },
  {
    of: 'main/**',
    may: ['main/*/**', ...CONTRACTS, 'printers/{document,spool}/**', 'models/face/**'],
    mayNot: ['main/shell/**', 'main/cli/**'],
    node: true,
  },
  { of: 'renderer/*.config.ts', may: [], node: true },
  { of: 'renderer/**', may: ['renderer/**', 'main/contracts/**'], node: false },
  { of: 'scripts/**', may: ['**'], mayNot: ['tests/**'], node: true },
  { of: 'tests/**', may: ['**'], node: true },
  { of: '*.ts', may: ['**'], mayNot: ['tests/**'], node: true },
];

/** Packages with native code, or that only one process may load: the files that import them, and no others. */
export const packageHomes: Readonly<Record<string, readonly string[]>> = {
  electron: ['main/shell/electron/**'],
  'playwright-core': ['main/shell/chromium.ts'],
  serialport: ['drivers/transport/serial.ts'],
  usb: ['drivers/transport/native-usb.ts'],
  'node-hid': ['drivers/transport/native-hid.ts'],
  'pcsc-mini': ['drivers/transport/pcsc-library.ts'],
  saxes: ['drivers/document-scanner/escl/**'],
  'onnxruntime-node': ['models/face/runtime.ts'],
  sharp: ['models/face/**', 'printers/png.ts', 'printers/pdf/seal-picture.ts'],
  '@napi-rs/canvas': ['printers/**'],
  pdfkit: ['printers/pdf/**'],
  'better-sqlite3': ['main/storage/**'],
  'sm-crypto-v2': ['main/storage/sm2-sealer.ts'],
  'tus-js-client': ['main/sync/**'],
  undici: ['main/sync/access.ts'],
  'vscode-jsonrpc': ['main/processes/**'],
  fastify: ['main/page-server/**'],
  '@fastify/static': ['main/page-server/**'],
  ws: ['main/page-server/**'],
  pino: ['main/log/**'],
  xstate: ['main/flows/**', 'main/session/**'],
  commander: ['main/cli/**'],
  yazl: ['main/cli/**'],
  react: ['renderer/**'],
  'react-dom': ['renderer/**'],
  'react-aria-components': ['renderer/**'],
  i18next: ['renderer/**'],
  'react-i18next': ['renderer/**'],
};
/** Those that stand around the product may use what they test, build or stand in for. */
const ANY_PACKAGE = ['scripts/**', 'tests/**', '*.ts', 'renderer/*.config.ts'];

export interface SourceFile {
  /** From the root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** One sentence for each file without a rule, each import that breaks one, and each circle of folders in main/. */
export function brokenRules(files: readonly SourceFile[]): string[] {
  const homeless = files
    .filter(({ path }) => !ruleOf(path))
    .map(({ path }) => `${path}: no rule says where it belongs`);
  const imports = files.flatMap((file) => importsOf(file).map((target) => ({ from: file.path, target })));
  const broken = imports.flatMap(({ from, target }) => {
    const why = target.startsWith('.')
      ? oursBroken(from, posix.join(posix.dirname(from), target))
      : foreign(from, target);
    return why ? [`${from} imports ${target}: ${why}`] : [];
  });
  return [...homeless, ...broken, ...circles(imports)];
}

export function ruleOf(path: string): Rule | undefined {
  return rules.find(({ of }) => matches(of, path));
}

/** Every module that a TypeScript file names: static, dynamic, re-exported, required, and types alone. Each file is read once. */
export function importsOf(file: SourceFile): readonly string[] {
  const known = parsed.get(file);
  if (known) return known;
  const { program, errors } = parseSync(file.path, file.text);
  if (errors.length > 0) throw new Error(`${file.path} cannot be parsed: ${errors[0]?.message}`);
  const found: string[] = [];
  collect(program.body, found);
  parsed.set(file, found);
  return found;
}

const parsed = new WeakMap<SourceFile, readonly string[]>();

function collect(value: unknown, found: string[]): void {
  if (typeof value !== 'object' || value === null) return;
  const node = value as Readonly<Record<string, unknown>>;
  if (IMPORTING.has(node['type'] as string) || isRequire(node)) found.push(...literals(node));
  for (const key in node) collect(node[key], found);
}

const IMPORTING = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
  'TSExternalModuleReference',
]);

function isRequire(node: Readonly<Record<string, unknown>>): boolean {
  const { callee } = node as { callee?: { name?: unknown; property?: { name?: unknown } } };
  const name = callee?.name ?? callee?.property?.name;
  return node['type'] === 'CallExpression' && (name === 'require' || name === 'getBuiltinModule');
}

/** A name that is put together at run time cannot be checked; it is given as it stands, and no rule lets it through. */
function literals(node: Readonly<Record<string, unknown>>): string[] {
  const { source, argument, expression, arguments: parameters } = node as Record<string, unknown>;
  const name = source ?? argument ?? expression ?? (Array.isArray(parameters) ? parameters[0] : undefined);
  if (name === undefined || name === null) return [];
  const { value, quasis } = name as { value?: unknown; quasis?: { value: { cooked: string } }[] };
  if (typeof value === 'string') return [value];
  return quasis?.length === 1 ? [quasis[0]!.value.cooked] : [COMPUTED];
}

const COMPUTED = '(a name put together at run time)';

function oursBroken(from: string, to: string): string | undefined {
  const rule = ruleOf(from);
  if (!rule) return undefined;
  const home = posix.dirname(from);
  if (rule.mayNot?.some((pattern) => matches(pattern, to))) return `${rule.of} may not import it`;
  if (to.startsWith(`${home}/`)) return undefined;
  const deviceClass = from.split('/')[1] ?? '';
  const allowed = rule.may.map((pattern) => pattern.replace('{class}', deviceClass));
  return allowed.some((pattern) => matches(pattern, to))
    ? undefined
    : `${rule.of} may import ${allowed.join(', ') || 'nothing of ours'}`;
}

function foreign(from: string, target: string): string | undefined {
  if (target === COMPUTED)
    return ANY_PACKAGE.some((pattern) => matches(pattern, from)) ? undefined : 'nobody can check that';
  const name = target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
  if (target.startsWith('node:') || builtinModules.includes(name)) {
    const rule = ruleOf(from);
    return rule?.node === false ? `${rule.of} runs without Node` : undefined;
  }
  const homes = packageHomes[name];
  if (!homes || [...homes, ...ANY_PACKAGE].some((pattern) => matches(pattern, from))) return undefined;
  return `${name} lives in ${homes.join(', ')}`;
}

/** Folders of main/ that import each other in a circle, each circle once. */
function circles(imports: readonly { readonly from: string; readonly target: string }[]): string[] {
  const folderOf = (path: string): string | undefined => /^main\/([^/]+)\//.exec(path)?.[1];
  const graph = new Map<string, Set<string>>();
  for (const { from, target } of imports) {
    if (!target.startsWith('.')) continue;
    const [folder, other] = [folderOf(from), folderOf(posix.join(posix.dirname(from), target))];
    if (folder && other && folder !== other) graph.set(folder, (graph.get(folder) ?? new Set()).add(other));
  }
  const found = new Set<string>();
  const walk = (trail: readonly string[]): void => {
    for (const next of graph.get(trail.at(-1)!) ?? []) {
      const at = trail.indexOf(next);
      if (at >= 0) found.add(ring(trail.slice(at)));
      else walk([...trail, next]);
    }
  };
  for (const folder of graph.keys()) walk([folder]);
  return [...found].map((circle) => `main/ has a circle of folders: ${circle}`);
}

/** The same circle is found from each of its folders: it is told from the alphabetically first. */
function ring(folders: readonly string[]): string {
  const start = folders.indexOf([...folders].sort()[0]!);
  return [...folders.slice(start), ...folders.slice(0, start), folders[start]!].join(' → ');
}

function matches(pattern: string, path: string): boolean {
  const source = pattern
    .replace(/[.+]/g, '\\$&')
    .replace(/\{([^}]*,[^}]*)\}/g, (_, names: string) => `(?:${names.replaceAll(',', '|')})`)
    .replace(/\*\*|\*/g, (stars) => (stars === '**' ? '.*' : '[^/]*'));
  return new RegExp(`^${source}$`).test(path);
}

const TOP = ['drivers', 'main', 'models', 'printers', 'renderer', 'scripts', 'tests'];

/** Every TypeScript file of the repository below `root`. */
export function sourceFiles(root: string): SourceFile[] {
  const paths = readdirSync(root)
    .filter((name) => TOP.includes(name) || name.endsWith('.ts'))
    .flatMap((name) => (statSync(join(root, name)).isDirectory() ? below(join(root, name)) : [join(root, name)]))
    .filter((path) => /\.tsx?$/.test(path));
  return paths.map((path) => ({
    path: relative(root, path).split(sep).join('/'),
    text: readFileSync(path, 'utf8'),
  }));
}

function below(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const broken = brokenRules(sourceFiles(dirname(dirname(fileURLToPath(import.meta.url)))));
  for (const line of broken) console.error(line);
  process.exitCode = broken.length > 0 ? 1 : 0;
}
