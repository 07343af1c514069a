import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readEntry } from '../../../main/audit/entry.ts';
import { checkAudit } from '../../../main/control/audit-check.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { storeCipher } from '../../../main/storage/store-cipher.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let file: string;
let store: Store;
const open = (keyByte = 7, suite: Parameters<typeof storeCipher>[0] = 'aes-256-gcm'): Store =>
  openStore(file, { cipher: storeCipher(suite, Buffer.alloc(32, keyByte)) });
beforeEach(() => {
  file = join(temporaryFolder(), 'store.db');
  store = open();
});
afterEach(() => store.close());

const append = (secret: Record<string, number>) =>
  store.audit.append({ kind: 'face-checked', detail: { verdict: 'refused' }, secret });
const entries = () => store.audit.page(0, 10).map(({ entry }) => readEntry(entry)!);

test('what is secret of an act is in its entry sealed, and only this terminal reads it', async () => {
  append({ similarity: 411, liveness: 902 });
  const [entry] = entries();
  expect(entry?.detail).toEqual({ verdict: 'refused', sealed: expect.any(String) });
  expect(JSON.stringify(entry)).not.toMatch(/411|902|similarity/);
  expect(store.audit.secretOf(entry!)).toEqual({ similarity: 411, liveness: 902 });
  expect((await checkAudit(store.audit, new AbortController().signal)).wrong).toBeUndefined();
});

test('an act without a secret has none', () => {
  append({});
  expect(entries()[0]?.detail).toEqual({ verdict: 'refused' });
  expect(store.audit.secretOf(entries()[0]!)).toBeUndefined();
});

test('sealed words that were moved to another entry do not open there', () => {
  append({ similarity: 900 });
  append({ similarity: 100 });
  const [first, second] = entries();
  expect(() => store.audit.secretOf({ ...second!, detail: first!.detail })).toThrow(
    expect.objectContaining({ code: 'sealed-data-damaged' }),
  );
});

test('a terminal whose suite was changed still reads what it sealed before', () => {
  append({ similarity: 411 });
  store.close();
  store = open(7, 'sm4-ctr-hmac-sm3');
  append({ similarity: 412 });
  const faces = entries().filter(({ kind }) => kind === 'face-checked');
  expect(faces.map((entry) => store.audit.secretOf(entry))).toEqual([{ similarity: 411 }, { similarity: 412 }]);
});
