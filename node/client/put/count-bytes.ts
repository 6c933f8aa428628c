/** The same bytes, with the running total told to `onBytes`. */
export async function* countBytes(
  source: AsyncIterable<Uint8Array>,
  onBytes: (total: number) => void,
): AsyncGenerator<Uint8Array> {
  let total = 0;
  for await (const chunk of source) {
    yield chunk;
    total += chunk.byteLength;
    onBytes(total);
  }
}
