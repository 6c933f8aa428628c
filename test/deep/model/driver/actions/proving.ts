import { LEAF_BYTES } from '../../market/shards.ts';
import type { Hex } from '../../market/types.ts';
import type { Maker } from '../step.ts';
import type { World } from '../world.ts';

const LADDER_STEPS = 4;

/** Leaf and siblings of every draw that asks for something. */
function proofFor(world: World, provider: number): Buffer {
  const draws = world.market.proofs.draws(provider).filter(({ conceded }) => !conceded);
  return Buffer.concat(
    draws.map(({ holding, leaf }) => {
      const shard = world.shards.get(holding.root);
      if (shard === undefined) throw new Error(`nobody has the bytes of ${holding.root}`);
      return shard.path(leaf);
    }),
  );
}

/** A proof with one thing wrong. */
function spoil(world: World, proof: Buffer): Buffer {
  const { random } = world;
  const spoilt = Buffer.from(proof);
  if (proof.length === 0) return Buffer.alloc(LEAF_BYTES);
  const kind = random.int(0, 3);
  if (kind === 0) return spoilt.subarray(0, random.int(0, proof.length - 1));
  if (kind === 1) return Buffer.concat([spoilt, Buffer.alloc(random.int(1, 64))]);
  const at = random.int(0, proof.length - 1);
  spoilt.writeUInt8(spoilt.readUInt8(at) ^ (1 << random.int(0, 7)), at);
  return spoilt;
}

export const prove: Maker = (world) => {
  const { market, random } = world;
  const { clock, duties } = market;
  const owing = market.registry.ids().filter((id) => !duties.get(id).failed && !duties.isDischarged(id));
  // Whoever has missed too much fails by trying, and that is refused.
  const able = owing.filter((id) => duties.unrecorded(id).length < LADDER_STEPS - 1);
  const provider = random.chance(0.97) ? random.maybe(able) : random.int(0, market.registry.count + 1);
  if (provider === undefined) return undefined;
  // In its opening block a period has no seed: one try now and then is enough.
  if (market.proofs.seed() === undefined && random.chance(0.8)) return undefined;
  const period = random.chance(0.97) ? clock.period : clock.period + random.pick([-1, 1]);
  const right = proofFor(world, provider);
  const proof = random.chance(0.92) ? right : spoil(world, right);
  const bytes: Hex = `0x${proof.toString('hex')}`;
  return {
    to: 'possessionProofs',
    from: world.anybody(),
    functionName: 'prove',
    args: [provider, period, bytes],
    model: (m) => m.proofs.prove(provider, period, proof),
  };
};

export const recordMisses: Maker = (world) => {
  const { market, random } = world;
  const missing = market.registry.ids().filter((id) => market.duties.unrecorded(id).length > 0);
  const provider = random.chance(0.95) ? random.maybe(missing) : random.int(0, market.registry.count + 1);
  if (provider === undefined) return undefined;
  const from = world.anybody();
  return {
    to: 'possessionProofs',
    from,
    functionName: 'recordMisses',
    args: [provider],
    model: (m) => m.duties.recordMisses(from, provider),
  };
};

export const fixSeed: Maker = (world) => {
  const { clock } = world.market;
  const opening = clock.opening(clock.period);
  const block = world.random.pick([opening, clock.block, clock.block + 5]);
  return {
    to: 'randomness',
    from: world.anybody(),
    functionName: 'seedOf',
    args: [BigInt(block)],
    model: (m) => void m.seeds.fix(block),
  };
};
