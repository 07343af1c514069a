import type { Database } from 'better-sqlite3';
import { z } from 'zod';
import type { MaterialName } from '../../main/outbox/materials.ts';

export const materialsSchema = `
  CREATE TABLE IF NOT EXISTS materials (
    material_id TEXT PRIMARY KEY, case_number TEXT NOT NULL, terminal_id TEXT NOT NULL,
    size_bytes INTEGER NOT NULL, sha256 TEXT NOT NULL,
    completions INTEGER NOT NULL DEFAULT 0, wrong_hashes INTEGER NOT NULL DEFAULT 0, received_at TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS materials_of_case ON materials (case_number);
`;

const materialRow = z.object({
  materialId: z.string(),
  caseNumber: z.string(),
  sizeBytes: z.int(),
  sha256: z.string(),
  receivedAt: z.string().nullable(),
});
export type WantedMaterial = z.infer<typeof materialRow>;

/** Of one case: papers it named, papers that are whole and right, and how often one came wrong or was concluded again. */
export const materialCounts = z.object({
  wanted: z.int(),
  complete: z.int(),
  wrongHashes: z.int(),
  duplicates: z.int(),
});
export type MaterialCounts = z.infer<typeof materialCounts>;
const countsRow = materialCounts.extend({ caseNumber: z.string() });
const none: MaterialCounts = { wanted: 0, complete: 0, wrongHashes: 0, duplicates: 0 };

/** Papers that cases have named, and what arrived of them. */
export class Materials {
  readonly #database: Database;

  /** The tables of `materialsSchema` are there. */
  constructor(database: Database) {
    this.#database = database;
  }

  expect(terminalId: string, caseNumber: string, named: readonly MaterialName[]): void {
    const insert = this.#database.prepare(
      'INSERT INTO materials (material_id, case_number, terminal_id, size_bytes, sha256) VALUES (?, ?, ?, ?, ?)',
    );
    for (const { materialId, sizeBytes, sha256 } of named)
      insert.run(materialId, caseNumber, terminalId, sizeBytes, sha256);
  }

  /** `undefined` where no case of this terminal has named it. */
  find(terminalId: string, materialId: string): WantedMaterial | undefined {
    return materialRow.optional().parse(
      this.#database
        .prepare(
          `SELECT material_id AS materialId, case_number AS caseNumber, size_bytes AS sizeBytes, sha256,
             received_at AS receivedAt
           FROM materials WHERE terminal_id = ? AND material_id = ?`,
        )
        .get(terminalId, materialId),
    );
  }

  hasHash(materialId: string, sha256: string): boolean {
    const sql = 'SELECT 1 FROM materials WHERE material_id = ? AND sha256 = ?';
    return this.#database.prepare(sql).get(materialId, sha256) !== undefined;
  }

  /** The last byte has come. Right more than once, and the terminal has sent the same paper twice over. */
  conclude(materialId: string, isRight: boolean, receivedAt: string): void {
    const change = isRight ? 'completions = completions + 1, received_at = ?' : 'wrong_hashes = wrong_hashes + 1';
    const values = isRight ? [receivedAt, materialId] : [materialId];
    this.#database.prepare(`UPDATE materials SET ${change} WHERE material_id = ?`).run(...values);
  }

  countsByCase(): (caseNumber: string) => MaterialCounts {
    const rows = this.#database
      .prepare(
        `SELECT case_number AS caseNumber, count(*) AS wanted, sum(received_at IS NOT NULL) AS complete,
           sum(wrong_hashes) AS wrongHashes, sum(max(0, completions - 1)) AS duplicates
         FROM materials GROUP BY case_number`,
      )
      .all()
      .map((row) => countsRow.parse(row));
    const byCase = new Map(rows.map(({ caseNumber, ...counts }) => [caseNumber, counts]));
    return (caseNumber) => byCase.get(caseNumber) ?? none;
  }
}
