import { encodeAbiParameters, keccak256 } from 'viem';

import type { Clock } from './clock.ts';
import { type Duties, type Holding, unitsOf } from './duties.ts';
import { need } from './refusal.ts';
import type { Seeds } from './seeds.ts';
import { type Opening, requireShown, sharesOf } from './paths.ts';
import { type Address, type Hex, type Undoable } from './types.ts';

const LEAVES_PER_UNIT = 1024n;
const PREIMAGE = ['bytes32', 'uint256', 'address', 'uint32', 'uint32', 'uint256'].map((type) => ({ type }));

/** One leaf that a provider must show. */
export interface Draw {
  holding: Holding;
  leaf: number;
  /** The provider admitted the loss in this period: nothing is to be shown. */
  conceded: boolean;
}

export interface ProofInit {
  drawCount: number;
  chainId: bigint;
  /** Address of the contract, which draws are bound to. */
  contract: Address;
}

/** The proofs of IPossessionProofs: which leaves a period asks for, and whether they were shown. */
export class Proofs implements Undoable {
  readonly #init: ProofInit;
  readonly #clock: Clock;
  readonly #seeds: Seeds;
  readonly #duties: Duties;
  /** Fixed by the first proof of a period. */
  #seed: { period: number; seed: Hex } | undefined;

  constructor(init: ProofInit, clock: Clock, seeds: Seeds, duties: Duties) {
    this.#init = init;
    this.#clock = clock;
    this.#seeds = seeds;
    this.#duties = duties;
  }

  save(): () => void {
    const seed = this.#seed;
    return () => {
      this.#seed = seed;
    };
  }

  prove(provider: number, period: number, proof: Uint8Array): void {
    const current = this.#clock.period;
    need(period === current, 'PossessionProofs_WrongPeriod', period, current);
    const alreadyProven = this.#duties.get(provider).proven.has(period);
    need(!alreadyProven, 'PossessionProofs_AlreadyProven', provider, period);
    this.#duties.record(provider);
    const owed = this.#duties.setOf(provider, period).length > 0;
    need(owed, 'PossessionProofs_NothingToProve', provider, period);
    const seed = this.seed();
    need(seed !== undefined, 'PossessionProofs_NoSeedYet', period, BigInt(this.#clock.opening(period)));
    this.#seed = { period, seed };
    const openings = openingsOf(this.draws(provider));
    const expected = sharesOf(openings).reduce((sum, bytes) => sum + bytes, 0);
    need(proof.length === expected, 'PossessionProofs_WrongLength', BigInt(proof.length), BigInt(expected));
    requireShown(openings, proof, 'PossessionProofs_WrongRoot');
    this.#duties.prove(provider, period);
  }

  /** The leaves that a provider must show in the current period; none without a duty or a seed. */
  draws(provider: number): Draw[] {
    const set = this.#duties.setOf(provider, this.#clock.period);
    const seed = this.seed();
    if (set.length === 0 || seed === undefined) return [];
    const total = BigInt(unitsOf(set)) * LEAVES_PER_UNIT;
    return Array.from({ length: this.#init.drawCount }, (_, i) => {
      const { chainId, contract } = this.#init;
      const values = [seed, chainId, contract, provider, this.#clock.period, BigInt(i)];
      return locate(BigInt(keccak256(encodeAbiParameters(PREIMAGE, values))) % total, set);
    });
  }

  /** 224 bits of the opening block's randomness, and the period; undefined while that block is not over. */
  seed(): Hex | undefined {
    const { period } = this.#clock;
    if (this.#seed?.period === period) return this.#seed.seed;
    const hash = this.#seeds.peek(this.#clock.opening(period));
    if (hash === undefined) return undefined;
    const word = ((BigInt(hash) >> 32n) << 32n) | BigInt(period);
    return `0x${word.toString(16).padStart(64, '0')}`;
  }
}

/** What draws ask to be shown: conceded ones nothing. */
export function openingsOf(draws: readonly Draw[]): Opening[] {
  return draws.flatMap(({ holding: { id, units, root }, leaf, conceded }, draw) =>
    conceded ? [] : [{ agreement: id, units, root, leaf, draw }],
  );
}

/** Positions run through the shards in order, each taking 1,024 for every unit. */
function locate(position: bigint, set: readonly Holding[]): Draw {
  let rest = position;
  for (const holding of set) {
    const leaves = BigInt(holding.units) * LEAVES_PER_UNIT;
    if (rest < leaves) return { holding, leaf: Number(rest), conceded: holding.conceded };
    rest -= leaves;
  }
  throw new Error(`position ${position} lies past all shards`);
}
