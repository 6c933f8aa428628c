/** Where things lie, by the formulas of docs/formats.md, in whole numbers of any size. */
const FRAME = 1_048_576n;
const CELL = 262_144n;
const UNIT = 65_536n;

const KS = [1n, 2n, 3n, 4n, 10n, 29n, 128n, 255n];

interface LayoutVector {
  k: number;
  plainBytes: number;
  frames: number;
  cipherBytes: number;
  stripes: number;
  lastCellBytes: number;
  unitsPerShard: number;
}

export function layoutBy(plain: bigint, k: bigint): LayoutVector {
  const frames = plain === 0n ? 1n : ceil(plain, FRAME);
  const cipher = plain + 16n * frames;
  const stripes = ceil(cipher, k * CELL);
  const rest = cipher - (stripes - 1n) * k * CELL;
  const lastCell = ceil(ceil(rest, k), UNIT) * UNIT;
  return {
    k: Number(k),
    plainBytes: Number(plain),
    frames: Number(frames),
    cipherBytes: Number(cipher),
    stripes: Number(stripes),
    lastCellBytes: Number(lastCell),
    unitsPerShard: Number(1n + 4n * (stripes - 1n) + lastCell / UNIT),
  };
}

/** Each k at each boundary: units, cells, frames and stripes of ciphertext, one byte to each side, and large ones. */
export function layoutVectors(): LayoutVector[] {
  return KS.flatMap((k) => {
    const stripe = k * CELL - 16n * ceil(k * CELL, FRAME + 16n);
    const around = [UNIT - 16n, k * UNIT - 16n, FRAME, stripe, 7n * FRAME, 1n << 40n].flatMap((n) => [
      n - 1n,
      n,
      n + 1n,
    ]);
    const sizes = [0n, 1n, ...around, 16n * (1n << 40n) - 12_345n].toSorted((a, b) => (a < b ? -1 : 1));
    return [...new Set(sizes)].map((plain) => layoutBy(plain, k));
  });
}

function ceil(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
