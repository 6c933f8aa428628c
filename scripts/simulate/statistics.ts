export interface Estimate {
  readonly mean: number;
  /** Standard error of the mean; 0 for a single value. */
  readonly error: number;
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Root of the mean squared distance from the mean. */
export function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
}

export function estimateOf(values: readonly number[]): Estimate {
  const n = values.length;
  return { mean: meanOf(values), error: n < 2 ? 0 : deviationOf(values) / Math.sqrt(n - 1) };
}

/** 0 when all have the same, near 1 when one has everything. */
export function giniOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const total = sorted.reduce((sum, value) => sum + value, 0);
  if (total <= 0) return 0;
  const weighted = sorted.reduce((sum, value, index) => sum + (2 * (index + 1) - sorted.length - 1) * value, 0);
  return weighted / (sorted.length * total);
}

/** The value below which `share` of the values lie. */
export function quantileOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
