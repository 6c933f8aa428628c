import type { Terms } from '../../market/forming.ts';
import { FAILED } from '../../market/stakes.ts';
import type { World } from '../world.ts';
import type { Draft } from './draft.ts';

const MAX_UINT32 = 2 ** 32 - 1;
const MAX_UINT64 = 2n ** 64n - 1n;

/** Ways to make one thing of a batch wrong. What the contracts say to it is for the model to know. */
type Spoiler = (draft: Draft, terms: Terms, world: World) => void;

const SPOILERS: Readonly<Record<string, Spoiler>> = {
  nothing: (draft) => void draft.batch.splice(0),
  'a signature missing': (draft) => void draft.providers.pop(),
  'another client': (draft, terms, world) => {
    if (draft.batch.length > 1) terms.client = world.random.pick(world.clients);
  },
  'too late': (_, terms, world) => void (terms.deadline = BigInt(world.market.clock.time - 1)),
  'at the last second': (_, terms, world) => void (terms.deadline = BigInt(world.market.clock.time)),
  'no units': (_, terms) => void (terms.units = 0),
  'no price': (_, terms) => void (terms.pricePerUnitPeriod = 0n),
  'no periods': (_, terms) => void (terms.periods = 0),
  'no collateral': (_, terms) => void (terms.collateral = 0n),
  'collateral off by one': (_, terms) => void (terms.collateral += 1n),
  'too cheap': (_, terms) => {
    [terms.units, terms.pricePerUnitPeriod, terms.periods, terms.collateral] = [1, 1n, 1, 1n];
  },
  'too dear': (_, terms) => {
    terms.pricePerUnitPeriod = MAX_UINT64;
    terms.collateral = MAX_UINT64 * BigInt(terms.units);
  },
  'nonce used': (_, terms, world) => {
    const used = world.market.agreements.usedNonces().find(({ signer }) => signer === terms.client);
    terms.nonce = used?.nonce ?? terms.nonce;
  },
  'provider signs wrongly': (draft) => void (draft.providers[draft.providers.length - 1] = 'wrong'),
  'client signs wrongly': (draft) => void (draft.clientSignsWrongly = true),
  revoked: (_, terms, world) => {
    const { registry, clock } = world.market;
    const voided = registry.ids().filter((id) => registry.get(id).voidThrough >= BigInt(clock.time));
    terms.provider = world.random.maybe(voided) ?? terms.provider;
    terms.deadline = registry.get(terms.provider).voidThrough;
  },
  'unknown provider': (_, terms, world) => void (terms.provider = world.market.registry.count + 1),
  'failed provider': (_, terms, world) => {
    const failed = world.market.registry.ids().filter((id) => world.market.stakes.get(id).strikes === FAILED);
    terms.provider = world.random.maybe(failed) ?? terms.provider;
    terms.askId = 0n;
  },
  'one provider twice': (draft, terms) => {
    for (const other of draft.batch) {
      other.provider = terms.provider;
      other.askId = 0n;
    }
  },
  'a shard twice': (draft, terms) => {
    for (const other of draft.batch) other.shardIndex = terms.shardIndex;
  },
  'a live shard': (_, terms, world) => {
    const live = world.active().find((a) => world.clientOf(a) === terms.client);
    if (live !== undefined) [terms.objectKey, terms.shardIndex] = [world.objectOf(live), live.shardIndex];
  },
  'a gap': (_, terms) => void (terms.shardIndex += 8),
  'the whole disk': (_, terms, world) => {
    terms.askId = 0n;
    terms.units = MAX_UINT32 - world.random.int(0, 1);
    [terms.pricePerUnitPeriod, terms.periods] = [1n, 2];
    terms.collateral = BigInt(terms.units);
    terms.shardRoot = world.newShard(terms.units).root;
  },
  'more collateral than there is': (_, terms, world) => {
    const rent = BigInt(terms.units) * terms.pricePerUnitPeriod;
    terms.collateral = (world.market.stakes.get(terms.provider).free / rent + 1n) * rent;
  },
  'unknown ask': (_, terms, world) => void (terms.askId = world.market.book.count + 1n),
  'another ask': (_, terms, world) => {
    terms.askId = world.random.maybe([...world.market.book.open()])?.[0] ?? 1n;
  },
  'below the ask': (_, terms) => {
    const rent = BigInt(terms.units) * terms.pricePerUnitPeriod;
    terms.pricePerUnitPeriod -= 1n;
    terms.collateral = (terms.collateral / rent) * (rent - BigInt(terms.units));
  },
  'too many units': (_, terms, world) => {
    const left = world.market.book.get(terms.askId)?.unitsLeft ?? 0;
    resize(terms, left + 1, world);
  },
  'more units than accepted': (_, terms, world) => {
    resize(terms, (world.market.book.get(terms.askId)?.maxUnits ?? 0) + 1, world);
  },
  'too long': (_, terms, world) => {
    terms.periods = (world.market.book.get(terms.askId)?.maxPeriods ?? 0) + 1;
  },
  'too little collateral': (_, terms, world) => {
    const ask = world.market.book.get(terms.askId);
    const rent = BigInt(terms.units) * terms.pricePerUnitPeriod;
    terms.collateral = rent * BigInt((ask?.collateralPeriods ?? 2) - 1);
  },
  'an ask for rich clients': (_, terms, world) => {
    const deposit = world.market.accounts.availableOf(terms.client);
    const rich = [...world.market.book.open()].find(([, ask]) => ask.minClientDeposit > deposit);
    if (rich === undefined) return;
    const [askId, ask] = rich;
    terms.provider = ask.provider;
    terms.askId = askId;
    terms.pricePerUnitPeriod = ask.pricePerUnitPeriod;
    terms.periods = ask.maxPeriods;
    resize(terms, Math.max(1, ask.minUnits), world);
    terms.collateral = BigInt(terms.units) * terms.pricePerUnitPeriod * BigInt(ask.collateralPeriods);
  },
};

/** Makes one thing of a draft wrong. */
export function spoilDraft(world: World, draft: Draft): void {
  const spoiler = SPOILERS[world.random.pick(Object.keys(SPOILERS))];
  const last = draft.batch.at(-1);
  if (spoiler !== undefined && last !== undefined) spoiler(draft, last, world);
}

/** Other units behind as many periods of collateral. */
function resize(terms: Terms, units: number, world: World): void {
  const rent = BigInt(terms.units) * terms.pricePerUnitPeriod;
  const collateralPeriods = rent === 0n ? 1n : terms.collateral / rent;
  terms.units = units;
  terms.shardRoot = world.newShard(Math.max(1, units)).root;
  terms.collateral = BigInt(units) * terms.pricePerUnitPeriod * collateralPeriods;
}
