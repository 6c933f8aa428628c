/** Random numbers that depend on nothing but a seed: the same seed gives the same market, on every machine. */
export interface Random {
  /** From 0 to below 1. */
  uniform(): number;
  /** Mean 0, deviation 1. */
  normal(): number;
  /** With this mean. */
  exponential(mean: number): number;
  poisson(mean: number): number;
}

/** Multiplier of the golden ratio: streams of neighbouring seeds have nothing in common. */
const STREAM_STEP = 0x9e3779b9;

/**
 * Mulberry32: 32 bits of state, plenty for some 10^6 draws.
 * @param stream draws of one stream do not move those of another: what each part of a simulation draws stays the same whatever the others do
 */
export function randomOf(seed: number, stream: number): Random {
  let state = (Math.imul(seed, STREAM_STEP) ^ Math.imul(stream + 1, 0x85ebca6b)) >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    exponential: (mean) => -mean * Math.log(1 - uniform()),
    poisson: (mean) => {
      let count = -1;
      for (let product = 1; product > Math.exp(-mean); count++) product *= uniform();
      return Math.max(0, count);
    },
  };
}
