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
}

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
  /** With nothing burned, washing a reputation by dealing with oneself is free; 2% is the least at which it did not pay in simulation. */
  burnBps: 200,
  /**
   * A tenth: a provider that audits itself for a record of answers pays it each time, and a challenger that only wants to annoy pays the rest
   * to the provider.
   */
  auditBurnBps: 1_000,
  /** Of one agreement at a time: several clients' doubts fit, and answering all of them is still a fraction of a block. */
  auditMaxOpen: 3,
  /** A fifth of each payment waits for the end, so that leaving early costs something even when the collateral has shrunk. */
  holdbackBps: 2_000,
} as const;
