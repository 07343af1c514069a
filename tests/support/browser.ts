import { type Browser, chromium } from 'playwright-core';
import { bundledChromium } from '../../scripts/browser/bundled-chromium.ts';

/** The product's own headless Chromium. Close it with `close()`. */
export async function launchBrowser(): Promise<Browser> {
  const { args, ...bundled } = await bundledChromium();
  return await chromium.launch({ ...bundled, args: [...args], headless: true });
}
