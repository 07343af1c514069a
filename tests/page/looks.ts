import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { type ViewName, views } from '../renderer/fixtures.ts';
import { landscape, OpenPage, portrait } from './open-page.ts';

/** `SCREENSHOTS=folder` leaves a picture of every screen there. */
export const screenshots = process.env['SCREENSHOTS'];

/** Four apart, the other glass, language and mode: of each screen one in four shows both of each. */
const looks = [
  { look: 'portrait-standard-zh', viewport: portrait, mode: 'standard', language: 'zh-CN' },
  { look: 'portrait-elderly-zh', viewport: portrait, mode: 'elderly', language: 'zh-CN' },
  { look: 'landscape-standard-zh', viewport: landscape, mode: 'standard', language: 'zh-CN' },
  { look: 'landscape-elderly-zh', viewport: landscape, mode: 'elderly', language: 'zh-CN' },
  { look: 'landscape-elderly-en', viewport: landscape, mode: 'elderly', language: 'en' },
  { look: 'landscape-standard-en', viewport: landscape, mode: 'standard', language: 'en' },
  { look: 'portrait-elderly-en', viewport: portrait, mode: 'elderly', language: 'en' },
  { look: 'portrait-standard-en', viewport: portrait, mode: 'standard', language: 'en' },
  { look: 'portrait-low-reach-zh', viewport: portrait, mode: 'low-reach', language: 'zh-CN' },
] as const;

const viewNames = Object.keys(views) as ViewName[]; // the keys of a literal are its names

/** What axe sees does not depend on the language; the standard and the elderly tokens differ, and so do the two layouts. */
const AXED = looks.slice(0, 4);
/** Low reach keeps every button below this share of the glass, from its top. */
const LOW_REACH = 0.45;
/** Each screen is seen in one look out of so many. What is wrong with which, by look and screen; and what the console complained of. */
export async function lookAtScreens(
  { browser, dist }: { readonly browser: Browser; readonly dist: string },
  glass: 'portrait' | 'landscape',
  every: number,
): Promise<{
  readonly troubles: Record<string, unknown>;
  readonly complaints: readonly string[];
  readonly seen: number;
}> {
  const viewportOfGlass = glass === 'portrait' ? portrait : landscape;
  /** So many looks together show every screen once. */
  const axed: readonly (typeof looks)[number][] = AXED.slice(0, every === 1 ? AXED.length : every);
  if (screenshots) await mkdir(screenshots, { recursive: true });
  const open = await OpenPage.open(browser, dist, viewportOfGlass, views.attract);
  const troubles: Record<string, unknown> = {};
  let seen = 0;
  for (const [nth, each] of looks.entries()) {
    const { look, viewport, mode, language } = each;
    if (viewport !== viewportOfGlass) continue;
    for (const name of viewNames.filter((_, index) => index % every === nth % every)) {
      seen += 1;
      await open.show({ ...views[name], mode, language });
      if (screenshots) await open.page.screenshot({ path: join(screenshots, `${look}-${name}.png`) });
      const found: Record<string, unknown> = await open.measure();
      if (mode === 'low-reach') {
        const top = await open.highestTarget();
        if (top < LOW_REACH) found['high'] = top;
      }
      if (axed.includes(each)) {
        const violations = await open.violations();
        if (violations.length > 0) found['axe'] = violations;
      }
      if (Object.keys(found).length > 0) troubles[`${look}-${name}`] = found;
    }
  }
  await open.close();
  return { troubles, complaints: open.complaints, seen };
}
