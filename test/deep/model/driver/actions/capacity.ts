import { declareCapacity as declareModel, trimCapacity as trimModel } from '../../market/capacity.ts';
import { countClients as countModel } from '../../market/clients.ts';
import type { Maker } from '../step.ts';

const MAX_UINT32 = 2 ** 32 - 1;
/** Some ten agreements: providers fill up now and then. */
const SMALL = 80;

export const declareCapacity: Maker = (world) => {
  const { market, random } = world;
  const lacking = world.healthy().filter((id) => market.registry.get(id).capacity === 0);
  const provider = random.chance(0.9) ? (random.maybe(lacking) ?? world.provider()) : world.provider();
  if (provider === undefined) return undefined;
  const from = random.chance(0.93) ? world.agentOf(provider) : world.anybody();
  const covered = Math.min(Number(market.stakes.coveredCapacity(provider)), MAX_UINT32);
  const most = Math.min(covered, random.chance(0.3) ? SMALL : 2_000);
  const over = Math.min(covered + random.int(1, 3), MAX_UINT32);
  const units = random.chance(0.85) ? random.int(Math.floor(most / 2), most) : random.pick([0, covered, over]);
  return {
    to: 'nodeRegistry',
    from,
    functionName: 'declareCapacity',
    args: [provider, units],
    model: (m) => declareModel(m, from, provider, units),
  };
};

export const trimCapacity: Maker = (world) => {
  const { market, random } = world;
  const beyond = market.registry
    .ids()
    .filter((id) => market.stakes.coveredCapacity(id) < BigInt(market.registry.get(id).capacity));
  const provider = random.chance(0.9) ? random.maybe(beyond) : random.int(1, market.registry.count + 1);
  if (provider === undefined) return undefined;
  return {
    to: 'nodeRegistry',
    from: world.anybody(),
    functionName: 'trimCapacity',
    args: [provider],
    model: (m) => trimModel(m, provider),
  };
};

export const countClients: Maker = (world) => {
  const { market, random } = world;
  const all = market.agreements.all();
  const settled = all.filter(({ provenPeriods, status }) => provenPeriods > 0 && status !== 'Failed');
  const ids = Array.from({ length: random.int(1, 3) }, () => random.maybe(random.chance(0.95) ? settled : all)?.id);
  const known = ids.filter((id) => id !== undefined);
  if (known.length === 0) return undefined;
  return {
    to: 'reputation',
    from: world.anybody(),
    functionName: 'countClients',
    args: [known],
    model: (m) => countModel(m, known),
  };
};
