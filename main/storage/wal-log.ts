import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

// sqlite.org/fileformat2.html, section 4: a header of 32 bytes, then frames of a 24-byte header and one page each.
const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
const MAGIC = 0x377f0682; // with its last bit set, checksums are of big-endian words
/** Far beyond what the log is let grow to. What is longer is left to the engine's own reading. */
const LONGEST_BYTES = 256 * 1024 * 1024;

/**
 * Whether the log at `path` has lost transactions that were committed. SQLite reads a log up to the first frame whose checksum
 * does not fit and drops the rest without a word, as a power cut leaves exactly that: one transaction that was never synced.
 * Where a further transaction of the same log stands behind it, the frame was whole once: each commit is synced before the
 * next begins (`synchronous=FULL`). Damage in the very last transaction cannot be told from a power cut, nor can that of the salts
 * in the last frame of the one before, which make one of the two.
 */
export function logLostCommits(path: string): boolean {
  const log = readLog(path);
  if (log === undefined || log.length < HEADER_BYTES + FRAME_HEADER_BYTES) return false;
  const magic = log.readUInt32BE(0);
  const pageBytes = log.readUInt32BE(8);
  const bigEndian = (magic & 1) === 1;
  const sumOf = summing(log, bigEndian);
  const headerSum = sumOf([0, 0], 0, 24);
  const isHeader = magic >>> 1 === MAGIC >>> 1 && fits(headerSum, log, 24) && pageBytes >= 512 && pageBytes <= 65_536;
  if (!isHeader) return true;

  const frameBytes = FRAME_HEADER_BYTES + pageBytes;
  const frames = Math.floor((log.length - HEADER_BYTES) / frameBytes);
  let sum = headerSum;
  let broken = false;
  let committedBehind = false;
  for (let frame = 0; frame < frames; frame += 1) {
    const at = HEADER_BYTES + frame * frameBytes;
    const ofThisLog = log.compare(log, 16, 24, at + 8, at + 16) === 0; // the salts; frames of the log before have others
    if (broken && committedBehind && ofThisLog) return true;
    if (!broken) {
      sum = sumOf(sumOf(sum, at, at + 8), at + FRAME_HEADER_BYTES, at + frameBytes);
      broken = !ofThisLog || !fits(sum, log, at + 16);
    }
    if (broken && ofThisLog && log.readUInt32BE(at + 4) !== 0) committedBehind = true;
  }
  return false;
}

function readLog(path: string): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { size } = fstatSync(file);
    if (size > LONGEST_BYTES) return undefined;
    const bytes = Buffer.alloc(size);
    return bytes.subarray(0, readSync(file, bytes, 0, size, 0));
  } finally {
    closeSync(file);
  }
}

type Sum = readonly [number, number];

/** Section 4.2: two running sums over pairs of words, modulo 2^32. */
function summing(log: Buffer, bigEndian: boolean): (sum: Sum, from: number, to: number) => Sum {
  const word = (at: number): number => (bigEndian ? log.readUInt32BE(at) : log.readUInt32LE(at));
  return ([first, second], from, to) => {
    let [s0, s1] = [first, second];
    for (let at = from; at < to; at += 8) {
      s0 = (s0 + word(at) + s1) >>> 0;
      s1 = (s1 + word(at + 4) + s0) >>> 0;
    }
    return [s0, s1];
  };
}

function fits([s0, s1]: Sum, log: Buffer, at: number): boolean {
  return log.readUInt32BE(at) === s0 && log.readUInt32BE(at + 4) === s1;
}
