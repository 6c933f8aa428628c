import { heldBackOf } from '../../../node/audit/formulas.ts';
import { quote } from '../../../node/market/quote.ts';
import { DEFAULTS } from '../scale.ts';

const BURN_BPS = BigInt(DEFAULTS.agreements.burnBps);
const HOLDBACK_BPS = BigInt(DEFAULTS.agreements.holdbackBps);

/** What an agreement of a run came to. */
export interface Deal {
  readonly units: number;
  readonly periods: number;
  readonly pricePerUnitPeriod: bigint;
}

/** The escrow, to the wei: what came in is what went out, what was burned, and what is still in it. Every period is proven: cheats are reckoned elsewhere. */
export class Ledger {
  paidIn = 0n;
  paidOut = 0n;
  burned = 0n;

  get locked(): bigint {
    return this.paidIn - this.paidOut - this.burned;
  }

  /** @return total rent and burn, token wei: what the client pays */
  form({ units, periods, pricePerUnitPeriod }: Deal): bigint {
    const { total, burn } = quote({
      shards: [{ units, periods, pricePerUnitPeriod }],
      burnBps: BURN_BPS,
      holdbackBps: HOLDBACK_BPS,
    });
    this.paidIn += total;
    this.burned += burn;
    return total;
  }

  /**
   * Settles a whole agreement at once: that pays the same as settling often.
   * @param proven periods that went by; all of them end it, and give out what was held back
   */
  settle({ units, periods, pricePerUnitPeriod }: Deal, proven: number): void {
    const rent = pricePerUnitPeriod * BigInt(units);
    const heldBack = proven === periods ? 0n : heldBackOf(rent, proven, HOLDBACK_BPS);
    this.paidOut += rent * BigInt(proven) - heldBack;
  }
}
