/** How well counts fit what was expected: the statistic, and the chance that pure luck gives one at least as large. */
export interface Fit {
  statistic: number;
  degrees: number;
  p: number;
}

/** Pearson's test of `counts` against `expected`, whose sums agree. */
export function chiSquare(counts: readonly number[], expected: readonly number[]): Fit {
  let statistic = 0;
  for (const [index, count] of counts.entries()) {
    const mean = expected[index] ?? 0;
    statistic += (count - mean) ** 2 / mean;
  }
  const degrees = counts.length - 1;
  return { statistic, degrees, p: upperGamma(degrees / 2, statistic / 2) };
}

/** Terms after which the series below have long converged for a thousand degrees of freedom. */
const MAX_TERMS = 100_000;
const PRECISION = 1e-15;

/** Regularized upper incomplete gamma function Q(a, x): a series where x is small, a continued fraction (Lentz) where it is large. */
function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  return x < a + 1 ? 1 - scale * lowerSeries(a, x) : scale * upperFraction(a, x);
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < MAX_TERMS && term > sum * PRECISION; n++) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

function upperFraction(a: number, x: number): number {
  let b = x + 1 - a;
  let c = Infinity;
  let d = 1 / b;
  let result = d;
  for (let n = 1; n < MAX_TERMS; n++) {
    const factor = n * (a - n);
    b += 2;
    d = 1 / (b + factor * d);
    c = b + factor / c;
    result *= c * d;
    if (Math.abs(c * d - 1) < PRECISION) break;
  }
  return result;
}

/** ln Γ(x): Stirling's series, raised to where four terms of it are exact to ten digits. */
function logGamma(x: number): number {
  let shift = 0;
  let raised = x;
  for (; raised < 20; raised++) shift += Math.log(raised);
  const inverse = 1 / raised;
  const square = inverse * inverse;
  const correction = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)));
  return (raised - 0.5) * Math.log(raised) - raised + Math.log(2 * Math.PI) / 2 + correction - shift;
}
