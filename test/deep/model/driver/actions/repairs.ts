import { type Agreement, endOf } from '../../market/agreements.ts';
import { postRepair as postModel } from '../../market/repairs.ts';
import type { Hex } from '../../market/types.ts';
import { shardTree } from '../shard-tree.ts';
import type { Maker } from '../step.ts';
import type { World } from '../world.ts';

const TOKEN = 10n ** 18n;

export const postRepair: Maker = (world) => {
  const { market, random } = world;
  const { agreements, clock, repairs } = market;
  const failed = agreements.all().filter(({ status }) => status === 'Failed');
  const open = failed.filter(
    (agreement) =>
      repairs.get(agreement.id) === undefined && endOf(agreement) > clock.period + 1 && objectOf(world, agreement),
  );
  const chosen = random.chance(0.85) ? open : random.chance(0.8) ? failed : agreements.all();
  const agreement = random.maybe(chosen);
  if (agreement === undefined) return undefined;
  const owner = world.clientOf(agreement);
  const session = market.sessions.get(owner, repairs.params.contract);
  if (session.expiry <= clock.time && random.chance(0.8)) return undefined;
  const client = random.chance(0.95) ? owner : random.pick(world.clients);
  const known = objectOf(world, agreement) ?? random.maybe(world.objects.get(client) ?? []);
  const objectKey = known !== undefined && random.chance(0.95) ? known : world.newObject(client);
  return {
    to: 'repairs',
    from: world.anybody(),
    functionName: 'post',
    args: [agreement.id, client, objectKey],
    model: (m) =>
      postModel(m, agreement.id, client, objectKey, (shardIndex, shardRoot) => {
        return shardTree([{ shardIndex, shardRoot }]).root;
      }),
  };
};

/** Mostly by those who have something to repair. */
export const authorizeRepairs: Maker = (world) => {
  const { market, random } = world;
  const failed = market.agreements.all().filter(({ status }) => status === 'Failed');
  const agreement = random.maybe(failed);
  if (agreement === undefined) return undefined;
  const from = world.clientOf(agreement);
  const key = market.repairs.params.contract;
  const budget = random.pick([random.big(1n, TOKEN), 100n * TOKEN]);
  const expiry = market.clock.time + random.int(1, 2_000);
  return {
    to: 'escrow',
    from,
    functionName: 'authorizeSession',
    args: [key, budget, expiry],
    model: (m) => m.sessions.authorize(from, key, budget, expiry),
  };
};

/** The object of which an agreement was the last to hold the shard; undefined when another has come. */
function objectOf(world: World, agreement: Agreement): Hex | undefined {
  const client = world.clientOf(agreement);
  const { agreements } = world.market;
  return world.objects
    .get(client)
    ?.find((objectKey) => agreements.holder(client, objectKey, agreement.shardIndex) === agreement.id);
}
