import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Commands, replies and reports from public manuals; the codes in them are invented. */
const schema = z.object({
  frames: z.array(z.object({ id: z.string(), dir: z.enum(['host', 'device']), hex: z.string() })),
});
export const vectors = schema.parse(JSON.parse(readFileSync(new URL('frames.json', import.meta.url), 'utf8')));

export function bytes(hex: string): Buffer {
  return Buffer.from(hex.replace(/\s/g, ''), 'hex');
}

export function frame(id: string): Buffer {
  const found = vectors.frames.find((candidate) => candidate.id === id);
  if (!found) throw new Error(`no frame ${id}`);
  return bytes(found.hex);
}

export function hex(some: Uint8Array): string {
  return Buffer.from(some).toString('hex').toUpperCase();
}
