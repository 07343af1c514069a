import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Terminal } from './compose.ts';
import { readConfiguration } from './config/config.ts';
import { type ToCoreLine, type ToShellLine, toCoreLine } from './contracts/shell.ts';

/** The core process: `node main/core-process.ts CONFIGURATION`, started by a shell that talks to it line by line. */
const ALIVE_EVERY_MS = 2_000; // as the shell is promised
let starting: Promise<Terminal> | undefined;
let terminal: Terminal | undefined;
let ending = false;

function say(line: ToShellLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function obey(line: ToCoreLine): Promise<void> {
  if (line.type === 'address') {
    // Before the core is up, `listening` is what brings an address.
    if (terminal) say({ type: 'address', address: terminal.newAddress() });
    return;
  }
  if (starting) throw new Error('The shell says "start" once.');
  starting = start(line);
  terminal = await starting;
  flushCompileCache(); // now, as a core that is killed does not come to it
  say({ type: 'listening', port: terminal.port, address: terminal.newAddress() });
  setInterval(() => say({ type: 'alive' }), ALIVE_EVERY_MS);
}

async function start({ pageKey, port }: Extract<ToCoreLine, { type: 'start' }>): Promise<Terminal> {
  const configuration = readConfiguration(process.argv[2] ?? 'terminal.json');
  const { startTerminal } = await loadQuickly(configuration.dataDir);
  const ports = { pageKey: Buffer.from(pageKey, 'base64'), port, restart: () => void end() };
  try {
    return await startTerminal(configuration, ports);
  } catch (error) {
    const [{ StorageError }, { startClosedTerminal }] = await Promise.all([
      import('./storage/errors.ts'),
      import('./closed-terminal.ts'),
    ]);
    if (!(error instanceof StorageError)) throw error;
    // Once the store opens this core ends, and the shell starts the next.
    return await startClosedTerminal(configuration, ports, error, () => void end());
  }
}

/**
 * Compiled code is kept between starts, which halves them: a resident waits for every restart. Children inherit the folder, and
 * whoever starts the core can name one that outlives its data.
 */
async function loadQuickly(dataDir: string): Promise<typeof import('./compose.ts')> {
  process.env['NODE_COMPILE_CACHE'] ||= join(dataDir, 'cache', 'compiled');
  enableCompileCache(process.env['NODE_COMPILE_CACHE']);
  return await import('./compose.ts');
}

/** A terminal that is still starting is waited for, so that nothing of it stays behind. */
async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  const started = await starting?.catch(() => undefined); // told to the shell where it was begun
  await started?.stop();
  process.exit(0);
}

async function read(text: string): Promise<void> {
  await obey(toCoreLine.parse(JSON.parse(text)));
}

const lines = createInterface({ input: process.stdin });
lines.on('line', (text) => {
  read(text).catch((error: Error & { code?: unknown }) => {
    say({ type: 'failed', code: String(error.code ?? 'failed'), message: error.message });
    process.exit(1);
  });
});
lines.on('close', () => void end());
process.stdout.on('error', () => undefined); // the shell has gone: our input ends with it, and then we do
process.on('SIGTERM', () => void end());
process.on('SIGINT', () => undefined); // a terminal's Ctrl-C reaches the shell too, which ends us by closing our input
process.title = 'jiujin-core';
