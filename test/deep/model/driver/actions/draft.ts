import type { Terms } from '../../market/forming.ts';
import type { Ask } from '../../market/order-book.ts';
import type { Address, Hex, Signature } from '../../market/types.ts';
import type { World } from '../world.ts';

const MAX_BATCH = 4;
/** Objects grow to this: more than two groups of shards. */
const MAX_SHARDS = 11;
const DEAR = 10n ** 13n;

/** A batch before anybody signed it. */
export interface Draft {
  client: Address;
  objectKey: Hex;
  batch: Terms[];
  /** How each provider's signature comes about, in order. */
  providers: Consent[];
  clientSignsWrongly: boolean;
}

export type Consent = 'node key' | 'operator' | 'wrong';

/** A batch of which every condition holds, as far as one can see; undefined when nobody has room. */
export function newDraft(world: World): Draft | undefined {
  const { market, random } = world;
  const client = random.pick(world.clients);
  const objectKey = objectFor(world, client);
  const taken = heldBy(world, client, objectKey);
  const candidates = world
    .healthy()
    .filter(
      (id) => !taken.live.has(id) && spareOf(world, id) > 0n && market.registry.get(id).placementId !== undefined,
    );
  const batch: Terms[] = [];
  let left = market.accounts.availableOf(client) / 3n;
  for (let size = random.int(1, MAX_BATCH); size > 0; size -= 1) {
    const provider = random.maybe(candidates);
    if (provider === undefined) break;
    candidates.splice(candidates.indexOf(provider), 1);
    const shardIndex = taken.free.shift() ?? taken.next;
    if (shardIndex === taken.next) taken.next += 1;
    const terms = newTerms(world, client, provider, objectKey, shardIndex, left);
    if (terms === undefined) continue;
    left -= terms.pricePerUnitPeriod * BigInt(terms.units * terms.periods);
    batch.push(terms);
  }
  if (batch.length === 0) return undefined;
  return {
    client,
    objectKey,
    batch,
    providers: batch.map(() => (random.chance(0.7) ? 'node key' : 'operator')),
    clientSignsWrongly: false,
  };
}

/** Signatures over a draft as it is now. */
export function signDraft(world: World, { batch, client, providers, clientSignsWrongly }: Draft) {
  const { messages, market } = world;
  const provided = batch.map((terms, index): Signature => {
    const digest = messages.agreements.agreement(terms);
    const known = terms.provider >= 1 && terms.provider <= market.registry.count;
    if (!known) return world.sign(world.stranger, digest);
    const { nodeAddress, operator } = market.registry.get(terms.provider);
    const how = providers[index] ?? 'node key';
    if (how === 'wrong') return world.signWrongly(nodeAddress, digest);
    return world.sign(how === 'operator' ? operator : nodeAddress, digest);
  });
  const digest = messages.agreements.batch(batch);
  const asked = clientSignsWrongly ? world.signWrongly(client, digest) : world.sign(client, digest);
  return { provided, client: asked };
}

function newTerms(
  world: World,
  client: Address,
  provider: number,
  objectKey: Hex,
  shardIndex: number,
  purse: bigint,
): Terms | undefined {
  const { market, random } = world;
  const deposit = market.accounts.availableOf(client);
  const fitting = world.liveAsks(provider).filter(([, ask]) => ask.unitsLeft > 0 && ask.minClientDeposit <= deposit);
  const [askId, ask] = (random.chance(0.75) ? random.maybe(fitting) : undefined) ?? [0n, undefined];
  const { units, price, periods, collateralPeriods } = ask === undefined ? freeTerms(world) : askedTerms(world, ask);
  const rent = price * BigInt(units);
  const { minValue } = market.agreements.params;
  const fits = units > 0 && rent * BigInt(periods) >= minValue && rent * BigInt(periods) <= purse;
  if (!fits || rent * BigInt(collateralPeriods) > spareOf(world, provider) / 2n) return undefined;
  return {
    client,
    provider,
    objectKey,
    shardIndex,
    shardRoot: world.newShard(units).root,
    units,
    pricePerUnitPeriod: price,
    periods,
    collateral: rent * BigInt(collateralPeriods),
    askId,
    bidId: random.chance(0.9) ? 0n : 7n,
    nonce: world.freshNonce(client),
    deadline: deadlineFor(world, provider),
  };
}

function freeTerms({ random }: World) {
  return {
    units: random.int(1, 12),
    price: random.pick([2n, 999_999_999_989n, DEAR]),
    periods: random.int(1, 25),
    collateralPeriods: random.int(1, 10),
  };
}

function askedTerms({ random }: World, ask: Ask) {
  const most = Math.min(ask.maxUnits, ask.unitsLeft);
  return {
    units: most < Math.max(ask.minUnits, 1) ? 0 : random.int(Math.max(ask.minUnits, 1), most),
    price: ask.pricePerUnitPeriod + random.pick([0n, 0n, 1n]),
    periods: random.int(Math.max(ask.minPeriods, 1), ask.maxPeriods),
    collateralPeriods: ask.collateralPeriods + random.int(0, 1),
  };
}

/** An object with room, or a new one. */
export function objectFor(world: World, client: Address): Hex {
  const { random } = world;
  const objects = world.objects.get(client) ?? [];
  const growing = objects.filter((key) => heldBy(world, client, key).next < MAX_SHARDS).slice(-4);
  const chosen = random.chance(0.6) ? random.maybe(growing) : undefined;
  return chosen ?? world.newObject(client);
}

/** Of an object: the providers of its live shards, the places that a former agreement left, and the next new place. */
export function heldBy(world: World, client: Address, objectKey: Hex) {
  const { agreements } = world.market;
  const live = new Set<number>();
  const free: number[] = [];
  let next = 0;
  for (; ; next += 1) {
    const id = agreements.holder(client, objectKey, next);
    if (id === undefined) break;
    if (agreements.all().some((agreement) => agreement.id === id && agreement.status === 'Active'))
      live.add(Number(id >> 32n));
    else if (world.random.chance(0.3)) free.push(next);
  }
  return { live, free, next };
}

export function spareOf({ market }: World, provider: number): bigint {
  const { free } = market.stakes.get(provider);
  return free > market.stakes.bond ? free - market.stakes.bond : 0n;
}

/** Past what the provider made void. */
function deadlineFor(world: World, provider: number): bigint {
  const { voidThrough } = world.market.registry.get(provider);
  const deadline = world.deadline();
  return deadline > voidThrough ? deadline : voidThrough + 1n;
}
