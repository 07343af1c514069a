import { writeSync } from 'node:fs';
import { Outbox } from '../../main/outbox/outbox.ts';
import { aesGcmCipher } from '../../main/storage/cipher.ts';
import { openStore } from '../../main/storage/open.ts';
import { claimPaper } from './claim-paper.ts';

// Writes as a terminal does, and says after each call, by a write of its own, that it has returned.
const store = openStore(process.argv[2] ?? '', { cipher: aesGcmCipher(Buffer.alloc(32, 7)) });
const outbox = new Outbox({ store, deliver: async () => ({ outcome: 'retry', cause: 'unexpected' }) });

const say = (what: string): unknown => writeSync(1, `${what}\n`);
const accept = (caseNumber: string): void =>
  outbox.accept({
    caseId: caseNumber,
    caseNumber,
    serviceId: 'S10',
    visitId: 'v',
    body: { filler: 'x'.repeat(5_000) },
  });

accept('A1');
say('accepted');
store.visits.save('v', { page: 'review' });
say('visit saved');
claimPaper(store, 'paper');
say('paper claimed');
store.counters.nextNumber('case');
say('numbered');
accept('A2');
say('accepted again');
store.close();
