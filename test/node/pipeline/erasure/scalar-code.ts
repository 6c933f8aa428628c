/** The code by its definition, bit by bit: what the kernel is checked against. Shares nothing with the code under test. */
export function slowMultiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 0; bit < 8; bit++) if ((b >> bit) & 1) product ^= a << bit;
  for (let bit = 15; bit >= 8; bit--) if ((product >> bit) & 1) product ^= 0x11d << (bit - 8);
  return product;
}

export function slowInverse(a: number): number {
  for (let b = 1; b < 256; b++) if (slowMultiply(a, b) === 1) return b;
  throw new Error(`${a} has no inverse`);
}

/** Parity cell `index` (>= k) of k data cells. */
export function slowParity(data: readonly Uint8Array[], index: number): Uint8Array {
  const out = new Uint8Array(data[0]?.length ?? 0);
  for (const [j, cell] of data.entries()) {
    const factor = slowInverse(index ^ j);
    const products = Uint8Array.from({ length: 256 }, (_, x) => slowMultiply(factor, x));
    for (let p = 0; p < out.length; p++) out[p] = (out[p] ?? 0) ^ (products[cell[p] ?? 0] ?? 0);
  }
  return out;
}
