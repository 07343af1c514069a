import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { buildElectronShell } from '../../../scripts/build/electron-shell.ts';
import { eventually } from '../../support/eventually.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Electron's binary is no part of its package; a machine has it once somebody has started the terminal with it. */
function electronBinary(): string | undefined {
  const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  const named = join(folder, 'path.txt');
  const path = existsSync(named) ? join(folder, 'dist', readFileSync(named, 'utf8')) : undefined;
  return path && existsSync(path) ? path : undefined;
}

const binary = electronBinary();
const hasDisplay = process.platform !== 'linux' || Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
const missing = binary ? (hasDisplay ? undefined : 'there is no display') : "Electron's binary is not on this machine";
if (missing) console.warn(`Skipped, the smoke test of the real Electron: ${missing}.`);

const script = fileURLToPath(new URL('../../support/fake-core-with-page.ts', import.meta.url));
const server = createServer((_request, answer) => answer.end('<!doctype html><title>page</title>'));
afterAll(() => void server.close());

test.skipIf(missing !== undefined)(
  'the real Electron starts the core, opens its page, and ends the core when it ends',
  async () => {
    const main = await buildElectronShell();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    let visits = 0;
    server.on('request', () => {
      visits += 1;
    });
    const record = join(temporaryFolder(), 'record');
    const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []; // Chromium refuses its sandbox to root
    const electron = spawn(binary ?? '', [...sandbox, main, '--', process.execPath, script, record, String(port)], {
      stdio: 'ignore',
    });
    await eventually(
      () => visits,
      (count) => count > 0,
    );
    electron.kill('SIGTERM');
    await once(electron, 'exit');
    await eventually(
      () => readFileSync(record, 'utf8'),
      (told) => told.endsWith('input ended\n'),
    );
    expect(readFileSync(record, 'utf8')).toContain('"type":"start"');
  },
);
