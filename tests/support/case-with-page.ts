import { Buffer } from 'node:buffer';
import type { NewCase } from '../../main/outbox/outbox.ts';
import type { Store } from '../../main/storage/open.ts';

export const theCaseId = '5f0c1f5e-3d3a-4b8e-9a39-2f6f8b0d7a01';
export const thePage = Buffer.alloc(3_000, 'a page that a resident brought\n');

/** A visit that hands in one case; the same each time, as when it is taken up again. */
export function caseAlone(store: Store, number: number): NewCase {
  store.visits.save('the-visit', { page: 'submit' });
  return {
    caseId: theCaseId,
    caseNumber: `A${number}`,
    serviceId: 'S10',
    visitId: 'the-visit',
    body: {
      caseNumber: `A${number}`,
      serviceId: 'S10',
      acceptedAt: '2026-11-21T08:00:00.000Z',
      filler: 'x'.repeat(5_000),
    },
  };
}

/** The same with a page that was scanned. */
export function caseWithPage(store: Store, number: number): NewCase {
  const alone = caseAlone(store, number);
  const { blobId, sizeBytes, sha256 } = store.blobs.put(thePage, 'the-visit');
  const materialId = '0b8e4c1a-97a5-4ad4-8d0e-6a1f6d2f9b02';
  return {
    ...alone,
    materials: [{ materialId, label: 'household-register', mediaType: 'image/jpeg', blobId, sizeBytes, sha256 }],
  };
}
