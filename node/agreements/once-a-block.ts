import { LRUCache } from 'lru-cache';

import type { ReadRule } from './read-rules.ts';
import { MAX_ADMITTED } from './limits.ts';

/**
 * A rule that looks at the same wish once in each block: what it goes by is on the chain, and a download shows the same ticket with each of its thousands of
 * requests. Units and peers must not matter to it. Refusals are not remembered.
 */
export function onceABlock(rule: ReadRule, block: () => bigint): ReadRule {
  const admitted = new LRUCache<string, bigint>({ max: MAX_ADMITTED });
  return {
    scheme: rule.scheme,
    async admit(read): Promise<void> {
      const wish = `${read.root} ${read.authorization ?? ''}`;
      const now = block();
      if (admitted.get(wish) === now) return;
      await rule.admit(read);
      admitted.set(wish, now);
    },
  };
}
