import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aesGcmCipher } from '../../../main/storage/cipher.ts';
import { StorageError } from '../../../main/storage/errors.ts';
import { openStore, type Store } from '../../../main/storage/open.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let store: Store;
let told: string[];

beforeEach(() => {
  store = openStore(join(temporaryFolder(), 'store.db'), { cipher: aesGcmCipher(Buffer.alloc(32, 7)) });
  told = [];
});
afterEach(() => store.close());

const tell = (what: string) => store.afterCommit(() => told.push(what));
const failing = (work: () => void, error = new Error('no')) =>
  expect(() =>
    store.transaction(() => {
      work();
      throw error;
    }),
  ).toThrow(error);

test('what is to follow a commit runs at once where nothing is under way, else after the outermost one, in order', () => {
  tell('outside');
  expect(told).toEqual(['outside']);
  store.transaction(() => {
    tell('first');
    store.transaction(() => tell('inner'));
    tell('last');
    expect(told).toEqual(['outside']);
  });
  expect(told).toEqual(['outside', 'first', 'inner', 'last']);
});

test('what belongs to a transaction that fails never runs, and what stands around it does', () => {
  failing(() => tell('outermost'));
  store.transaction(() => {
    tell('before');
    failing(() => tell('inner'));
    tell('after');
  });
  tell('later');
  expect(told).toEqual(['before', 'after', 'later']);
});

test('a transaction that is tried once more, as the disk was full, is followed once', () => {
  let tries = 0;
  store.transaction(() => {
    tries += 1;
    tell(`try ${tries}`);
    if (tries === 1) throw new StorageError('full', 'no room');
  });
  expect(told).toEqual(['try 2']);
});

test('what follows a commit may write in its turn', () => {
  store.transaction(() =>
    store.afterCommit(() =>
      store.transaction(() => {
        tell('second');
        expect(told).toEqual([]);
      }),
    ),
  );
  expect(told).toEqual(['second']);
});
