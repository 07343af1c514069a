import { join } from 'node:path';
import type { Delivery } from '../../main/outbox/delivery.ts';
import { Outbox } from '../../main/outbox/outbox.ts';
import { aesGcmCipher } from '../../main/storage/cipher.ts';
import type { Store } from '../../main/storage/open.ts';
import { openOrRecover } from '../../main/storage/recovery.ts';

export const cipher = aesGcmCipher(Buffer.alloc(32, 7));
export const SERIES = 'case-20261121';

export const openIn = (folder: string, nowMs = Date.now()): Store =>
  openOrRecover(join(folder, 'jiujin.db'), { cipher }, nowMs);

/** Accepts as many cases, each with a number of its own; every third is larger than a page. */
export function acceptCases(store: Store, count: number, from = 0): string[] {
  const outbox = new Outbox({ store, deliver: async () => ({ outcome: 'retry', cause: 'unexpected' }) });
  return Array.from({ length: count }, (_, index) => {
    const caseId = `case-${from + index}`;
    const caseNumber = `A${store.counters.nextNumber(SERIES)}`;
    const acceptedAt = new Date().toISOString();
    const filler = 'x'.repeat(index % 3 === 0 ? 6_000 : 300);
    const body = { caseId, caseNumber, serviceId: 'S10', acceptedAt, filler };
    outbox.accept({ caseId, caseNumber, serviceId: 'S10', visitId: `visit-${caseId}`, body });
    return caseNumber;
  });
}

/** Delivers all that waits. What arrived, by case number and how many keys it came under; what was set aside is counted. */
export async function deliverAll(store: Store): Promise<{ arrived: Map<string, Set<string>>; setAside: number }> {
  const arrived = new Map<string, Set<string>>();
  const outbox = new Outbox({
    store,
    deliver: async ({ body, idempotencyKey }: Delivery) => {
      const { caseNumber } = JSON.parse(Buffer.from(body).toString('utf8'));
      arrived.set(caseNumber, (arrived.get(caseNumber) ?? new Set()).add(idempotencyKey));
      return { outcome: 'delivered', result: {} };
    },
  });
  const stop = new AbortController();
  const running = outbox.run(stop.signal);
  for (let turns = 0; outbox.stats().waiting + outbox.stats().sending > 0 && turns < 10_000; turns += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  stop.abort();
  await running;
  return { arrived, setAside: outbox.stats().rejected };
}
