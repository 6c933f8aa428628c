import type { MayRead } from './may-read.ts';
import { type Admitted, NO_SHARD, type ReadRule, type ServedShards } from './read-rules.ts';
import { refusal } from './refusals.ts';

/** Without a ticket anybody may read what its owner shares with everybody, and ask at the root of no shard. */
export function publicRule(components: { served: ServedShards; mayRead: Pick<MayRead, 'isPublic'> }): ReadRule {
  const { served, mayRead } = components;
  return {
    scheme: undefined,
    async admit({ root }): Promise<Admitted> {
      if (root === NO_SHARD) return { wallet: undefined, isExempt: false };
      for (const object of await served.of(root))
        if (await mayRead.isPublic(object)) return { wallet: undefined, isExempt: false };
      throw refusal(
        'read-refused',
        'this shard is not public, and the request has no ticket',
        'sign a ticket for this provider and shard with the wallet that stored it, or with one that it is shared with',
      );
    },
  };
}
