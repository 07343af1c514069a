import { spawn } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A script of Node and its words. */
export type Check = readonly [script: string, ...words: string[]];

const ofPackage = (path: string): string => fileURLToPath(new URL(`../../node_modules/${path}`, import.meta.url));
const tsc = ofPackage('typescript/bin/tsc');
const isTerminal = process.stdout.isTTY === true;

/** The types of the three programs, and form and lint of every file. They write into a pipe, so they are told of the terminal. */
const checks: readonly Check[] = [
  [tsc, '-p', 'tsconfig.json', '--pretty', String(isTerminal)],
  [tsc, '-p', 'tsconfig.contracts.json', '--pretty', String(isTerminal)],
  [tsc, '-p', 'tsconfig.renderer.json', '--pretty', String(isTerminal)],
  [ofPackage('@biomejs/biome/bin/biome'), 'check', '.', `--colors=${isTerminal ? 'force' : 'off'}`],
];

/** Beside each other; whether all are passed. What one says stands together, and not between what another says. */
export async function passAll(all: readonly Check[], say: (words: string) => void): Promise<boolean> {
  const results = await Promise.all(all.map((check) => passes(check, say)));
  return !results.includes(false);
}

async function passes([script, ...words]: Check, say: (words: string) => void): Promise<boolean> {
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const child = spawn(process.execPath, [script, ...words], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => said.push(bytes));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  say(Buffer.concat(said).toString());
  if (code !== 0) say(`Not passed: ${words.join(' ')}\n`);
  return code === 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const passed = await passAll(checks, (words) => process.stdout.write(words));
  process.exitCode = passed ? 0 : 1;
}
