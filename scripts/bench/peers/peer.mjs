/**
 * What every peer's process does: as the source it has the file and says how to reach it; as the sink it brings the bytes into a file,
 * checked as the library does by itself, and nothing kept for the next time.
 * @param {{ source: (path: string) => Promise<unknown>, get: (address: any, target: string) => Promise<void> }} peer
 */
export function runPeer({ source, get }) {
  const answer = async ({ role, path, address }) => {
    try {
      const found = role === 'source' ? await source(path) : await get(address, path);
      process.send({ answer: found ?? null });
    } catch (error) {
      process.send({ failure: String(error?.stack ?? error) });
    }
  };
  process.on('message', (question) => void answer(question));
  process.on('disconnect', () => process.exit());
}
