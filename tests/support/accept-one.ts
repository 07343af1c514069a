import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { Outbox } from '../../main/outbox/outbox.ts';
import { aesGcmCipher } from '../../main/storage/cipher.ts';
import { StorageError } from '../../main/storage/errors.ts';
import { fileKey } from '../../main/storage/key-file.ts';
import { sealedFilesOf } from '../../main/storage/places.ts';
import { openOrRecover } from '../../main/storage/recovery.ts';
import { caseAlone, caseWithPage } from './case-with-page.ts';

// A start of a terminal that accepts one case, with a page or, called with `alone`, without, and says so, or says which StorageError it was, and ends as if it were killed.
const [, , folder = '', which] = process.argv;
const file = join(folder, 'jiujin.db');
try {
  const cipher = aesGcmCipher(fileKey(join(folder, 'store.key'), ...sealedFilesOf(file)));
  const store = openOrRecover(file, { cipher });
  const number = store.counters.nextNumber('case-20261121');
  const outbox = new Outbox({ store, deliver: async () => ({ outcome: 'retry', cause: 'unexpected' }) });
  outbox.accept(which === 'alone' ? caseAlone(store, number) : caseWithPage(store, number));
  writeSync(1, 'accepted');
} catch (error) {
  writeSync(1, error instanceof StorageError ? `refused: ${error.code}` : String(error));
}
process.kill(process.pid, 'SIGKILL');
