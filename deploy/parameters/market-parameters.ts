/** What a deployment fixes for ever. Money in token wei (18 decimals), shares in 1/10,000. */
export interface MarketParameters {
  proofs: {
    /** Blocks in a period. */
    periodBlocks: number;
    /** Leaves that each provider shows in each period. */
    drawCount: number;
    /** Longest stretch of declared maintenance, in periods: neither pay nor slash. */
    maintenancePeriods: number;
    /** Periods from the start of one such stretch to the earliest start of the next. */
    maintenanceCycle: number;
  };
  collateral: {
    /** What a registered provider keeps at stake. */
    bond: bigint;
    /** Stake, free or locked, for each unit of capacity that a provider declares. */
    capacityBond: bigint;
    /** Seconds between asking for stake and getting it. */
    unbondDelay: number;
    /** What a provider pays to whoever records its misses. */
    reportFee: bigint;
    /** Share of slashed tokens that goes to the client; the rest is burned. */
    compensationBps: number;
    /** The ladder starts over once more than this many periods lie between a miss and the last one before it. */
    healPeriods: number;
    /** What the first to fourth miss before it starts over takes of the locked collateral; the fourth takes all. */
    ladderBps: readonly [number, number, number, number];
  };
  reputation: {
    /** Rent that a new provider's score starts against. */
    newcomer: bigint;
    /** Periods in which what happened counts half. */
    halfLifePeriods: number;
    /** How much proven rent makes up for missed rent. */
    badWeight: number;
    /** Number of distinct clients with which all proven rent counts; with fewer, that share of it. */
    fullClients: number;
  };
  agreements: {
    /** Share of the price that is burned at signing. */
    burnBps: number;
    /** Share of each payment that is kept to the agreement's end. */
    holdbackBps: number;
    /** Periods between a client's notice and the end. */
    noticePeriods: number;
    /** Smallest price × units × periods. */
    minValue: bigint;
  };
  audits: {
    /** What a challenger locks; an answered audit pays it to the provider, less the burn. */
    bond: bigint;
    /** Share of an answered audit's bond that is burned. */
    burnBps: number;
    /** Blocks that a provider has for its answer. */
    windowBlocks: number;
    /** Leaves that an audit asks for. */
    drawCount: number;
    /** Audits of one agreement that may be open at a time. */
    maxOpen: number;
  };
  priceIndex: {
    /** Price of one unit for one period that the index begins at. */
    startPrice: bigint;
    /** Utilisation at which the index stands still, 1/1e18. */
    target: bigint;
    /** Most that the index moves in a period, 1/1e18. */
    step: bigint;
    /** What stays of the moving average of sales after a period, 1/1e18. */
    flowDecay: bigint;
    /** Factor on the index when everything is let, and divisor when nothing is, 1/1e18. */
    curve: bigint;
  };
  repairs: {
    /** Share of a client's compensation that a bid for its lost shard may pay out again. */
    bountyBps: number;
    /** Seconds in which such a bid climbs to its ceiling. */
    climbSeconds: number;
    /** Seconds after which such a bid can be closed unanswered. */
    windowSeconds: number;
  };
  channels: {
    /** Seconds that a provider has to show a later voucher when a client closes alone. */
    disputeSeconds: number;
    /** Share of what is redeemed that is burned. */
    burnBps: number;
  };
  demands: {
    /** What a client locks for each unit that it demands on chain; shown, it goes to the provider. */
    bond: bigint;
    /** Blocks that a provider has for its answer. */
    windowBlocks: number;
    /** Demands and audits of one agreement that may be open at a time. */
    maxOpen: number;
  };
}

/** Units of 64 KiB in a GiB. */
export const UNITS_PER_GIB = 16_384n;

/** One token in wei. */
export const TOKEN = 10n ** 18n;

/** What both kinds of network share, because it follows from the mechanism and not from the clock or the token. */
export const COMMON = {
  /**
   * Slashed tokens go to the client that was let down; three tenths are burned, so that a provider that is its own client loses by
   * slashing itself.
   */
  compensationBps: 7_000,
  /** A week of daily periods: long enough that a provider cannot miss every other day unnoticed, short enough to forgive a power cut. */
  healPeriods: 7,
  /**
   * 1, 5, 25, 100%: simulated over a year with an outage every 60 days, an honest provider loses 0.1% of a month's rent, and one that
   * dropped 10% of its data or more is ended within six days.
   */
  ladderBps: [100, 500, 2_500, 10_000],
  /** Proven rent makes up for a tenth of missed rent: a missed day costs ten good ones. */
  badWeight: 10,
  /** Three months of daily periods: a record matters for longer than a busy week, and a bad one can be outlived. */
  halfLifePeriods: 90,
  /** With nothing burned, washing a reputation by dealing with oneself is free; at 2% it gains 1% of a year's profit in simulation (docs/economics.md). */
  burnBps: 200,
  /**
   * A tenth: a provider that audits itself for a record of answers pays it each time, and a challenger that only wants to annoy pays the rest
   * to the provider.
   */
  auditBurnBps: 1_000,
  /** Of one agreement at a time: several clients' doubts fit, and answering all of them is still a fraction of a block. */
  auditMaxOpen: 3,
  /** 1 MiB at a time, a unit in each transaction: the answers together are a block and a half. */
  demandMaxOpen: 16,
  /** A fifth of each payment waits for the end, so that leaving early costs something even when the collateral has shrunk. */
  holdbackBps: 2_000,
  /**
   * Half of the compensation stays the client's: it comes first. What the other half pays on top of the rent is paid out as the repaired shard is proven, so
   * failing and repairing under another name gets back at most 35% of what was slashed.
   */
  repairBountyBps: 5_000,
  /** As at signing: paying oneself for reads, to look fast or busy, costs what pumping agreements costs. */
  channelBurnBps: 200,
  /** Where a storage market runs well: some room for the next client, most disks earning. */
  indexTarget: (85n * TOKEN) / 100n,
  /** 1% a day at most: prices that follow utilisation faster overshoot by the length of the agreements, and in simulation ruined providers. */
  indexStep: TOKEN / 100n,
  /** 2^(-1/5): sales of five days ago count half. */
  indexFlowDecay: 870_550_563_296_124_166n,
  /** Half as dear again when everything is let, two thirds when nothing is: fills idle disks without waiting for the index. */
  indexCurve: (3n * TOKEN) / 2n,
} as const;
