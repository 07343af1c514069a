import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { z } from 'zod';
import { CatalogueError } from '../flows/catalogue.ts';
import { type CatalogueManifest, catalogueManifest, type SignedCatalogue } from '../sync/catalogue-schemas.ts';

/** A key with which the city signs catalogues, as it stands in the terminal's configuration. */
export const catalogueKey = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,40}$/),
  /** SubjectPublicKeyInfo (RFC 8410) in base64: 60 characters for Ed25519. */
  publicKey: z.base64().refine((text) => keyOf(text) !== undefined, 'not an Ed25519 public key'),
});
export type CatalogueKey = z.infer<typeof catalogueKey>;

/** So that nothing else which the same key ever signs passes for a catalogue. */
const DOMAIN = Buffer.from('jiujin-catalogue-1\n');

export function signedBytes(manifest: Uint8Array): Uint8Array {
  return Buffer.concat([DOMAIN, manifest]);
}

/** The manifest of a catalogue whose signature and files are right. Throws a CatalogueError that says what is not. */
export function verifyCatalogue(signed: SignedCatalogue, keys: readonly CatalogueKey[]): CatalogueManifest {
  const { keyId, signature, files } = signed;
  const publicKey = keys.find(({ id }) => id === keyId)?.publicKey;
  const key = publicKey === undefined ? undefined : keyOf(publicKey);
  if (!key) throw new CatalogueError(`signed with the key "${keyId}", which is not known here`);
  const bytes = Buffer.from(signed.manifest, 'base64');
  if (!verify(null, signedBytes(bytes), key, Buffer.from(signature, 'base64'))) {
    throw new CatalogueError(`the signature by "${keyId}" does not fit`);
  }
  const manifest = manifestOf(bytes);
  const names = manifest.files.map(({ name }) => name);
  if (new Set(names).size !== names.length) throw new CatalogueError('the manifest names a file twice');
  const added = Object.keys(files).find((name) => !names.includes(name));
  if (added !== undefined) throw new CatalogueError(`${added}: not in the manifest`);
  for (const { name, sha256 } of manifest.files) {
    const text = files[name];
    if (text === undefined) throw new CatalogueError(`${name}: missing`);
    if (createHash('sha256').update(text).digest('hex') !== sha256) {
      throw new CatalogueError(`${name}: not the file that was signed`);
    }
  }
  return manifest;
}

function manifestOf(bytes: Uint8Array): CatalogueManifest {
  let data: unknown;
  try {
    data = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new CatalogueError('the manifest is not JSON in UTF-8', { cause });
  }
  const parsed = catalogueManifest.safeParse(data);
  if (!parsed.success) throw new CatalogueError(`the manifest: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function keyOf(base64: string): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined; // whatever it is, it is no such key: the caller says so
  }
}
