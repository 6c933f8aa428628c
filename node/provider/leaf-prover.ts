import type { Draw } from '../chain/records.ts';
import { fromHex } from '../core/bytes.ts';
import { isStowError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { DIGEST_BYTES, LEAF_BYTES } from '../core/units.ts';
import type { ShardStore } from '../store/shard-store.ts';
import type { StoreHealth } from './store-health.ts';

export interface LeafProverComponents {
  store: Pick<ShardStore, 'readLeafProof'>;
  health: Pick<StoreHealth, 'requireHealthy'>;
  logger: Logger;
}

/** What the disk says of one shard, as against of the whole disk: only these count as the loss of the shard. */
const LOSSES = ['shard-missing', 'shard-corrupt', 'store-io'] as const;

/** Opens drawn leaves from the shards on disk. */
export class LeafProver {
  readonly #components: LeafProverComponents;

  constructor(components: LeafProverComponents) {
    this.#components = components;
  }

  /**
   * The leaf and its siblings, verified against the root; undefined when the shard is missing or damaged.
   * @throws what the store throws for any other reason
   */
  async open(draw: Draw): Promise<Uint8Array | undefined> {
    const { store, logger } = this.#components;
    try {
      const proof = await store.readLeafProof(fromHex(draw.root, DIGEST_BYTES), Number(draw.leaf));
      // A shard of another length than the chain's has another depth; it is not the shard that was signed for.
      if (proof.byteLength === LEAF_BYTES + draw.depth * DIGEST_BYTES) return proof;
      logger.error(
        { shard: draw.root, depth: draw.depth, bytes: proof.byteLength },
        'a drawn shard has another depth on disk',
      );
      return undefined;
    } catch (error) {
      if (!LOSSES.some((code) => isStowError(error, code))) throw error;
      logger.error(
        { shard: draw.root, leaf: Number(draw.leaf), reason: messageOf(error) },
        'a drawn leaf cannot be read',
      );
      return undefined;
    }
  }

  /** @throws StowError `store-unhealthy` when more than single shards may be wrong */
  async requireHealthy(): Promise<void> {
    await this.#components.health.requireHealthy();
  }
}
