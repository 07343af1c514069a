import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Outbox } from '../../main/outbox/outbox.ts';
import { aesGcmCipher } from '../../main/storage/cipher.ts';
import { fileKey } from '../../main/storage/key-file.ts';
import { openStore } from '../../main/storage/open.ts';
import { httpPlatform } from '../../main/sync/platform.ts';
import type { CaseBody, RatingBody } from '../../main/sync/schemas.ts';

// A terminal at which one resident after another submits and rates, until it is killed. Prints each case number as soon as
// `accept` has returned, which is when a screen would say "accepted", and delivers all the while.
const [folder = '', baseUrl = '', token = ''] = process.argv.slice(2);
const file = join(folder, 'store.db');
const store = openStore(file, { cipher: aesGcmCipher(fileKey(join(folder, 'store.key'), file)) });
const { deliver } = httpPlatform({ baseUrl, terminalId: 'T-0001', token });
const outbox = new Outbox({ store, deliver });
void outbox.run(new AbortController().signal);

for (;;) {
  const caseId = randomUUID();
  const caseNumber = `A${store.counters.nextNumber('case')}`;
  const at = new Date().toISOString();
  const body: CaseBody = {
    ...{ caseId, caseNumber, serviceId: 'S10', serviceVersion: 1, language: 'zh-CN', acceptedAt: at },
    ...{
      person: { name: '魏长青', idNumber: '23029919510309001X' },
      assurance: 'document',
      answers: { delivery: 'post' },
    },
  };
  const rating: RatingBody = { caseId, caseNumber, stars: 5, ratedAt: at };
  outbox.accept({ caseId, caseNumber, serviceId: 'S10', visitId: caseId, body });
  process.stdout.write(`${caseNumber}\n`);
  outbox.add({ caseId, kind: 'rating', body: rating });
  outbox.removeDelivered(caseId);
  await setTimeout(Math.random() * 6);
}
