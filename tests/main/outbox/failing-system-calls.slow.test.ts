import { execFile } from 'node:child_process';
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { fileKey } from '../../../main/storage/key-file.ts';
import { openOrRecover } from '../../../main/storage/recovery.ts';
import { thePage } from '../../support/case-with-page.ts';
import { isLong, oneIn } from '../../support/long-form.ts';
import { deliverAll } from '../../support/stored-cases.ts';
import { canTrace, whyNotTraced } from '../../support/strace.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

whyNotTraced('that a case survives each failing call of the engine to the system');

const child = join(import.meta.dirname, '../../support/accept-one.ts');
const run = promisify(execFile);

const openIn = (folder: string) => {
  const file = join(folder, 'jiujin.db');
  return openOrRecover(file, { cipher: aesGcmCipher(fileKey(join(folder, 'store.key'), file)) });
};

/** What of a terminal's files the failures are for. */
const WATCHED = ['', 'jiujin.db', 'jiujin.db-wal', 'store.key', 'store.key.new', 'blobs'];

/** A terminal before anybody came, or with a day behind it; the case comes with a page, or alone. */
type Kind = 'new' | 'used' | 'used, alone,';

/** A child that accepts one case in `folder`, whose `n`-th `call` fails. What it said, and whether it met the failure. */
async function acceptOne(
  folder: string,
  { which, pages }: { readonly which: string; readonly pages: readonly string[] },
  ...[call, error, n]: readonly [call: string, error: string, n: number]
) {
  const calls = join(temporaryFolder(), 'calls');
  const files = [...WATCHED, ...pages].flatMap((name) => ['-P', join(folder, name)]);
  const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:error=${error}:when=${n}`];
  const options = ['-f', '--seccomp-bpf', '--quiet=all', ...files, ...inject, '-o', calls];
  const { stdout } = await run('strace', [...options, process.execPath, child, folder, which]).catch(
    (killed) => killed,
  );
  return { said: String(stdout), injected: readFileSync(calls, 'utf8').includes('(INJECTED)') };
}

/** Its files, and, where its key is there, what the page will be called. */
function terminalOf(kind: Kind): { template: string; which: string; pages: string[] } {
  const template = temporaryFolder();
  const which = kind === 'used, alone,' ? 'alone' : 'with a page';
  if (kind === 'new') return { template, which, pages: [] };
  const store = openIn(template);
  store.counters.nextNumber('case-20261121');
  const page = join('blobs', store.fingerprint(thePage));
  store.close();
  return { template, which, pages: [page, `${page}.new`] };
}

test.skipIf(!canTrace).each<[Kind, string, readonly string[]]>([
  ['used', 'pwrite64', ['EIO', 'ENOSPC']],
  ['used', 'fsync', ['EIO']],
  ['used', 'openat', ['EIO', 'EROFS']],
  ['used', 'write', ['EIO']],
  ['used', 'write', ['ENOSPC']],
  ['used', 'rename', ['EIO']],
  ['used, alone,', 'pwrite64', ['EIO', 'ENOSPC']],
  ['used, alone,', 'fsync', ['EIO']],
  ['new', 'write', ['EIO', 'ENOSPC']],
  ['new', 'fsync', ['EIO']],
  ['new', 'rename', ['EIO']],
])(
  'a %s terminal whose n-th %s fails with %j, for every n: the case is not accepted and that is said, or it is delivered once',
  async (kind, call, errors) => {
    const { template, which, pages } = terminalOf(kind);
    const outcomes = { refused: 0, accepted: 0 };
    const rounds = isLong ? errors.map((error) => [error]) : [errors];
    for (const given of rounds) {
      for (let n = 1; ; n += oneIn(7)) {
        const folder = temporaryFolder();
        cpSync(template, folder, { recursive: true });
        const { said, injected } = await acceptOne(folder, { which, pages }, call, given[n % given.length] ?? 'EIO', n);
        const where = `${call} ${n}: ${said}`;
        expect(said, where).toMatch(/^(accepted|refused: (full|unavailable|read-only))$/);
        const store = openIn(folder);
        const { arrived, setAside } = await deliverAll(store);
        const again = store.counters.nextNumber('case-20261121');
        expect(store.incidents.last(), where).toBeUndefined();
        store.close();
        rmSync(folder, { recursive: true });
        expect([arrived.size <= 1, setAside], where).toEqual([true, 0]);
        if (said === 'accepted')
          expect(
            [...arrived.values()].map((keys) => keys.size),
            where,
          ).toEqual([which === 'alone' ? 1 : 2]); // and its page
        for (const number of arrived.keys()) expect(number, where).not.toBe(`A${again}`);
        if (!injected) {
          expect(said).toBe('accepted');
          break;
        }
        outcomes[said === 'accepted' ? 'accepted' : 'refused'] += 1;
      }
    }
    // Or the failures have met nothing. Where one call finds no room, room is made, and it is tried again.
    expect(errors.includes('EIO') ? outcomes.refused : outcomes.accepted).toBeGreaterThan(0);
    console.log(`${kind} terminal, ${call} fails with ${errors.join(', ')}: ${JSON.stringify(outcomes)}`);
  },
);
