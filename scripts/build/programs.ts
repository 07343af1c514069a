import { join, posix, relative, sep } from 'node:path';
import type { Plugin } from 'vite';
import { builtOnce, ROOT } from './built-once.ts';
import { bundle } from './bundle.ts';

/** What runs by itself, in a process or a thread, and the source that it begins with. */
const programs = {
  'core-process': 'main/core-process.ts',
  'device-process': 'main/device-process.ts',
  'face-process': 'main/face-process.ts',
  'liveness-worker': 'models/face/liveness-worker.ts',
  'check-copy': 'main/storage/check-copy.ts',
  'pcsc-host': 'drivers/transport/pcsc-host.ts',
  'crash-terminal': 'scripts/chaos/crash/terminal.ts',
  'crash-platform': 'scripts/chaos/crash/platform.ts',
  'spool-terminal': 'scripts/chaos/spool/terminal.ts',
} as const;

export interface Release {
  readonly root: string;
  readonly programs: Readonly<Record<string, string>>;
}

const ours: Release = { root: ROOT, programs };

/** Of whatever may become part of a program. */
const SOURCES = ['{main,drivers,printers,models,scripts}/**/*.{ts,json}', 'package*.json', 'tsconfig*.json'];

/** Packages with native code, with threads, or with files that they read beside themselves: left where they are installed. */
const OUTSIDE = [
  ...['better-sqlite3', 'usb', 'node-hid', 'serialport', 'pcsc-mini', 'onnxruntime-node', 'sharp', '@napi-rs/canvas'],
  ...['pino', 'pdfkit', 'undici'],
];

/**
 * Builds the programs, unless that was done from the same sources, and returns the folder in `dist` that holds them. From
 * its sources a core finds and reads seven hundred modules one by one, which takes more than a third of its start. What is built
 * finds the release that it is a part of from where it lies, so that a release may be moved.
 */
export async function buildPrograms(
  log: (line: string) => void = () => undefined,
  release: Release = ours,
): Promise<string> {
  const { root } = release;
  const buildInto = (outDir: string): Promise<void> => buildReleaseInto(release, outDir);
  const buildable = { root, name: 'programs', sources: SOURCES, buildInto };
  return await builtOnce(buildable, () => log('Building the programs …'));
}

/** The script that Node is started with: a program of this release, as its sources are now. */
export async function programScript(name: keyof typeof programs): Promise<string> {
  return join(await buildPrograms(), `${name}.js`);
}

async function buildReleaseInto(release: Release, outDir: string): Promise<void> {
  const { root, programs: input } = release;
  await bundle({
    configFile: false,
    root,
    publicDir: false,
    ssr: { noExternal: true },
    plugins: [addresses(release)],
    build: {
      ssr: true,
      outDir,
      emptyOutDir: true,
      target: 'node24',
      minify: false,
      sourcemap: true,
      rolldownOptions: {
        input: Object.fromEntries(Object.entries(input).map(([name, source]) => [name, join(root, source)])),
        external: (id) => OUTSIDE.some((name) => id === name || id.startsWith(`${name}/`)),
        output: {
          format: 'es',
          sourcemapExcludeSources: true,
          entryFileNames: '[name].js',
          chunkFileNames: '[name]-[hash].js',
        },
      },
    },
  });
}

const OWN_ADDRESS = 'import.meta.url';
const OTHER_PROGRAM = /new URL\(\s*'(\.[^']*\.ts)',\s*import\.meta\.url,?\s*\)/g;
/** Other ways to a module's own place. */
const OWN_PLACE = /\b__(?:dirname|filename)\b|\bimport\.meta\.(?:dirname|filename)\b/;
/** From a built file, all of which lie in one folder, to the root. */
const TO_ROOT = '../..';

/**
 * A module finds what lies beside it from its own address, which is another one once it is built: a program is then the built
 * one, and all else is where it was.
 */
function addresses({ root, programs: input }: Release): Plugin {
  const names = new Map(Object.entries(input).map(([name, source]) => [source, name]));
  return {
    name: 'addresses',
    enforce: 'pre',
    transform(code, id) {
      if (id.includes('/node_modules/')) {
        const isBeside = code.includes(OWN_ADDRESS) || OWN_PLACE.test(code);
        if (isBeside) this.error(`${id} reads files beside itself: its package has to stay outside.`);
        return undefined;
      }
      const source = relative(root, id).split(sep).join('/');
      if (OWN_PLACE.test(code)) this.error(`${source} asks for its place in another way than by ${OWN_ADDRESS}.`);
      if (id.startsWith('\0') || !code.includes(OWN_ADDRESS)) return undefined;
      const pieces = code.split(OTHER_PROGRAM).map((piece, index) => {
        const isPath = index % 2 === 1;
        if (!isPath) return piece.replaceAll(OWN_ADDRESS, `new URL('${TO_ROOT}/${source}', import.meta.url).href`);
        const name = names.get(posix.join(posix.dirname(source), piece));
        if (name === undefined)
          this.error(`${source} starts ${piece}, which is not one of the programs that are built.`);
        return `new URL('./${name}.js', import.meta.url)`;
      });
      return { code: pieces.join(''), map: null }; // each line stays where it was
    },
  };
}
