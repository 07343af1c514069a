import { aesGcmCipher } from '../../main/storage/cipher.ts';
import { StorageError } from '../../main/storage/errors.ts';
import { openStore } from '../../main/storage/open.ts';

// Saves larger and larger visits until the disk refuses; says with which code, and which visit was the last to be stored.
const store = openStore(process.argv[2] ?? '', { cipher: aesGcmCipher(Buffer.alloc(32, 7)) });
for (let size = 1; ; size += 1) {
  try {
    store.visits.save(`visit-${size}`, 'x'.repeat(size * 10_000));
  } catch (error) {
    const refusedWith = error instanceof StorageError ? error.code : String(error);
    process.stdout.write(JSON.stringify({ refusedWith, last: size - 1 }));
    process.exit();
  }
}
