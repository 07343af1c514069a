import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runProgram } from '../../../drivers/transport/program.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const PIPES_MS = 500;

function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('what is written while this process is busy for longer than a pipe is waited for is read all the same', async () => {
  const folder = temporaryFolder();
  const [asked, written] = [join(folder, 'asked'), join(folder, 'written')];
  const child = `const { existsSync, writeFileSync, writeSync } = require('node:fs');
    setInterval(() => {
      if (!existsSync(${JSON.stringify(asked)})) return;
      writeSync(1, ' and late');
      writeFileSync(${JSON.stringify(written)}, '');
      process.exit();
    }, 20);`;
  // Ends at once, and leaves its standard output to one that writes later.
  const program = `require('node:child_process')
    .spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { stdio: ['ignore', 'inherit', 'ignore'] }).unref();
    process.stdout.write('early');`;
  let output = '';
  const busy = (): void => {
    writeFileSync(asked, '');
    const startMs = performance.now();
    while (!existsSync(written) && performance.now() - startMs < 30_000) block(20);
    block(PIPES_MS + 100);
  };
  const onOutput = (chunk: Uint8Array): void => {
    // By then the program has ended and its pipe is waited for. After an immediate come the timers, and then what can be read.
    if (output === '') setTimeout(() => setImmediate(busy), 200);
    output += Buffer.from(chunk).toString();
  };
  const command = [process.execPath, '-e', program] as const;
  expect(await runProgram({ command, onOutput }, new AbortController().signal)).toBe(0);
  expect(output).toBe('early and late');
});
