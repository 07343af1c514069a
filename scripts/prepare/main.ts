import { fileURLToPath } from 'node:url';
import { buildPage } from '../build/page.ts';
import { buildPrograms } from '../build/programs.ts';
import { preparePeople } from './people.ts';
import { prepareWeights } from './weights.ts';

export type { PersonId } from './people.ts';

/** Where the invented residents' pictures lie, for the demo and the tests. Not kept in git: they are made from a package. */
export const peopleDir = fileURLToPath(new URL('../../.data/people', import.meta.url));

/** What install scripts would do, done once: model weights, pictures of invented residents, the built page and programs. */
export async function prepare(log: (line: string) => void = () => undefined): Promise<void> {
  await prepareWeights({ log });
  await preparePeople({ dir: peopleDir, log });
  await buildPage(log);
  await buildPrograms(log);
}

if (import.meta.main) {
  await prepare(console.log).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
