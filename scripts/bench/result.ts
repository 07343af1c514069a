/** One line of a bench. `goal` and `met` stand wherever an issue names a figure; `ratio` above 1: ours is faster than the peer. */
export interface BenchResult {
  readonly id: string;
  readonly unit: 'ms' | '1/s' | '×' | 'kB';
  readonly median: number;
  readonly p95?: number;
  readonly peer?: { readonly id: string; readonly median: number };
  readonly ratio?: number;
  readonly goal?: number;
  readonly met?: boolean;
}

/** Median and 95th percentile of what was measured. */
export function summary(id: string, samples: readonly number[]): BenchResult {
  return { id, unit: 'ms', median: rounded(quantile(samples, 0.5)), p95: rounded(quantile(samples, 0.95)) };
}

/** Median of rates per second. */
export function rates(id: string, samples: readonly number[]): BenchResult {
  return { id, unit: '1/s', median: rounded(quantile(samples, 0.5)) };
}

function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

/** To a hundredth: what lies below is noise. */
function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
