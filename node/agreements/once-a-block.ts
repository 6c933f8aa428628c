import { LRUCache } from 'lru-cache';

import type { Admitted, ReadRule } from './read-rules.ts';
import { MAX_ADMITTED } from './limits.ts';

/**
 * A rule that looks at the same wish once in each block: what it goes by is on the chain, and a download shows the same ticket with each of its thousands of
 * requests. Units and peers must not matter to it. Refusals are not remembered.
 */
export function onceABlock(rule: ReadRule, block: () => bigint): ReadRule {
  const admitted = new LRUCache<string, { block: bigint; who: Admitted }>({ max: MAX_ADMITTED });
  return {
    scheme: rule.scheme,
    async admit(read): Promise<Admitted> {
      const wish = `${read.root} ${read.authorization ?? ''}`;
      const now = block();
      const known = admitted.get(wish);
      if (known?.block === now) return known.who;
      const who = await rule.admit(read);
      admitted.set(wish, { block: now, who });
      return who;
    },
  };
}
