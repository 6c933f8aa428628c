/** The texts of data-path.json: byte i is (i + (i >> 8) x 31 + (i >> 16) x 59 + seed) mod 256. */
export function seededBytes(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = i + (i >> 8) * 31 + (i >> 16) * 59 + seed;
  return bytes;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function unhex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

/** A non-negative integer in `length` bytes, big-endian. */
export function bigEndian(value: bigint | number, length: number): Uint8Array {
  return unhex(
    BigInt(value)
      .toString(16)
      .padStart(2 * length, '0'),
  );
}
