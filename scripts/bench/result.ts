/** One line of a bench. `goal` and `met` stand wherever an issue names a figure; `ratio` is peer's median over ours. */
export interface BenchResult {
  readonly id: string;
  readonly unit: 'ms';
  readonly median: number;
  readonly p95?: number;
  readonly peer?: { readonly id: string; readonly median: number };
  readonly ratio?: number;
  readonly goal?: number;
  readonly met?: boolean;
}

/** Median and 95th percentile of what was measured. */
export function summary(id: string, samples: readonly number[]): BenchResult {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  return { id, unit: 'ms', median: rounded(at(0.5)), p95: rounded(at(0.95)) };
}

/** To a hundredth: what lies below is noise. */
function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
