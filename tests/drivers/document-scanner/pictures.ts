/** The least that passes for a JPEG: it begins and ends as one, and differs from every other by `mark`. */
export function jpeg(mark: string, sizeBytes = 64): Uint8Array {
  const inside = Buffer.alloc(Math.max(0, sizeBytes - 5), mark);
  return Uint8Array.from(Buffer.concat([Buffer.of(0xff, 0xd8, 0xff), inside, Buffer.of(0xff, 0xd9)]));
}

export function png(mark: string): Uint8Array {
  const start = Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return Uint8Array.from(Buffer.concat([start, Buffer.from(mark), Buffer.from('IEND')]));
}
