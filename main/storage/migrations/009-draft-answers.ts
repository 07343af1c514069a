import type { Migration } from './index.ts';

export const draftAnswers: Migration = {
  version: 9,
  sql: `
    -- As held of jobs, a word that here is the visit's: the platform asked to wait, so a line that comes back changes nothing.
    ALTER TABLE drafts ADD COLUMN told_to_wait INTEGER NOT NULL DEFAULT 0 CHECK (told_to_wait IN (0, 1));
    -- What the platform had once says nothing of a later form: upload tells of the one that is here.
    ALTER TABLE drafts DROP COLUMN confirmed;
  `,
};
