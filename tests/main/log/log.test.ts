import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { fileLog } from '../../../main/log/log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const newPath = (): string => join(temporaryFolder(), 'logs', 'core.log');
const linesOf = (path: string): unknown[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('a line is on the disk when the call returns: level, instant, masked fields, sentence', () => {
  const path = newPath();
  fileLog(path).warn({ device: 'reader', phone: '13800138000' }, 'a device went away');
  expect(linesOf(path)).toEqual([
    {
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      device: 'reader',
      phone: '[masked]',
      msg: 'a device went away',
    },
  ]);
});

test('only the terminal’s own user can read the log', () => {
  const path = newPath();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '', { mode: 0o644 });
  fileLog(path).info({}, 'up');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('the folder of a new log is closed to others', () => {
  const path = newPath();
  fileLog(path);
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
});

test('a log never takes more room than two files, and the newest lines are there', () => {
  const path = newPath();
  const log = fileLog(path, 2_000);
  for (let line = 0; line < 200; line += 1) log.info({ line }, 'a visit');
  expect([path, `${path}.1`].map((name) => statSync(name).size).every((size) => size <= 2_200)).toBe(true);
  expect(existsSync(`${path}.2`)).toBe(false);
  const kept = [...linesOf(`${path}.1`), ...linesOf(path)].map((entry) => (entry as { line: number }).line);
  expect(kept.at(-1)).toBe(199);
  expect(kept).toEqual(kept.map((_, index) => kept[0]! + index));
});

test('a log goes on where it was after a restart', () => {
  const path = newPath();
  fileLog(path).info({ run: 1 }, 'up');
  fileLog(path).info({ run: 2 }, 'up');
  expect(linesOf(path)).toMatchObject([{ run: 1 }, { run: 2 }]);
});

test('a log whose file was taken away goes on in a new one when it is full', () => {
  const path = newPath();
  const log = fileLog(path, 10);
  log.info({}, 'one line is enough to be full');
  rmSync(path);
  log.info({}, 'the next');
  expect(linesOf(path)).toMatchObject([{ msg: 'the next' }]);
});

test('a log that cannot be written any more does not take the terminal down', () => {
  const path = newPath();
  const log = fileLog(path, 10);
  log.info({}, 'one line is enough to be full');
  rmSync(dirname(path), { recursive: true }); // rotating fails now
  const toStderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  log.error({ phone: '13800138000' }, 'nowhere to put this');
  const said = toStderr.mock.calls.join();
  toStderr.mockRestore();
  expect(said).toContain('ENOENT');
  expect(said).toContain('nowhere to put this');
  expect(said).not.toContain('13800138000');
});
