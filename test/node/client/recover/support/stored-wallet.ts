import { randomBytes } from 'node:crypto';

import { Catalogue } from '../../../../../node/client/catalogue.ts';
import type { VerifyComponents } from '../../../../../node/client/recover/verify-objects.ts';
import type { StoredObject } from '../../../../../node/client/stored-object.ts';
import { toHex, to0x } from '../../../../../node/core/bytes.ts';
import { silentLogger } from '../../../../../node/core/logger.ts';
import { UNIT_BYTES } from '../../../../../node/core/units.ts';
import { newObjectSecret } from '../../../../../node/pipeline/encrypt/frame-key.ts';
import { ObjectEncoder } from '../../../../../node/pipeline/encode/object-encoder.ts';
import { ownerPublicKey, type EnvelopeContent } from '../../../../../node/pipeline/header/envelope.ts';
import { ShardCommitment } from '../../../../../node/pipeline/merkle/commitment.ts';
import { newObjectKey } from '../../../../../node/pipeline/object-key.ts';
import type { Holder } from '../../../../../node/transfer/read/holder.ts';
import type { ShardAccess } from '../../../../../node/transfer/read/shard-access.ts';
import { chunksOf, collect, OWNER_PRIVATE_KEY } from '../../../pipeline/object-fixture.ts';
import { fakeProvider } from '../../support/fake-market.ts';
import { agreementRow, CLIENT } from '../../support/rows.ts';

interface Held {
  provider: number;
  bytes: Uint8Array;
  unitRoots: Uint8Array;
}

/** A wallet's objects with providers in memory: shard i of each is with provider i + 1. */
export class StoredWallet implements ShardAccess {
  readonly catalogue = new Catalogue(':memory:', { chainId: 1, market: '0x1', client: CLIENT });
  /** Providers that answer nothing. */
  readonly down = new Set<number>();
  /** Providers whose units have a wrong byte. */
  readonly lying = new Set<number>();
  /** Shards that were asked for. */
  asked = 0;
  /** Pauses between rounds. */
  pauses = 0;
  nowMs = 1_700_000_000_000;
  readonly #held = new Map<string, Held>();

  readonly components: VerifyComponents = {
    access: this,
    catalogue: this.catalogue,
    privateKey: OWNER_PRIVATE_KEY,
    providersOf: async (ids) => new Map(ids.map((id) => [id, fakeProvider(id)])),
    timeOfBlock: async (block) => 1_600_000_000 + Number(block),
    clock: {
      nowMs: () => this.nowMs,
      sleep: async () => void this.pauses++,
    },
    logger: silentLogger,
  };

  async store(
    plain: Uint8Array,
    init: {
      name: string;
      kind?: EnvelopeContent['kind'];
      code?: [k: number, n: number];
      block?: number;
      /** Changes a header before it is committed to. */
      header?: (unit: Uint8Array) => void;
    },
  ): Promise<StoredObject> {
    const [k, n] = init.code ?? [2, 4];
    const objectKey = newObjectKey(randomBytes(20));
    const content = { secret: newObjectSecret(), name: init.name, kind: init.kind ?? ('file' as const), mode: 0o640 };
    const owner = ownerPublicKey(OWNER_PRIVATE_KEY);
    const encoder = new ObjectEncoder(chunksOf(plain, 100_000), { objectKey, k, n, owner, content });
    const shards = await Promise.all(encoder.shards.map(collect));
    const agreements = shards.map(({ bytes }, shardIndex) => {
      init.header?.(bytes.subarray(0, UNIT_BYTES));
      const { root, unitRoots } = committed(bytes);
      const provider = shardIndex + 1;
      this.#held.set(toHex(root), { provider, bytes, unitRoots });
      const units = bytes.byteLength / UNIT_BYTES;
      return agreementRow(objectKey, shardIndex, {
        provider,
        shardRoot: to0x(root),
        units,
        formedAtBlock: BigInt(init.block ?? 1),
      });
    });
    return { objectKey, entry: undefined, agreements, state: 'live', endPeriod: 100 };
  }

  async unitRoots(holder: Holder): Promise<Uint8Array> {
    return this.#of(holder).unitRoots;
  }

  async *readUnits(holder: Holder, from: number, count: number): AsyncGenerator<Uint8Array> {
    const { bytes, provider } = this.#of(holder);
    const units = Uint8Array.from(bytes.subarray(from * UNIT_BYTES, (from + count) * UNIT_BYTES));
    if (this.lying.has(provider)) units[1_000] = (units[1_000] ?? 0) ^ 1;
    yield units;
  }

  #of({ root, provider }: Holder): Held {
    this.asked++;
    if (this.down.has(provider.id)) throw new Error('connection refused');
    const held = this.#held.get(toHex(root));
    if (held === undefined || held.provider !== provider.id) throw new Error('not held here');
    return held;
  }
}

function committed(bytes: Uint8Array): { root: Uint8Array; unitRoots: Uint8Array } {
  const roots: Uint8Array[] = [];
  const commitment = new ShardCommitment({ onUnitRoot: (_unit, root) => roots.push(root) });
  commitment.write(bytes);
  return { root: commitment.finish(), unitRoots: Buffer.concat(roots) };
}
