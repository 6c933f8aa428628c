import { type Opening, sharesOf } from '../../market/paths.ts';
import { openingsOf } from '../../market/proofs.ts';
import { LEAF_BYTES } from '../../market/shards.ts';
import type { Hex } from '../../market/types.ts';
import type { Maker } from '../step.ts';
import type { World } from '../world.ts';

const LADDER_STEPS = 4;

/** What a list of leaves asks for, from the bytes that everybody has. */
export function proofOf(world: World, openings: readonly Opening[]): Buffer {
  const shares = sharesOf(openings);
  return Buffer.concat(
    openings.map(({ root, leaf }, i) => {
      const shard = world.shards.get(root);
      if (shard === undefined) throw new Error(`nobody has the bytes of ${root}`);
      return shard.path(leaf).subarray(0, shares[i]);
    }),
  );
}

/** A proof with one thing wrong. */
export function spoil(world: World, proof: Buffer): Buffer {
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
  const right = proofOf(world, openingsOf(market.proofs.draws(provider)));
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
  // An account of somebody, of nobody yet, or nobody's.
  const reporter = random.chance(0.8)
    ? random.int(1, market.accounts.count - 1)
    : random.pick([0, 0, market.accounts.count, 99]);
  return {
    to: 'possessionProofs',
    from: world.anybody(),
    functionName: 'recordMisses',
    args: [provider, reporter],
    model: (m) => m.duties.recordMisses(provider, reporter),
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

export const claimReportFee: Maker = (world) => {
  const { market, random } = world;
  const owed = market.registry
    .ids()
    .flatMap((id) =>
      [...market.stakes.get(id).misses.entries()].map(([slash, { reporter }]) => ({ id, slash, reporter })),
    )
    .filter(({ reporter }) => reporter !== 0);
  const claimable = owed.filter(({ reporter }) => reporter < market.accounts.count || random.chance(0.05));
  const chosen = random.chance(0.9) ? random.maybe(claimable) : { id: random.int(0, 4), slash: random.int(0, 5) };
  if (chosen === undefined) return undefined;
  const { id, slash } = chosen;
  return {
    to: 'collateral',
    from: world.anybody(),
    functionName: 'claimReportFee',
    args: [id, slash],
    model: (m) => m.stakes.claimReportFee(id, slash),
  };
};
