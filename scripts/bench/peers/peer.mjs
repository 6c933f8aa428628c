/**
 * What every peer's process does: as the source it has the file and says how to reach it; as the sink it brings the bytes into a file,
 * checked as the library does by itself, and nothing kept for the next time.
 * @param {{ source: (path: string) => Promise<unknown>, get: (address: any, target: string) => Promise<void> }} peer
 */
export function runPeer({ source, get }) {
  process.on('message', async ({ role, path, address }) => {
    try {
      const answer = role === 'source' ? await source(path) : await get(address, path);
      process.send({ answer: answer ?? null });
    } catch (error) {
      process.send({ failure: String(error?.stack ?? error) });
    }
  });
  process.on('disconnect', () => process.exit());
}
