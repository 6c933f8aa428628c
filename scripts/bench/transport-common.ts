/** What both processes of the transport benchmark agree on. */

const MEBIBYTE = 1_048_576;
export const SIZE_BYTES = 256 * MEBIBYTE;
export const BENCH_ROOT: Uint8Array = new Uint8Array(32).fill(9);
/** Not a secret: both processes are ours and end with the benchmark. */
export const SERVER_KEY: Uint8Array = new Uint8Array(32).fill(1);
export const CLIENT_KEY: Uint8Array = new Uint8Array(32).fill(2);

const CHUNK = new Uint8Array(MEBIBYTE / 4);

/** `byteLength` bytes in chunks of 256 KiB, without any work to make them. */
export async function* zeros(byteLength: number): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < byteLength; sent += CHUNK.byteLength) yield CHUNK.subarray(0, byteLength - sent);
}
