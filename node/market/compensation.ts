/** Periods of a repair whose proofs do not say yet that the shard is there. Source: `RepairRule.REBUILDING_PERIODS`. */
const REBUILDING_PERIODS = 2;

/** What whom an agreement's collateral compensates follows from. */
export interface CompensationFacts {
  /** It answered a bid for a shard that another agreement had held. */
  readonly repair: boolean;
  /** Settled as proven. */
  readonly provenPeriods: number;
}

/** Whether its client gets a share of what its provider loses; otherwise all of it is burned. Source: `RepairRule.compensates`. */
export function compensates({ repair, provenPeriods }: CompensationFacts): boolean {
  return !repair || provenPeriods > REBUILDING_PERIODS;
}
