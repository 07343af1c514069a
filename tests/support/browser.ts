import { type Browser, chromium } from 'playwright-core';
import { bundledChromium } from '../../scripts/browser/bundled-chromium.ts';

/** The product's own headless Chromium, with so many pictures a second from its fake camera. Close it with `close()`. */
export async function launchBrowser({ cameraHz }: { cameraHz: number }): Promise<Browser> {
  const { args, ...bundled } = await bundledChromium();
  return await chromium.launch({
    ...bundled,
    args: [...args, `--use-fake-device-for-media-stream=fps=${cameraHz}`],
    headless: true,
  });
}
