import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { bundledChromium } from '../../scripts/browser/bundled-chromium.ts';
import { prepare } from '../../scripts/prepare/main.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const WITHIN_MS = 90_000;
const script = fileURLToPath(new URL('../../scripts/demo/main.ts', import.meta.url));

let chromiumFolder: string;

/** What is done once on a machine is not the demo's time: fetching the weights, unpacking the browser. */
beforeAll(async () => {
  await prepare();
  chromiumFolder = dirname((await bundledChromium()).executablePath);
});

async function demo(parameters: string[], env: NodeJS.ProcessEnv = {}) {
  const out = join(temporaryFolder(), 'pictures');
  const startedAt = performance.now();
  const child = spawn(process.execPath, [script, '--out', out, ...parameters], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const [code] = await once(child, 'close');
  return { code, said, out, tookMs: performance.now() - startedAt };
}

const isNumbered = (name: string): boolean => /^\d\d-[a-z-]+\.png$/.test(name);

test('the demo walks S01 within 90 s and leaves its pictures, the receipt and the certificate', async () => {
  const { code, said, out, tookMs } = await demo([]);
  expect(code, said).toBe(0);
  expect(tookMs).toBeLessThan(WITHIN_MS);
  const names = readdirSync(out).sort();
  const numbered = names.filter(isNumbered);
  expect(numbered.map((name) => Number(name.slice(0, 2)))).toEqual(numbered.map((_, index) => index + 1));
  expect(numbered.length).toBeGreaterThanOrEqual(8);
  expect(names).not.toContain('failed.png');
  for (const name of numbered) {
    const { format, width, height } = await sharp(join(out, name)).metadata();
    expect([format, width, height], name).toEqual(['png', 1080, 1920]);
    const { entropy } = await sharp(join(out, name)).stats();
    expect(entropy, `${name} is not a blank page`).toBeGreaterThan(0.5);
  }
  const receipt = await sharp(join(out, 'receipt.png')).metadata();
  expect([receipt.format, receipt.height > receipt.width]).toEqual(['png', true]);
  const certificate = readFileSync(join(out, 'certificate.pdf'));
  expect(certificate.subarray(0, 5).toString('latin1')).toBe('%PDF-');
  expect(certificate.subarray(-1024).toString('latin1')).toContain('%%EOF');
  expect(certificate.length).toBeGreaterThan(5_000);
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
