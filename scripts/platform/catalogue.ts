import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type Database from 'better-sqlite3';
import { z } from 'zod';
import { type CatalogueKey, signedBytes } from '../../main/catalogue/signature.ts';
import { type CatalogueManifest, catalogueVersion, signedCatalogue } from '../../main/sync/catalogue-schemas.ts';
import { managementOperations as operations } from '../../main/sync/management-operations.ts';
import { Refusal } from './http.ts';
import { type Route, route } from './routes.ts';

const schema = `CREATE TABLE IF NOT EXISTS catalogues (version INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;`;
const catalogueRow = z.object({ body: z.string() });

/** POST /v1/tools/catalogue. The texts are published as they stand, so that a bad one can be tried. */
export const catalogueTool = z.strictObject({ version: catalogueVersion, files: signedCatalogue.shape.files });

/** A city's key, made for the day. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  /** As terminals are configured with it. */
  readonly known: CatalogueKey;
}

export function newSigningKey(id = 'stand-in'): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const known = { id, publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64') };
  return { privateKey, known };
}

/** A catalogue as the city hands it to the platform. */
export function signCatalogue(
  { version, files }: z.infer<typeof catalogueTool>,
  { privateKey, known }: SigningKey,
  issuedAt: Date,
): z.infer<typeof signedCatalogue> {
  const manifest: CatalogueManifest = {
    version,
    issuedAt: issuedAt.toISOString(),
    files: Object.entries(files).map(([name, text]) => ({
      name,
      sha256: createHash('sha256').update(text).digest('hex'),
    })),
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  const signature = sign(null, signedBytes(bytes), privateKey).toString('base64');
  return { manifest: bytes.toString('base64'), keyId: known.id, signature, files };
}

/** What the city has published. */
export class Catalogues {
  readonly #database: Database.Database;

  constructor(database: Database.Database) {
    this.#database = database;
    database.exec(schema);
  }

  publish(version: number, signed: z.infer<typeof signedCatalogue>): void {
    this.#database
      .prepare('INSERT OR REPLACE INTO catalogues (version, body) VALUES (?, ?)')
      .run(version, JSON.stringify(signed));
  }

  /** The latest, where that is late enough. */
  latest(atLeast: number): z.infer<typeof signedCatalogue> | undefined {
    const row = this.#database
      .prepare('SELECT body FROM catalogues WHERE version >= ? ORDER BY version DESC LIMIT 1')
      .get(atLeast);
    return row === undefined ? undefined : signedCatalogue.parse(JSON.parse(catalogueRow.parse(row).body));
  }
}

export function catalogueRoutes(catalogues: Catalogues) {
  return {
    catalogue: route(operations.catalogue, async ({ query }) => {
      const body = catalogues.latest(Number(query.version));
      if (!body) throw new Refusal(404, 'no-such-catalogue', `there is no version ${query.version} or later`);
      return { status: 200, body };
    }),
  } satisfies Record<string, Route>;
}
