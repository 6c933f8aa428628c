import { LRUCache } from 'lru-cache';

import type { Address, AgreementId } from '../../market/messages.ts';
import { MAX_LOST_SHARDS, REPAIR_RETRY_MAX_BLOCKS } from '../limits.ts';
import { retryBlocks } from '../retries.ts';

/** What came of looking at a lost shard. */
export type Verdict =
  /** It is repaired, too late, or none of ours. */
  | { readonly kind: 'over' }
  /** Its client does not pay for a repair now; it may later. */
  | { readonly kind: 'unpaid'; readonly client: Address }
  | { readonly kind: 'later'; readonly blocks: bigint };

export const OVER: Verdict = { kind: 'over' };

interface LostShard {
  readonly lost: AgreementId;
  /** Block from which it is looked at again; undefined while its client does not pay. */
  dueBlock: bigint | undefined;
  client: Address | undefined;
  failures: number;
}

/** Shards that were lost and that this provider may repair: what the log told since the start, and when each is looked at again. */
export class LostShards {
  readonly #shards = new LRUCache<AgreementId, LostShard>({ max: MAX_LOST_SHARDS });
  /** Those that are done with: the log is read twice where blocks may be replaced. */
  readonly #over = new LRUCache<AgreementId, true>({ max: MAX_LOST_SHARDS });

  /** Takes in what the log says. Of a shard that is known already, a bid may have been posted: it is looked at again. */
  add(lost: readonly AgreementId[], block: bigint): void {
    for (const id of lost) {
      if (this.#over.has(id)) continue;
      const known = this.#shards.get(id);
      if (known === undefined) this.#shards.set(id, { lost: id, dueBlock: block, client: undefined, failures: 0 });
      else if (known.dueBlock === undefined) known.dueBlock = block;
    }
  }

  /** Clients that pay from now on. */
  wake(clients: readonly Address[], block: bigint): void {
    const woken = new Set(clients.map((client) => client.toLowerCase()));
    for (const shard of this.#shards.values())
      if (shard.client !== undefined && woken.has(shard.client.toLowerCase())) shard.dueBlock ??= block;
  }

  /** The longest waiting first. */
  due(block: bigint, max: number): AgreementId[] {
    return [...this.#shards.values()]
      .toReversed()
      .filter(({ dueBlock }) => dueBlock !== undefined && dueBlock <= block)
      .toSorted((a, b) => Number((a.dueBlock ?? 0n) - (b.dueBlock ?? 0n)))
      .slice(0, max)
      .map(({ lost }) => lost);
  }

  settle(id: AgreementId, verdict: Verdict, block: bigint): void {
    const shard = this.#shards.get(id);
    if (shard === undefined) return;
    shard.failures = 0;
    if (verdict.kind === 'over') {
      this.#shards.delete(id);
      this.#over.set(id, true);
    } else if (verdict.kind === 'unpaid') {
      shard.client = verdict.client;
      shard.dueBlock = undefined;
    } else shard.dueBlock = block + verdict.blocks;
  }

  /** @returns how often in a row it failed */
  failed(id: AgreementId, block: bigint): number {
    const shard = this.#shards.get(id);
    if (shard === undefined) return 0;
    shard.failures += 1;
    shard.dueBlock = block + retryBlocks(shard.failures, REPAIR_RETRY_MAX_BLOCKS);
    return shard.failures;
  }
}
