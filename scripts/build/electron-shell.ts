import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Electron does not strip types, so its main process is bundled. Gives the script that Electron is started with. */
export async function buildElectronShell(): Promise<string> {
  const outDir = join(ROOT, 'dist', 'shell');
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'warn',
    ssr: { noExternal: true, external: ['electron'] },
    build: {
      ssr: join(ROOT, 'main', 'shell', 'electron', 'main.ts'),
      outDir,
      emptyOutDir: true,
      target: 'node24',
      rollupOptions: { output: { entryFileNames: 'main.js', format: 'es' } },
    },
  });
  return join(outDir, 'main.js');
}
