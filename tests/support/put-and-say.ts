import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { aesGcmCipher } from '../../main/storage/cipher.ts';
import { openStore } from '../../main/storage/open.ts';

// Stores a page as a terminal does, and says, by a write of its own, that the call has returned.
const store = openStore(process.argv[2] ?? '', { cipher: aesGcmCipher(Buffer.alloc(32, 7)) });
store.visits.save('v', {});
writeSync(1, 'ready\n');
store.blobs.put(randomBytes(50_000), 'v');
writeSync(1, 'stored\n');
store.close();
