import { COMMON, type MarketParameters, TOKEN, UNITS_PER_GIB } from './market-parameters.ts';

/** For a chain on one machine with a block a second and a token that is worth nothing: everything happens while one watches. */
export const devnet: MarketParameters = {
  proofs: {
    /** A quarter of a minute: time for every provider on a busy laptop to read, prove and be mined, and still several periods a minute. */
    periodBlocks: 15,
    /** Few, so that a developer can follow them in the log. Finds the loss of everything at once, and of a tenth in 7 periods. */
    drawCount: 5,
    /** A minute in ten: long enough to stop a provider and start it again while one watches. */
    maintenancePeriods: 4,
    maintenanceCycle: 40,
  },
  collateral: {
    /** Registering has a price, and an operator with a thousand tokens can still start a dozen nodes. */
    bond: 10n * TOKEN,
    /** A hundredth of a token a GiB: a thousand tokens cover a hundred TiB. */
    capacityBond: TOKEN / 100n / UNITS_PER_GIB,
    /** Four periods: long enough for a miss to be recorded before the stake leaves, short enough to see it arrive. */
    unbondDelay: 60,
    /** Visible in a balance, and covers a devnet's gas. */
    reportFee: TOKEN / 100n,
    compensationBps: COMMON.compensationBps,
    healPeriods: COMMON.healPeriods,
    ladderBps: COMMON.ladderBps,
  },
  reputation: {
    /** A few periods of rent for some 10 MiB at a thousandth of a token a GiB and period: scores move within a minute. */
    newcomer: TOKEN / 10_000n,
    halfLifePeriods: COMMON.halfLifePeriods,
    badWeight: COMMON.badWeight,
    /** There is one client. */
    fullClients: 1,
  },
  agreements: {
    burnBps: COMMON.burnBps,
    holdbackBps: COMMON.holdbackBps,
    /** The least that keeps the draws of a running period fixed. */
    noticePeriods: 1,
    /** Gas costs nothing here; the smallest test files must be storable. */
    minValue: 10n ** 9n,
  },
  audits: {
    /** Visible in a balance. */
    bond: TOKEN / 10n,
    burnBps: COMMON.auditBurnBps,
    /** Two periods: half a minute. */
    windowBlocks: 30,
    drawCount: 5,
    maxOpen: COMMON.auditMaxOpen,
  },
  priceIndex: {
    /** A thousandth of a token a GiB and period: what the providers of the demonstration ask. */
    startPrice: TOKEN / 1_000n / UNITS_PER_GIB,
    target: COMMON.indexTarget,
    step: COMMON.indexStep,
    flowDecay: COMMON.indexFlowDecay,
    curve: COMMON.indexCurve,
  },
  repairs: {
    bountyBps: COMMON.repairBountyBps,
    /** Two periods: one can watch the price climb. */
    climbSeconds: 30,
    /** A coffee. */
    windowSeconds: 600,
  },
  channels: {
    /** Four periods: one can wait for it. */
    disputeSeconds: 60,
    burnBps: COMMON.channelBurnBps,
  },
  demands: {
    /** Visible in a balance. */
    bond: TOKEN / 10n,
    /** Four periods: time for 16 units, one a block. */
    windowBlocks: 60,
    maxOpen: COMMON.demandMaxOpen,
  },
};
