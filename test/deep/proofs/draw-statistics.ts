import { publicNetwork } from '../../../deploy/parameters/public.ts';
import { type Fit, chiSquare } from './chi-square.ts';
import { DrawChain } from './draw-chain.ts';

/** Sizes from one unit to a thousand, in no order: the tree's words hold large beside small. */
const AGREEMENTS: readonly number[] = Array.from({ length: 60 }, (_, index) => 1 + ((index * index * 37) % 1_000));

export interface DrawReport {
  draws: number;
  /** The choice among the agreements, against their units. */
  agreements: Fit;
  /** The 64th part of the shard, all alike. */
  places: Fit;
  /** The leaf within its unit, all alike. */
  leaves: Fit;
}

/** Draws at least `draws` leaves by the contract's rule and asks how likely such counts are, were all leaves equally likely. */
export async function judgeDraws(draws: number): Promise<DrawReport> {
  const { drawCount } = publicNetwork.proofs;
  const chain = await DrawChain.start(drawCount, [AGREEMENTS]);
  const seeds = Math.ceil(draws / drawCount);
  const { byAgreement, byPlace, byLeaf } = await chain.sample(1, seeds);
  const total = seeds * drawCount;
  const units = AGREEMENTS.reduce((sum, size) => sum + size, 0);
  return {
    draws: total,
    agreements: chiSquare(
      byAgreement,
      AGREEMENTS.map((size) => (total * size) / units),
    ),
    places: chiSquare(byPlace, even(total, byPlace.length)),
    leaves: chiSquare(byLeaf, even(total, byLeaf.length)),
  };
}

function even(total: number, parts: number): number[] {
  return Array.from({ length: parts }, () => total / parts);
}
