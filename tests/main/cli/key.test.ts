import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readEntry } from '../../../main/audit/entry.ts';
import { openStoreIn } from '../../../main/compose-store.ts';
import { storageSettings } from '../../../main/storage/settings.ts';
import { kioskctl, kioskctlHere } from '../../support/kioskctl.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const sm2 = { kind: 'sm2', privateKey: { kind: 'file' } };

/** A terminal's configuration with this key setting, and its folder. */
function setUp(key?: unknown) {
  const dir = temporaryFolder();
  const dataDir = join(dir, 'data');
  const configurationFile = join(dir, 'terminal.json');
  const configure = (given: unknown): void =>
    writeFileSync(
      configurationFile,
      JSON.stringify({
        terminal: {
          ...{ id: 't-1', code: 'T1', helpNumber: '12345', timeZone: 'Asia/Shanghai' },
          place: { 'zh-CN': '大厅', en: 'Hall' },
          machine: { 'zh-CN': '1 号机', en: 'Terminal 1' },
          progressUrl: 'https://zwfw.example/p/',
        },
        dataDir,
        platform: { baseUrl: 'https://platform.example', token: 'secret-of-the-platform' },
        devices: [],
        ...(given !== undefined && { storage: { key: given } }),
      }),
    );
  configure(key);
  const ask = (...words: string[]) => kioskctlHere(['key', ...words, '--terminal', configurationFile]);
  return { dataDir, configurationFile, configure, ask };
}

test('a key is made as the configuration says, once, and the terminal starts with it', async () => {
  const { dataDir, ask } = setUp(sm2);
  const { exitCode, stdout } = await ask('create', '--json');
  expect([exitCode, JSON.parse(stdout)]).toEqual([0, { sealer: 'sm2', file: join(dataDir, 'store.key.sm2') }]);
  expect(readdirSync(dataDir).sort()).toEqual(['sm2.key', 'store.key.sm2']);
  openStoreIn(dataDir, storageSettings.parse({ key: sm2 })).close();
  expect(await ask('create')).toMatchObject({ exitCode: 2, stdout: '' });
  rmSync(join(dataDir, 'store.key.sm2'));
  expect((await ask('create')).stderr).toContain('its key file is gone');
});

test('a key that is to be kept otherwise is sealed anew, and what was stored opens; the change is on record', async () => {
  const { dataDir, configurationFile, configure, ask } = setUp();
  const before = openStoreIn(dataDir);
  before.visits.save('a-visit', { step: 'form' });
  before.close();
  configure(sm2);
  const settings = storageSettings.parse({ key: sm2 });
  expect(() => openStoreIn(dataDir, settings)).toThrow(expect.objectContaining({ code: 'key-missing' }));
  const words = ['key', 'rewrap', '--from', 'file', '--terminal', configurationFile];
  const { exitCode, stdout } = await kioskctl(words); // a process, which ends by itself
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining(`then delete ${join(dataDir, 'store.key')}`)]);
  const key = readFileSync(join(dataDir, 'store.key'));
  expect(readFileSync(join(dataDir, 'store.key.sm2')).includes(key)).toBe(false);
  expect(statSync(join(dataDir, 'store.key.sm2'))).toMatchObject({ mode: 0o100600, uid: statSync(dataDir).uid });
  rmSync(join(dataDir, 'store.key'));
  const after = openStoreIn(dataDir, settings);
  expect(after.visits.load()?.snapshot).toEqual({ step: 'form' });
  expect(after.audit.page(0, 5).map(({ entry }) => readEntry(entry))).toMatchObject([
    { kind: 'key-sealer-changed', detail: { from: 'file', to: 'sm2' } },
  ]);
  after.close();
  configure(undefined);
  const wrapping = readFileSync(join(dataDir, 'sm2.key'));
  rmSync(join(dataDir, 'sm2.key'));
  expect((await ask('rewrap', '--from', 'sm2:file')).exitCode).toBe(2);
  expect(existsSync(join(dataDir, 'sm2.key'))).toBe(false);
  writeFileSync(join(dataDir, 'sm2.key'), wrapping);
  const back = await ask('rewrap', '--from', 'sm2:file', '--json');
  expect(JSON.parse(back.stdout)).toEqual({
    ...{ sealer: 'file', file: join(dataDir, 'store.key') },
    old: [join(dataDir, 'store.key.sm2'), join(dataDir, 'sm2.key')],
  });
  expect(readFileSync(join(dataDir, 'store.key'))).toEqual(key);
});

test.each([
  ['a sealer that nobody knows', ['rewrap', '--from', 'tpm'], 'It is file, systemd'],
  ['SM2 in nothing', ['rewrap', '--from', 'sm2'], 'It is file, systemd'],
  ['a form that is not there', ['rewrap', '--from', 'dpapi'], 'store.key.dpapi is not there'],
  ['the form that it has', ['rewrap', '--from', 'file'], 'store.key is there already'],
])('%s is one sentence and exit code 2, and changes nothing', async (_, words, sentence) => {
  const { dataDir, ask } = setUp();
  openStoreIn(dataDir).close();
  const key = readFileSync(join(dataDir, 'store.key'));
  const { exitCode, stdout, stderr } = await ask(...words);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toContain(sentence);
  expect(readFileSync(join(dataDir, 'store.key'))).toEqual(key);
  expect(existsSync(join(dataDir, 'store.key.new'))).toBe(false);
});
