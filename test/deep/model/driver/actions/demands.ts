import { endOf } from '../../market/agreements.ts';
import {
  answerDemand as answerModel,
  closeDemand as closeModel,
  demandUnits as demandModel,
} from '../../market/demands.ts';
import type { Hex } from '../../market/types.ts';
import type { Maker } from '../step.ts';
import type { World } from '../world.ts';
import { someId } from './ending.ts';
import { spoil } from './proving.ts';

const MOST_UNITS = 3;

export const demandUnits: Maker = (world) => {
  const { market, random } = world;
  const { accounts, agreements, clock, demands, duties } = market;
  const long = world.running().filter((a) => clock.block + demands.params.windowBlocks < clock.opening(endOf(a)));
  const id = random.chance(0.9) ? random.maybe(long)?.id : someId(world, world.active());
  if (id === undefined) return undefined;
  const held = duties.unitsOf(id);
  const unit = (): number => (random.chance(0.95) ? random.int(0, Math.max(0, held - 1)) : held);
  const units = Array.from({ length: random.chance(0.95) ? random.int(1, MOST_UNITS) : 0 }, unit);
  const known = agreements.all().find((agreement) => agreement.id === id);
  const client = known === undefined ? world.anybody() : accounts.ownerOf(known.clientAccount);
  const from = world.keyFor(client);
  return {
    to: 'demands',
    from,
    functionName: 'demand',
    args: [id, units],
    model: (m) => demandModel(m, from, id, units),
  };
};

export const answerDemand: Maker = (world) => {
  const { market, random } = world;
  const inTime = openDemands(world).filter(([, { deadline }]) => deadline >= market.clock.block);
  const number = random.chance(0.95) ? random.maybe(inTime)?.[0] : someNumber(world);
  if (number === undefined) return undefined;
  const right = openingFor(world, number);
  const opening = random.chance(0.85) ? right : spoil(world, right);
  const bytes: Hex = `0x${opening.toString('hex')}`;
  return {
    to: 'demands',
    from: world.anybody(),
    functionName: 'answer',
    args: [number, bytes],
    model: (m) => answerModel(m, number, opening),
  };
};

export const closeDemand: Maker = (world) => {
  const { market, random } = world;
  const due = openDemands(world).filter(
    ([, { agreement, deadline }]) => deadline < market.clock.block || !market.agreements.isActive(agreement),
  );
  const number = random.chance(0.9) ? random.maybe(due)?.[0] : someNumber(world);
  if (number === undefined) return undefined;
  return {
    to: 'demands',
    from: world.anybody(),
    functionName: 'close',
    args: [number],
    model: (m) => closeModel(m, number),
  };
};

function openDemands({ market }: World) {
  return market.demands.all().filter(([, { open }]) => open);
}

/** What the provider would show; nothing for a demand that never was. */
function openingFor({ market, shards }: World, number: bigint): Buffer {
  const demand = market.demands.get(number);
  if (demand === undefined) return Buffer.alloc(0);
  const root = market.duties.holding(demand.agreement)?.root;
  const shard = root === undefined ? undefined : shards.get(root);
  return shard?.opening(demand.unit) ?? Buffer.alloc(0);
}

/** Any demand, open or not, or one that never was. */
function someNumber(world: World): bigint {
  const open = world.random.chance(0.6) ? world.random.maybe(openDemands(world))?.[0] : undefined;
  return open ?? world.random.big(0n, BigInt(world.market.demands.all().length + 1));
}
