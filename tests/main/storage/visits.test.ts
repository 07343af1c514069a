import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { openStore } from '../../../main/storage/open.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const cipher = aesGcmCipher(Buffer.alloc(32, 7));
const snapshot = { step: 'review', person: { name: '林晓岚', idNumber: '230299197506180027' }, answers: { years: 3 } };

function onDisk(folder: string): Buffer {
  return Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
}

test('a visit in progress is found again after the process died, and only one is kept', () => {
  const file = join(temporaryFolder(), 'store.db');
  const store = openStore(file, { cipher });
  expect(store.visits.load()).toBeUndefined();
  store.visits.save('visit-1', { step: 'identify' });
  store.visits.save('visit-2', snapshot);
  store.close();
  const again = openStore(file, { cipher });
  expect(again.visits.load()).toEqual({ visitId: 'visit-2', snapshot, savedAt: expect.stringMatching(/Z$/) });
  expect(again.visits.currentId()).toBe('visit-2');
  again.close();
});

test('a visit on the disk is unreadable, and after its end not even the sealed bytes are left', () => {
  const folder = temporaryFolder();
  const sealedBytes: Buffer[] = [];
  const recording = { ...cipher, seal: (plain: Uint8Array, context: string) => keep(cipher.seal(plain, context)) };
  const keep = (sealed: Uint8Array): Uint8Array => {
    sealedBytes.push(Buffer.from(sealed));
    return sealed;
  };
  const store = openStore(join(folder, 'store.db'), { cipher: recording });
  for (let step = 0; step < 30; step += 1)
    store.visits.save('visit-1', { ...snapshot, filler: 'y'.repeat(step * 700) });
  const during = onDisk(folder);
  expect(during.includes('林晓岚')).toBe(false);
  expect(during.includes('230299197506180027')).toBe(false);
  const last = sealedBytes.at(-1)!;
  expect(during.includes(last.subarray(0, 64))).toBe(true);

  store.visits.remove();
  store.wipe();
  const after = onDisk(folder);
  const snapshots = sealedBytes.slice(1); // the first is the key check
  expect(snapshots).toHaveLength(30);
  for (const sealed of snapshots) {
    for (let at = 0; at + 32 <= sealed.length; at += 32)
      expect(after.includes(sealed.subarray(at, at + 32))).toBe(false);
  }
  expect(store.visits.load()).toBeUndefined();
  store.close();
});

test('a snapshot that was tampered with, or taken from another visit, is refused and can be removed', () => {
  const file = join(temporaryFolder(), 'store.db');
  openWith((store) => store.visits.save('visit-1', snapshot));
  const raw = new Database(file);
  raw.prepare(`UPDATE visit SET visit_id = 'visit-2'`).run();
  raw.close();
  openWith((store) => {
    expect(() => store.visits.load()).toThrow(expect.objectContaining({ code: 'sealed-data-damaged' }));
    store.visits.remove();
    expect(store.visits.load()).toBeUndefined();
  });

  function openWith(use: (store: ReturnType<typeof openStore>) => void): void {
    const store = openStore(file, { cipher });
    use(store);
    store.close();
  }
});

test('a row with something impossible in it is "corrupt", and the error does not quote it', () => {
  const file = join(temporaryFolder(), 'store.db');
  const store = openStore(file, { cipher });
  store.visits.save('visit-1', snapshot);
  store.close();
  const raw = new Database(file);
  raw.exec(`DROP TABLE visit; CREATE TABLE visit (slot PRIMARY KEY, visit_id, sealed_snapshot, saved_at);
            INSERT INTO visit VALUES (1, 'visit-1', '林晓岚', '')`);
  raw.close();
  const again = openStore(file, { cipher });
  const refusal = { code: 'corrupt', message: expect.not.stringContaining('林晓岚') };
  expect(() => again.visits.load()).toThrow(expect.objectContaining(refusal));
  again.close();
});
