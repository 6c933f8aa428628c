import { rentOf, unitsOf } from '../../market/duties.ts';
import { FAILED } from '../../market/stakes.ts';
import type { Stage } from '../set-up.ts';
import type { Comparison, Differences } from './differences.ts';

/** Periods ahead to which a score is decayed, beside the current one. */
const LATER = 37;

export const compareProviders: Comparison = async (stage, differences) => {
  const { chain, market } = stage;
  differences.same('providers', await chain.view('nodeRegistry', 'providerCount'), market.registry.count);
  for (const id of market.registry.ids()) {
    await compareRegistration(stage, differences, id);
    await compareStake(stage, differences, id);
    await compareDuty(stage, differences, id);
    await compareReputation(stage, differences, id);
  }
};

async function compareRegistration({ chain, market }: Stage, differences: Differences, id: number): Promise<void> {
  const { addresses, placementId, ...provider } = market.registry.get(id);
  const onChain = await chain.view('nodeRegistry', 'providers', id);
  const placed = placementId ?? `0x${'0'.repeat(64)}`;
  differences.sameFields(`provider ${id}`, onChain, { ...provider, placementId: placed });
  differences.same(`addresses of ${id}`, await chain.view('nodeRegistry', 'addressesOf', id), addresses);
  differences.same(`provider of node`, await chain.view('nodeRegistry', 'providerOfNode', provider.nodeAddress), id);
}

async function compareStake({ chain, market }: Stage, differences: Differences, id: number): Promise<void> {
  const { stakes } = market;
  const { free, locked, strikes, misses, unbonding, releaseTime } = stakes.get(id);
  differences.sameFields(`stake of ${id}`, await chain.view('collateral', 'stakes', id), {
    free,
    locked,
    strikes,
    lastMiss: stakes.lastMiss(id),
    slashes: misses.length,
  });
  const onChain = await chain.view('collateral', 'unbondings', id);
  differences.sameFields(`unbonding of ${id}`, onChain, { amount: unbonding, releaseTime });
  differences.same(`failed ${id}`, await chain.view('collateral', 'hasFailed', id), strikes === FAILED);
  const lockable = strikes === FAILED || free <= stakes.bond ? 0n : free - stakes.bond;
  differences.same(`lockable of ${id}`, await chain.view('collateral', 'lockableOf', id), lockable);
  const covered = await chain.view('collateral', 'coveredCapacity', id);
  differences.same(`covered capacity of ${id}`, covered, stakes.coveredCapacity(id));
}

async function compareDuty({ chain, market, samples }: Stage, differences: Differences, id: number): Promise<void> {
  const { clock, duties, proofs } = market;
  const duty = duties.get(id);
  const held = duties.heldNow(id);
  const onChain = (await chain.view('possessionProofs', 'duties', id)) as { resolvedThrough: number };
  differences.sameFields(`duty of ${id}`, onChain, {
    units: unitsOf(held),
    unitsAtOpen: duty.unitsAtOpen,
    touched: duty.touched,
    leaves: duty.holdings.length,
    leavesAtOpen: duty.leavesAtOpen,
    lastProven: Math.max(0, ...duty.proven),
    failed: duty.failed,
    maintained: market.maintenance.hasDeclared(id),
    rent: rentOf(held),
    rentAtOpen: duty.rentAtOpen,
  });
  const unrecorded = duties.unrecorded(id);
  differences.same(
    `unrecorded of ${id}`,
    await chain.view('possessionProofs', 'unrecordedMisses', id),
    unrecorded.length,
  );
  // How far the record goes is only promised as far as it matters: nothing before it is still to be recorded.
  const first = unrecorded[0] ?? Infinity;
  differences.holds(`period ${first} of ${id} counts as resolved`, onChain.resolvedThrough < first);
  differences.same(
    `discharged ${id}`,
    await chain.view('possessionProofs', 'isDischarged', id),
    duties.isDischarged(id),
  );

  const from = samples.int(0, clock.period);
  const to = samples.int(0, clock.period + 1);
  const proven = [...duty.proven].filter((period) => period >= from && period < to).length;
  const between = await chain.view('possessionProofs', 'provenBetween', id, from, to);
  differences.same(`proven by ${id} in [${from}, ${to})`, between, proven);
  differences.same(
    `${id} proved ${from}`,
    await chain.view('possessionProofs', 'isProven', id, from),
    duty.proven.has(from),
  );

  const maintenance = await chain.view('possessionProofs', 'maintenanceOf', id);
  const { fromPeriod, untilPeriod } = market.maintenance.get(id);
  differences.sameFields(`maintenance of ${id}`, maintenance, { fromPeriod, untilPeriod });

  const draws = (await chain.view('possessionProofs', 'draws', id)) as Record<string, unknown>[];
  const expected = proofs.draws(id);
  differences.same(`draws of ${id}`, draws.length, expected.length);
  for (const [i, { holding, leaf, conceded }] of expected.entries()) {
    differences.sameFields(`draw ${i} of ${id}`, draws[i], {
      agreement: holding.id,
      root: holding.root,
      leaf,
      conceded,
    });
  }
}

async function compareReputation({ chain, market }: Stage, differences: Differences, id: number): Promise<void> {
  const { clock, reputation } = market;
  differences.sameFields(`reputation of ${id}`, await chain.view('reputation', 'records', id), {
    ...reputation.get(id),
  });
  for (const period of [clock.period, clock.period + LATER]) {
    const score = await chain.view('reputation', 'scoreAt', id, period);
    differences.same(`score of ${id} in ${period}`, score, reputation.score(id, period));
    const clients = await chain.view('reputation', 'clientCountAt', id, period);
    differences.same(`clients of ${id} in ${period}`, clients, reputation.clientCount(id, period));
  }
}
