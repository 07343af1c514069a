import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { bundledChromium } from '../../scripts/browser/bundled-chromium.ts';
import { prepare } from '../../scripts/prepare/main.ts';
import { demo, isNumbered, WITHIN_MS } from '../support/demo.ts';

/** What is done once on a machine is not the demo's time: fetching the weights, unpacking the browser. */
beforeAll(async () => {
  await prepare();
  await bundledChromium();
});

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
