import { to0x } from '../../core/bytes.ts';
import type { ShardSource } from '../../transfer/read-handler.ts';
import type { ShardCache } from './shard-cache.ts';

/** What is held under agreements, and what is cached, as one source. */
export function eitherSource(held: ShardSource, cache: ShardCache): ShardSource {
  const sourceOf = (root: Uint8Array): ShardSource => (cache.has(to0x(root)) ? cache : held);
  return {
    units: async (root) => sourceOf(root).units(root),
    readUnits: (root, from, count) => sourceOf(root).readUnits(root, from, count),
    unitRoots: async (root) => sourceOf(root).unitRoots(root),
  };
}
