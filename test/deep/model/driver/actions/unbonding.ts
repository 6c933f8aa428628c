import { requestUnbond, withdrawUnbonded } from '../../market/unbonding.ts';
import type { Maker } from '../step.ts';

export const unbond: Maker = (world) => {
  const { market, random } = world;
  const provider = random.chance(0.97) ? world.provider() : market.registry.count + 1;
  if (provider === undefined) return undefined;
  if (provider > market.registry.count) {
    return unbondCall(world.anybody(), provider, 1n);
  }
  const { operator } = market.registry.get(provider);
  const { free } = market.stakes.get(provider);
  const { bond } = market.stakes;
  const spare = free > bond ? free - bond : 0n;
  const amount = random.chance(0.7)
    ? random.big(0n, spare / 4n)
    : random.pick([spare, spare + 1n, free, free + 1n, 0n]);
  return unbondCall(random.chance(0.9) ? operator : world.anybody(), provider, amount);
};

export const withdrawStake: Maker = (world) => {
  const { market, random } = world;
  const ids = market.registry.ids();
  const waiting = ids.filter((id) => market.stakes.get(id).unbonding !== 0n);
  const due = waiting.filter((id) => market.stakes.get(id).releaseTime <= market.clock.time);
  const provider = random.chance(0.7)
    ? random.maybe(due)
    : random.chance(0.5)
      ? random.maybe(waiting)
      : random.int(0, ids.length + 1);
  if (provider === undefined) return undefined;
  return {
    to: 'collateral',
    from: world.anybody(),
    functionName: 'withdrawUnbonded',
    args: [provider],
    model: (m) => withdrawUnbonded(m, provider),
  };
};

function unbondCall(from: `0x${string}`, provider: number, amount: bigint): ReturnType<Maker> {
  return {
    to: 'collateral',
    from,
    functionName: 'requestUnbond',
    args: [provider, amount],
    model: (m) => requestUnbond(m, from, provider, amount),
  };
}
