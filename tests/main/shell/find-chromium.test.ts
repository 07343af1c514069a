import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { findChromium } from '../../../main/shell/chromium.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

function program(...path: string[]): string {
  const file = join(...path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, '');
  return file;
}

test('the first browser of Chromium’s family on the path is taken', () => {
  const [first, second] = [temporaryFolder(), temporaryFolder()];
  program(first, 'firefox');
  const edge = program(second, 'microsoft-edge');
  const PATH = ['', first, second].join(delimiter);
  expect(findChromium({ PATH })).toBe(edge);
  const chrome = program(second, 'google-chrome');
  expect(findChromium({ PATH })).toBe(chrome);
  const chromium = program(first, 'chromium');
  expect(findChromium({ PATH })).toBe(chromium);
});

test('on Windows the programs’ folders are looked through', () => {
  const folder = temporaryFolder();
  const edge = program(folder, 'Microsoft/Edge/Application/msedge.exe');
  expect(findChromium({ ProgramFiles: temporaryFolder(), 'ProgramFiles(x86)': folder })).toBe(edge);
});

test('a machine without one has none', () => {
  expect(findChromium({})).toBeUndefined();
  expect(findChromium({ PATH: temporaryFolder() })).toBeUndefined();
});
