import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Frames and text blocks with recomputed check bytes; specimen numbers and invented people only. */
const schema = z.object({
  textBlocks: z.array(z.object({ id: z.string(), hex: z.string(), decoded: z.record(z.string(), z.string()) })),
  frames: z.array(
    z.object({ id: z.string(), hex: z.string(), valid: z.literal(false).optional(), decoded: z.unknown().optional() }),
  ),
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

export function textBlock(id: string): Buffer {
  const found = vectors.textBlocks.find((candidate) => candidate.id === id);
  if (!found) throw new Error(`no text block ${id}`);
  return bytes(found.hex);
}
