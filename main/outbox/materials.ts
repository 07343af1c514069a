import { z } from 'zod';
import { maxBlobBytes } from '../storage/blob-limits.ts';

/** Papers that one case may bring. */
export const maxMaterials = 200;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** A paper as its case names it, so that the platform knows what is to come. */
export const materialName = z.strictObject({
  materialId: z.uuid(),
  label: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,59}$/)
    .describe('What the form calls it, such as `household-register`: a code, nothing that a person wrote.'),
  mediaType: z.enum(['image/jpeg', 'image/png', 'application/pdf']),
  sizeBytes: z.int().min(1).max(maxBlobBytes),
  sha256: sha256.describe('Of the content.'),
});
export type MaterialName = z.infer<typeof materialName>;

/** The same with the place where this terminal keeps it. */
export const newMaterial = materialName.extend({ blobId: z.string().regex(/^[0-9a-f]{64}$/) });
export type NewMaterial = z.infer<typeof newMaterial>;

/** What the job of a material says of it. */
export const materialBody = materialName.extend({ caseId: z.uuid(), caseNumber: z.string().min(1).max(40) });
export type MaterialBody = z.infer<typeof materialBody>;
