import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** `npm run check`: the types of the three programs, and form and lint of every file, beside each other. */
const checks = [
  ['typescript/bin/tsc', '-p', 'tsconfig.json'],
  ['typescript/bin/tsc', '-p', 'tsconfig.contracts.json'],
  ['typescript/bin/tsc', '-p', 'tsconfig.renderer.json'],
  ['@biomejs/biome/bin/biome', 'check', '.'],
] as const;

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Whether a check is passed. What it says stands together, and not between what another says. */
async function passes([program, ...words]: (typeof checks)[number]): Promise<boolean> {
  const script = fileURLToPath(new URL(`../../node_modules/${program}`, import.meta.url));
  const child = spawn(process.execPath, [script, ...words], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => said.push(bytes));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  process.stdout.write(Buffer.concat(said));
  if (code !== 0) process.stdout.write(`Not passed: ${[program.split('/').at(-1), ...words].join(' ')}\n`);
  return code === 0;
}

const results = await Promise.all(checks.map(passes));
if (results.includes(false)) process.exitCode = 1;
