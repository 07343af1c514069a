import { mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { bundledChromium } from '../../scripts/browser/bundled-chromium.ts';
import { prepare } from '../../scripts/prepare/main.ts';
import { demo, isNumbered, WITHIN_MS } from '../support/demo.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let chromiumFolder: string;

beforeAll(async () => {
  await prepare();
  chromiumFolder = dirname((await bundledChromium()).executablePath);
});

test('with another person before the camera the demo ends at the face step, refused in words', async () => {
  const { code, said, out, tookMs } = await demo(['--wrong-face']);
  expect(code, said).toBe(0); // that the terminal refuses is what this walk shows
  expect(tookMs).toBeLessThan(WITHIN_MS);
  const names = readdirSync(out).sort();
  expect(names.filter(isNumbered).at(-1)).toMatch(/^\d\d-face-refused\.png$/);
  expect(names.filter((name) => !isNumbered(name))).toEqual([]); // nothing was printed
});

test('a demo that cannot come by its browser says where it failed, and exits with 1', async () => {
  const temporary = temporaryFolder();
  // The place where the browser lies unpacked, as a tidied temporary folder leaves it.
  mkdirSync(join(temporary, basename(chromiumFolder), 'fonts'), { recursive: true });
  expect(dirname(chromiumFolder)).toBe(tmpdir());
  const { code, said, out } = await demo([], { TMPDIR: temporary });
  expect(code, said).toBe(1);
  expect(said).toMatch(/The demo failed at "[a-z ]+" after [\d.]+ s: The browser in \S+ is not whole any more/);
  expect(readdirSync(out)).toEqual([]);
});
