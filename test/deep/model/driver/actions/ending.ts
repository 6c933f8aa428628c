import { type Agreement, endOf, providerOf } from '../../market/agreements.ts';
import { concede as concedeModel, end as endModel, giveNotice as giveNoticeModel } from '../../market/ending.ts';
import { settle as settleModel } from '../../market/settling.ts';
import type { Maker } from '../step.ts';
import type { World } from '../world.ts';

/** Mostly a live agreement; now and then one that is over, or none. */
export function someId(world: World, live: readonly Agreement[]): bigint | undefined {
  const { market, random } = world;
  if (random.chance(0.93)) return random.maybe(live)?.id;
  return random.chance(0.5) ? random.maybe(market.agreements.all())?.id : (1n << 32n) | 999_999n;
}

export const settle: Maker = (world) => {
  const { random } = world;
  const ids: bigint[] = [];
  for (let size = random.int(0, 4); size >= 0; size -= 1) {
    const id = random.chance(0.97) ? random.maybe(world.active())?.id : someId(world, world.active());
    if (id !== undefined) ids.push(id);
  }
  if (ids.length > 1 && random.chance(0.2)) ids.push(random.pick(ids));
  return {
    to: 'agreements',
    from: world.anybody(),
    functionName: 'settle',
    args: [ids],
    model: (m) => settleModel(m, ids),
  };
};

export const end: Maker = (world) => {
  const { market, random } = world;
  const { clock, stakes } = market;
  const due = world.active().filter((a) => clock.period >= endOf(a) || stakes.hasFailed(providerOf(a.id)));
  const id = random.chance(0.85) ? random.maybe(due)?.id : someId(world, world.active());
  if (id === undefined) return undefined;
  return {
    to: 'agreements',
    from: world.anybody(),
    functionName: 'end',
    args: [id],
    model: (m) => endModel(m, id),
  };
};

export const giveNotice: Maker = (world) => {
  const { market, random } = world;
  const notice = market.clock.period + 1 + market.agreements.params.noticePeriods;
  const long = world.active().filter((a) => endOf(a) > notice);
  const id = random.chance(0.85) ? random.maybe(long)?.id : someId(world, world.active());
  if (id === undefined) return undefined;
  const agreement = market.agreements.all().find((a) => a.id === id);
  const from = agreement !== undefined && random.chance(0.9) ? world.clientOf(agreement) : world.anybody();
  return {
    to: 'agreements',
    from,
    functionName: 'giveNotice',
    args: [id],
    model: (m) => giveNoticeModel(m, from, id),
  };
};

export const concede: Maker = (world) => {
  const { market, random } = world;
  const id = random.chance(0.97) ? someId(world, world.active()) : BigInt(market.registry.count + 1) << 32n;
  if (id === undefined) return undefined;
  const provider = providerOf(id);
  const known = provider >= 1 && provider <= market.registry.count;
  const from = known && random.chance(0.9) ? world.agentOf(provider) : world.anybody();
  return {
    to: 'agreements',
    from,
    functionName: 'concede',
    args: [id],
    model: (m) => concedeModel(m, from, id),
  };
};
