import { createWriteStream } from 'node:fs';
import { Writable } from 'node:stream';

const WRITE_BYTES = 1_048_576;

/**
 * Where a peer's bytes go: into a file, or nowhere.
 * @param {string | undefined} target
 */
export function sinkOf(target) {
  if (target !== undefined) return createWriteStream(target, { highWaterMark: WRITE_BYTES });
  return new Writable({ highWaterMark: WRITE_BYTES, write: (_chunk, _encoding, done) => done() });
}

/**
 * What every peer's process does: as the source it has the file and says how to reach it; as the sink it brings the bytes into a file,
 * or nowhere, checked as the library does by itself, and nothing kept for the next time.
 * @param {{ source: (path: string) => Promise<unknown>, get: (address: any, target: string | undefined) => Promise<void> }} peer
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
