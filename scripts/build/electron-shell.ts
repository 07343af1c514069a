import { join } from 'node:path';
import { type Buildable, builtOnce, ROOT } from './built-once.ts';
import { bundle } from './bundle.ts';

const shell: Buildable = {
  root: ROOT,
  name: 'shell',
  sources: ['{main,drivers}/**/*.ts', 'package*.json', 'tsconfig*.json'],
  buildInto: (outDir) =>
    bundle({
      configFile: false,
      root: ROOT,
      ssr: { noExternal: true, external: ['electron'] },
      build: {
        ssr: join(ROOT, 'main', 'shell', 'electron', 'main.ts'),
        outDir,
        emptyOutDir: true,
        target: 'node24',
        rolldownOptions: { output: { entryFileNames: 'main.js', format: 'es' } },
      },
    }),
};

/** Electron does not strip types, so its main process is bundled. Gives the script that Electron is started with. */
export async function buildElectronShell(): Promise<string> {
  return join(await builtOnce(shell, () => undefined), 'main.js');
}
