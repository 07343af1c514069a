import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CurrentCatalogue } from '../../../main/catalogue/current-catalogue.ts';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { StorageError } from '../../../main/storage/errors.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import type { SignedCatalogue } from '../../../main/sync/catalogue-schemas.ts';
import { SyncError } from '../../../main/sync/errors.ts';
import { newSigningKey, type SigningKey, signCatalogue } from '../../../scripts/platform/catalogue.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { catalogue as builtIn } from '../../support/visit.ts';

const folder = join(import.meta.dirname, '../../../main/flows/catalogue');
const shipped = Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
const [city, stranger] = [newSigningKey('city'), newSigningKey('city')];
const at = new Date('2026-11-29T08:00:00Z');

/** As the city publishes it: `S19` alone, in a version of its own. */
function edition(version: number, key: SigningKey = city): SignedCatalogue {
  const text = JSON.stringify({ ...JSON.parse(shipped['S19.json'] ?? ''), version });
  return signCatalogue({ version, files: { 'S19.json': text } }, key, at);
}

let file: string;
let store: Store;
let current: CurrentCatalogue;
let published: SignedCatalogue | SyncError;
let fetched: number[];
let changes: number;
let diskIsFull: boolean;
let stop: AbortController;
let running: Promise<void>;

function start(keys = [city.known]): void {
  const cipher = aesGcmCipher(Buffer.alloc(32, 7));
  const seal: typeof cipher.seal = (plain, context) => {
    if (diskIsFull) throw new StorageError('full', 'no room on the disk');
    return cipher.seal(plain, context);
  };
  store = openStore(file, { cipher: { ...cipher, seal } });
  stop = new AbortController();
  current = new CurrentCatalogue({
    builtIn,
    keys,
    fetch: async (version) => {
      fetched.push(version);
      if (published instanceof SyncError) throw published;
      return published;
    },
    state: store.syncState,
    onChange: () => {
      changes += 1;
    },
    log: memoryLog(),
  });
  current.restore();
  running = current.run(stop.signal);
}

async function end(): Promise<void> {
  stop.abort();
  await running;
  store.close();
}

async function restart(keys?: Parameters<typeof start>[0]): Promise<void> {
  await end();
  start(keys);
  await pass(0);
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const ids = (): string[] => [...current.services.keys()];
const takes = async (signed: SignedCatalogue | SyncError, wanted: number): Promise<void> => {
  published = signed;
  current.want(wanted);
  await pass(0);
};

beforeEach(async () => {
  vi.useFakeTimers();
  [file, fetched, changes, diskIsFull] = [join(temporaryFolder(), 'store.db'), [], 0, false];
  published = new SyncError('unreachable', 'nobody there');
  start();
  await pass(0);
});

afterEach(async () => {
  await end();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('the release’s own services are on offer until another edition is wanted, which nobody’s visit sees come', async () => {
  expect([ids(), current.version, fetched]).toEqual([[...builtIn.keys()], undefined, []]);
  await takes(edition(3), 2);
  expect([ids(), current.result()]).toEqual([[...builtIn.keys()], { state: 'pending' }]);
  current.adopt();
  expect([ids(), current.version, current.result()]).toEqual([['S19'], 3, { state: 'applied' }]);
  expect(current.services.get('S19')?.version).toBe(3);
  expect(changes).toBeGreaterThanOrEqual(2);
});

test('an edition that was taken is in use after a restart, whether or not a visit had ended before it', async () => {
  await takes(edition(3), 3);
  await restart();
  expect([ids(), current.version]).toEqual([['S19'], 3]);
  expect(fetched).toEqual([3]);
});

const tampered = (signed: SignedCatalogue, change: (signed: SignedCatalogue) => object): SignedCatalogue => ({
  ...signed,
  ...change(signed),
});
const manifestWith = (change: object): SignedCatalogue => {
  const signed = edition(4);
  const manifest = { ...JSON.parse(Buffer.from(signed.manifest, 'base64').toString()), ...change };
  return { ...signed, manifest: Buffer.from(JSON.stringify(manifest)).toString('base64') };
};
const s19 = shipped['S19.json'] ?? '';
const signedFiles = (files: Record<string, string>) => signCatalogue({ version: 4, files }, city, at);

test.each<[string, () => SignedCatalogue, RegExp]>([
  ['signed by somebody else', () => edition(4, stranger), /signature by "city" does not fit/],
  ['signed with a key that nobody knows', () => tampered(edition(4), () => ({ keyId: 'none' })), /not known here/],
  ['whose version was changed', () => manifestWith({ version: 5 }), /does not fit/],
  ['without a signature', () => tampered(edition(4), () => ({ signature: '' })), /does not fit/],
  [
    'with a file changed',
    () => tampered(edition(4), () => ({ files: { 'S19.json': `${s19} ` } })),
    /S19\.json: not the file/,
  ],
  ['with a file left out', () => tampered(edition(4), () => ({ files: {} })), /S19\.json: missing/],
  [
    'with a file added',
    () => tampered(edition(4), ({ files }) => ({ files: { ...files, 'S1.json': s19 } })),
    /S1\.json: not in/,
  ],
  ['with a file that is no service', () => signedFiles({ 'S19.json': '{"id":"S19"}' }), /S19\.json: .*version/s],
  ['with two files of one service', () => signedFiles({ 'a.json': s19, 'b.json': s19 }), /used twice/],
  ['older than the one that is wanted', () => edition(3), /version 3 came where 4 is wanted/],
])(
  'an edition %s is refused as a whole: the present one stays, and the reason can be told',
  async (_name, signed, why) => {
    await takes(edition(2), 2);
    current.adopt();
    await takes(signed(), 4);
    current.adopt();
    expect(current.version).toBe(2);
    expect(current.result()).toEqual({ state: 'refused', reason: expect.stringMatching(why) });
    await restart();
    expect(current.version).toBe(2);
    await takes(edition(4), 4);
    current.adopt();
    expect(current.result()).toEqual({ state: 'applied' });
  },
);

test('an older edition is not taken again, also when the one in use no longer holds', async () => {
  await takes(edition(5), 5);
  current.adopt();
  const other = newSigningKey('other');
  await restart([other.known]); // the city has withdrawn its first key
  expect([ids(), current.version]).toEqual([[...builtIn.keys()], undefined]);
  await takes(edition(4, other), 4);
  expect(current.result()).toEqual({ state: 'refused', reason: 'version 4 is older than 5, which was taken' });
  await takes(edition(6, other), 6);
  current.adopt();
  expect(current.version).toBe(6);
});

const execute = (sql: string): void => {
  const database = new Database(file);
  expect(database.prepare(sql).run().changes).toBe(1);
  database.close();
};
const DAMAGE = `UPDATE sync_state SET sealed_value = x'00' WHERE name =`;

test.each<[string, () => void, (string | undefined)?]>([
  ['the stored one is damaged', () => execute(`${DAMAGE} 'catalogue'`)],
  ['the stored one has another shape', () => store.syncState.write('catalogue', { edition: 5 }), 'open'],
  ['what says so is damaged', () => execute(`${DAMAGE} 'catalogue-floor'`)],
])('an older edition is not taken again, also when %s', async (_name, happens, when) => {
  await takes(edition(5), 5);
  current.adopt();
  if (when === 'open') happens();
  await end();
  if (when !== 'open') happens();
  start();
  await pass(0);
  await takes(edition(4), 4);
  current.adopt();
  expect(current.version).not.toBe(4);
  await takes(edition(6), 6);
  current.adopt();
  expect([current.version, current.result()]).toEqual([6, { state: 'applied' }]);
});

test('a store that knows the highest version only beside the edition keeps it when that is damaged later', async () => {
  await takes(edition(5), 5);
  await end();
  execute(`DELETE FROM sync_state WHERE name = 'catalogue-floor'`);
  start();
  await end();
  execute(`${DAMAGE} 'catalogue'`);
  start();
  await takes(edition(4), 4);
  expect(current.result()).toEqual({ state: 'refused', reason: 'version 4 is older than 5, which was taken' });
});

test('without a key of the city’s, nothing is taken', async () => {
  await restart([]);
  await takes(edition(3), 3);
  expect(current.result()).toMatchObject({ state: 'refused' });
});

test('a platform that is away is asked again, later each time, and one that was refused after half an hour', async () => {
  await takes(new SyncError('unreachable', 'no route'), 3);
  await pass(30 * 60_000);
  expect(fetched.length).toBeGreaterThan(5);
  expect(fetched.length).toBeLessThan(20);
  const before = fetched.length;
  published = edition(3, stranger);
  await pass(5 * 60_000);
  expect(current.result()).toMatchObject({ state: 'refused' });
  expect(fetched.length).toBe(before + 1);
  published = edition(3);
  await pass(60 * 60_000);
  current.adopt();
  expect(current.version).toBe(3);
});

test('a disk that refuses leaves the present edition, and is asked again', async () => {
  await takes(edition(2), 2);
  current.adopt();
  diskIsFull = true;
  await takes(edition(3), 3);
  current.adopt();
  expect(current.version).toBe(2);
  diskIsFull = false;
  await pass(60_000);
  current.adopt();
  expect(current.version).toBe(3);
});
