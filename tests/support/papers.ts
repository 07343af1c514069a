import { randomBytes, randomUUID } from 'node:crypto';
import type { NewMaterial } from '../../main/outbox/materials.ts';
import type { Store } from '../../main/storage/open.ts';

/** A page of `sizeBytes` random bytes, stored for the visit in progress, as `Outbox.accept` takes it. */
export function paper(store: Store, visitId: string, sizeBytes = 700, label = 'household-register'): NewMaterial {
  const stored = store.blobs.put(randomBytes(sizeBytes), visitId);
  return { materialId: randomUUID(), label, mediaType: 'image/jpeg', ...stored };
}
