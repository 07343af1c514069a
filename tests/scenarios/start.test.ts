import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { prepare } from '../../scripts/prepare/main.ts';
import { eventually } from '../support/eventually.ts';
import { processesOf } from '../support/processes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('npm start on a machine without a window says so, gives an address that serves the page, and ends cleanly', async () => {
  await prepare();
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } };
  expect(scripts.start).toBe('node scripts/start/main.ts');
  const folder = temporaryFolder();
  // What npm runs, without npm in between, which swallows the exit code of what a signal ends.
  const parameters = ['scripts/start/main.ts', '--shell', 'none', '--data', folder];
  const started = spawn(process.execPath, parameters, { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(started, 'exit');
  let output = '';
  started.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  try {
    const opened = /works once:\s+(http:\S+)/;
    await eventually(
      () => output,
      (text) => opened.test(text),
    );
    expect(output).toContain('Shell: none (no shell was wanted).');
    expect(output).toContain(folder);
    const door = await fetch(opened.exec(output)?.[1] ?? '', { redirect: 'manual' });
    const cookie = door.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ');
    const page = await fetch(new URL(door.headers.get('location') ?? '', door.url), { headers: { cookie } });
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<div id="root">')]);
    const desk = /platform: (http:\S+)/.exec(output)?.[1] ?? '';
    expect((await fetch(desk)).status).toBe(200);
    const children = await eventually(
      () => processesOf(started.pid!, 'jiujin-'),
      ({ length }) => length >= 3, // core, devices, face
    );

    started.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    for (const pid of children) expect(() => process.kill(pid, 0), String(pid)).toThrow('ESRCH');
    await expect(fetch(desk)).rejects.toThrow();
  } finally {
    started.kill('SIGKILL');
  }
});
