import { BPS, ceilDiv } from './money.ts';

/** One agreement's price and size. */
export interface QuotedShard {
  /** Token wei for one unit and period. */
  readonly pricePerUnitPeriod: bigint;
  readonly units: number;
  readonly periods: number;
}

export interface QuoteInit {
  readonly shards: readonly QuotedShard[];
  /** Share of the price that is burned at signing, 1/10,000. */
  readonly burnBps: bigint;
  /** Share of each payment that waits for the agreement's end, 1/10,000. */
  readonly holdbackBps: bigint;
  /** Gas of the transactions that will be sent, and wei of the chain's coin per gas. */
  readonly gas?: { readonly units: bigint; readonly weiPerUnit: bigint } | undefined;
}

export interface Quote {
  /** Token wei that are locked for the whole term; unproven periods come back. */
  readonly rent: bigint;
  /** Token wei that are burned at signing. */
  readonly burn: bigint;
  /** Part of the rent that is held back to the end when every period is proven, token wei: the client's if the agreement fails. */
  readonly heldBack: bigint;
  /** Rent and burn: what the escrow account must hold, token wei. */
  readonly total: bigint;
  /** Rent of one period over all shards, token wei. */
  readonly perPeriod: bigint;
  /** Wei of the chain's own coin; undefined when no gas was given. */
  readonly gasWei: bigint | undefined;
}

/** The price of forming agreements, to the wei as `Agreements.form` reckons it: burn is rounded up, once for the batch; what is held back, down for each agreement. */
export function quote(init: QuoteInit): Quote {
  let rent = 0n;
  let perPeriod = 0n;
  for (const shard of init.shards) {
    const rentPerPeriod = shard.pricePerUnitPeriod * BigInt(shard.units);
    perPeriod += rentPerPeriod;
    rent += rentPerPeriod * BigInt(shard.periods);
  }
  const burn = ceilDiv(rent * init.burnBps, BPS);
  const heldBack = init.shards.reduce(
    (sum, { pricePerUnitPeriod, units, periods }) =>
      sum + (pricePerUnitPeriod * BigInt(units) * BigInt(periods) * init.holdbackBps) / BPS,
    0n,
  );
  const gasWei = init.gas === undefined ? undefined : init.gas.units * init.gas.weiPerUnit;
  return { rent, burn, heldBack, total: rent + burn, perPeriod, gasWei };
}
