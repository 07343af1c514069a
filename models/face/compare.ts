/** A face as 512 numbers of length 1. Personal data: lives in memory for one visit, is never stored, sent or logged. */
export type Embedding = Float32Array<ArrayBuffer>;

/** The network's output brought to length 1. */
export function toUnitLength(output: Float32Array): Embedding {
  const length = Math.hypot(...output);
  return output.map((value) => value / length);
}

/** Cosine of the angle between two faces, −1 to 1. */
export function similarity(a: Embedding, b: Embedding): number {
  if (a.length !== b.length) throw new RangeError(`embeddings of ${a.length} and ${b.length} numbers`);
  let [dot, squareA, squareB] = [0, 0, 0];
  for (const [i, value] of a.entries()) {
    dot += value * b[i]!;
    squareA += value * value;
    squareB += b[i]! * b[i]!;
  }
  return dot / Math.sqrt(squareA * squareB);
}
