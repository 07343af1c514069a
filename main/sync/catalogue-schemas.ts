import { z } from 'zod';

/** A catalogue of services as the city signs it and the platform hands it out. Nothing personal. */

export const catalogueVersion = z
  .int()
  .min(1)
  .max(2 ** 31);
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,59}\.json$/);

/** What is signed, as UTF-8 JSON: every file of the catalogue, so that none can be left out, added or exchanged. */
export const catalogueManifest = z.strictObject({
  /** Counts up. A lower one than was ever taken is refused. */
  version: catalogueVersion,
  issuedAt: z.iso.datetime(),
  files: z
    .array(z.strictObject({ name: fileName, sha256: z.string().regex(/^[0-9a-f]{64}$/) }))
    .min(1)
    .max(200),
});
export type CatalogueManifest = z.infer<typeof catalogueManifest>;

/** GET /v1/catalogue?version=N: that one, or a later. */
export const catalogueQuery = z.strictObject({ version: z.string().regex(/^[1-9]\d{0,9}$/) });

export const signedCatalogue = z.object({
  manifest: z
    .string()
    .regex(BASE64)
    .max(96 * 1024)
    .describe('The bytes that are signed.'),
  keyId: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .describe('Which of the city’s keys.'),
  signature: z
    .string()
    .regex(BASE64)
    .max(200)
    .describe('Ed25519 (RFC 8032) over `jiujin-catalogue-1`, a line feed, and the bytes of `manifest`.'),
  files: z.record(fileName, z.string().max(256 * 1024)).describe('Text of each file, by name.'),
});
export type SignedCatalogue = z.infer<typeof signedCatalogue>;
