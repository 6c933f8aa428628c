import { COMMON, type MarketParameters, TOKEN, UNITS_PER_GIB } from './market-parameters.ts';

/**
 * For a chain with a block every 12 seconds and a token worth about a dollar. Whoever uses another token or clock writes a file of
 * their own beside this one.
 */
export const publicNetwork: MarketParameters = {
  proofs: {
    /** 7,200 blocks of 12 s are a day: one proof a day is what gas allows, and a day is what an operator needs to repair a machine. */
    periodBlocks: 7_200,
    /** 16 a day find the loss of 1% with 99.2% certainty within 30 days: 1 - 0.99^480. */
    drawCount: 16,
    /** Three days in three months: a move to another machine or house. More would be days on which clients pay nobody to hold their data. */
    maintenancePeriods: 3,
    maintenanceCycle: 90,
  },
  collateral: {
    /** What an identity and its place in the id space cost: more than a month's rent of the storage that a small provider sells. */
    bond: 1_000n * TOKEN,
    /**
     * A week's rent at the index's start: what makes the market look large, or empty, costs somebody's money. The collateral behind agreements
     * counts towards it, so a provider that is let needs no more.
     */
    capacityBond: (7n * TOKEN) / 10_000n / UNITS_PER_GIB,
    /** Two weeks: longer than the healing window, so that no stake leaves while a run of misses can still be recorded. */
    unbondDelay: 14 * 86_400,
    /** A few times the gas of recording a miss. */
    reportFee: TOKEN,
    compensationBps: COMMON.compensationBps,
    healPeriods: COMMON.healPeriods,
    ladderBps: COMMON.ladderBps,
  },
  reputation: {
    /** About 30 days of a median provider's revenue: in simulation a new identity then costs some three months of profit. */
    newcomer: 300n * TOKEN,
    halfLifePeriods: COMMON.halfLifePeriods,
    badWeight: COMMON.badWeight,
    /** Eight clients: more than friends that one meets in a night, fewer than a small provider has in a month. */
    fullClients: 8,
  },
  agreements: {
    burnBps: COMMON.burnBps,
    holdbackBps: COMMON.holdbackBps,
    /** A week's notice, so that a provider that bought disks for an agreement is not left from one day to the next. */
    noticePeriods: 7,
    /** More than the gas that an agreement costs its provider over its life, or tiny ones would be a way to harm others. */
    minValue: TOKEN / 10n,
  },
  audits: {
    /** Some ten times the report fee: an answer is as long as a proof, and costs six times the gas of recording a miss. */
    bond: 10n * TOKEN,
    burnBps: COMMON.auditBurnBps,
    /** A day: an unanswered audit takes an agreement's whole collateral, so its provider gets as long as for a proof. */
    windowBlocks: 7_200,
    /** Finds the loss of a tenth of a shard with 88%, of a quarter with 99.7%. */
    drawCount: 20,
    maxOpen: COMMON.auditMaxOpen,
  },
  priceIndex: {
    /** A ten-thousandth of a token a GiB and day, about three dollars a TiB and month: what disks sold for when this was written. */
    startPrice: TOKEN / 10_000n / UNITS_PER_GIB,
    target: COMMON.indexTarget,
    step: COMMON.indexStep,
    flowDecay: COMMON.indexFlowDecay,
    curve: COMMON.indexCurve,
  },
  repairs: {
    bountyBps: COMMON.repairBountyBps,
    /** Nine hours: from the old price to all that may be paid, ten points an hour; a day without repair is a day with one loss less to spare. */
    climbSeconds: 9 * 3_600,
    /** A week: whoever wants the work has seen it by then, and the money is the client's again. */
    windowSeconds: 7 * 86_400,
  },
  channels: {
    /** A day: a provider is up for its daily proof, and sees that a channel closes. */
    disputeSeconds: 86_400,
    burnBps: COMMON.channelBurnBps,
  },
  demands: {
    /** Five times an audit's: showing a unit takes some five times the gas of an audit's answer, nearly all of it for its bytes. */
    bond: 50n * TOKEN,
    /** A day, as for an audit: a demand that is not answered takes as much. */
    windowBlocks: 7_200,
    maxOpen: COMMON.demandMaxOpen,
  },
};
