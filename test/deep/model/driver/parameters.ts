import type { MarketParameters } from '../../../../deploy/parameters/market-parameters.ts';
import type { Random } from './random.ts';

/** A deployment like no other: the usual shares, their extremes and odd ones, so that every rounding shows. */
export function randomParameters(random: Random): MarketParameters {
  const share = (usual: number): number => random.pick([usual, usual, 0, 10_000, random.int(1, 9_999)]);
  const ladder = random.pick<readonly [number, number, number, number]>([
    [100, 500, 2_500, 10_000],
    [100, 500, 2_500, 10_000],
    [0, 0, 0, 10_000],
    [3_333, 1, 9_999, 10_000],
    [9_999, 9_999, 9_999, 10_000],
    [10, 10_000, 0, 10_000],
  ]);
  const maintenancePeriods = random.int(0, 3);
  const maintenance = { maintenancePeriods, maintenanceCycle: maintenancePeriods + random.int(1, 6) };
  return {
    proofs: { periodBlocks: random.pick([12, 24, 33, 40, 60, 300]), drawCount: random.int(1, 6), ...maintenance },
    audits: {
      bond: random.pick([1n, 10n ** 15n + 3n, 10n ** 18n]),
      burnBps: random.pick([1_000, 1, 10_000, random.int(1, 9_999)]),
      windowBlocks: random.int(5, 80),
      drawCount: random.int(1, 9),
      maxOpen: random.int(1, 3),
    },
    collateral: {
      bond: random.pick([1n, 10n ** 18n + 1n, 3n * 10n ** 18n]),
      capacityBond: random.pick([0n, 1n, 10n ** 14n + 1n, 10n ** 16n]),
      unbondDelay: random.pick([0, 1, 30, 200]),
      reportFee: random.pick([0n, 1n, 10n ** 16n, 10n ** 19n]),
      compensationBps: share(7_000),
      healPeriods: random.int(1, 8),
      ladderBps: ladder,
    },
    reputation: {
      newcomer: random.pick([1n, 10n ** 14n + 7n, 300n * 10n ** 18n]),
      halfLifePeriods: random.pick([1, 2, 7, 90]),
      badWeight: random.pick([0, 1, 10]),
      fullClients: random.pick([1, 2, 3, 112]),
    },
    agreements: {
      burnBps: random.pick([200, 200, 0, 1, random.int(1, 3_000)]),
      holdbackBps: share(2_000),
      noticePeriods: random.int(0, 4),
      minValue: random.pick([0n, 2n, 100n, 10n ** 9n]),
    },
    priceIndex: {
      startPrice: random.pick([1n, 999_983n, 10n ** 12n, 7n * 10n ** 12n]),
      target: random.pick([85n * 10n ** 16n, 1n, 10n ** 18n - 1n, 5n * 10n ** 17n + 1n]),
      step: random.pick([10n ** 16n, 10n ** 17n, 0n, 4n * 10n ** 14n + 1n]),
      flowDecay: random.pick([870_550_563_296_124_166n, 0n, 10n ** 18n - 1n]),
      curve: random.pick([15n * 10n ** 17n, 10n ** 18n, 10n ** 19n]),
    },
    channels: { disputeSeconds: random.pick([1, 60, 300]), burnBps: Math.min(9_999, share(200)) },
    demands: {
      bond: random.pick([1n, 10n ** 15n + 3n, 10n ** 18n]),
      windowBlocks: random.int(5, 80),
      maxOpen: random.int(1, 5),
    },
    repairs: { bountyBps: share(5_000), climbSeconds: random.int(0, 100), windowSeconds: random.int(1, 400) },
  };
}
