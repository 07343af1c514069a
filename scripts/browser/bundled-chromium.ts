import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);

/** A headless Chromium that needs nothing installed, and what to start it with. */
export interface BundledChromium {
  readonly executablePath: string;
  readonly env: Readonly<Record<string, string>>;
  readonly args: readonly string[];
}

/** `@sparticuz/chromium` carries it, compressed, with its shared libraries. `fakeCamera`: `.mjpeg` or `.y4m` file. */
export async function bundledChromium({ fakeCamera }: { fakeCamera?: string } = {}): Promise<BundledChromium> {
  const folder = await unpackedChromium();
  const environment = Object.entries(process.env).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value]],
  );
  return {
    executablePath: join(folder, 'chromium'),
    env: {
      ...Object.fromEntries(environment),
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
      FONTCONFIG_PATH: join(folder, 'fonts'),
    },
    args: [
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      ...(fakeCamera ? [`--use-file-for-fake-video-capture=${fakeCamera}`] : []),
      '--font-render-hinting=none',
      '--disable-dev-shm-usage', // containers often have 64 MB of it, and a page of 1080 × 1920 then crashes
    ],
  };
}

/**
 * The package unpacks into the temporary folder file by file and takes whatever it finds there for whole, so two test
 * processes at once would start a half-written browser. Here each unpacks into a folder of its own, and the first to finish
 * gives it the name that all use.
 */
async function unpackedChromium(): Promise<string> {
  const folder = join(tmpdir(), `jiujin-chromium-${packageVersion()}`);
  if (isWhole(folder)) return folder;
  const fresh = await mkdtemp(join(tmpdir(), 'jiujin-chromium-unpacking-'));
  // In a process of its own, since the package reads from its environment, when it is imported, where to unpack to, and
  // whether the shared libraries are wanted.
  const unpack = "await (await import('@sparticuz/chromium')).default.executablePath()";
  await run(process.execPath, ['--input-type=module', '--eval', unpack], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    env: { ...process.env, TMPDIR: fresh, AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x' },
  });
  await writeFile(join(fresh, 'fonts', 'fonts.conf'), fontsOf(folder));
  try {
    await rename(fresh, folder);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
    // What tidies up temporary folders by age takes files and leaves the folder; others may be using what is left.
    if (!isWhole(folder)) throw new Error(`The browser in ${folder} is not whole any more. Delete that folder.`);
  }
  return folder;
}

function isWhole(folder: string): boolean {
  return existsSync(join(folder, 'chromium'));
}

/** The package's own fonts.conf names /tmp/fonts. A Chromium that finds no font at all dies at the first text field. */
function fontsOf(folder: string): string {
  const dir = join(folder, 'fonts', 'fonts');
  const cache = join(folder, 'fonts-cache');
  return `<?xml version="1.0"?><fontconfig><dir>${dir}</dir><cachedir>${cache}</cachedir></fontconfig>\n`;
}

function packageVersion(): string {
  const { resolve } = createRequire(import.meta.url);
  const main = resolve('@sparticuz/chromium');
  const manifest: unknown = createRequire(main)('../package.json');
  return z.object({ version: z.string() }).parse(manifest).version;
}
