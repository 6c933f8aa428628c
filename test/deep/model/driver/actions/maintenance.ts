import { need } from '../../market/refusal.ts';
import type { Maker } from '../step.ts';

const MAX_UINT32 = 2 ** 32 - 1;

export const declareMaintenance: Maker = (world) => {
  const { market, random } = world;
  const { clock, maintenance, registry } = market;
  const provider = random.chance(0.97) ? random.maybe(world.healthy()) : registry.count + 1;
  if (provider === undefined) return undefined;
  const known = provider <= registry.count;
  const from = known && random.chance(0.9) ? world.agentOf(provider) : world.anybody();
  const earliest = maintenance.earliest(provider);
  const first = Math.max(clock.period + 1, earliest);
  const fromPeriod = random.chance(0.8)
    ? first + random.int(0, 3)
    : random.pick([clock.period, clock.period + 1, Math.max(1, earliest - 1), MAX_UINT32 - 1]);
  const { maintenancePeriods } = maintenance.params;
  const periods = random.chance(0.9) ? random.int(0, maintenancePeriods) : maintenancePeriods + 1;
  return {
    to: 'possessionProofs',
    from,
    functionName: 'declareMaintenance',
    args: [provider, fromPeriod, periods],
    model: (m) => {
      need(m.registry.isAuthorized(provider, from), 'PossessionProofs_NotAuthorized', provider, from);
      m.duties.declareMaintenance(provider, fromPeriod, periods);
    },
  };
};
