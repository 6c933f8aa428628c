import type { Ask, SignedAsk } from '../../market/order-book.ts';
import type { Maker } from '../step.ts';
import { signedAskId } from '../typed-data.ts';
import type { World } from '../world.ts';

const MAX_ASKS_PER_PROVIDER = 3;

export function newAsk(world: World, provider: number): Ask {
  const { market, random } = world;
  const minUnits = random.int(0, 3);
  const pricePerUnitPeriod = random.pick([1n, 3n, 1_000_003n, 10n ** 12n, 7n * 10n ** 12n + 1n]);
  const pegged = random.chance(0.4);
  return {
    provider,
    pricePerUnitPeriod,
    unitsLeft: random.int(4, 60),
    minUnits,
    maxUnits: minUnits + random.int(1, 12),
    expiry: market.clock.time + random.int(60, 3_000),
    collateralPeriods: random.int(1, 8),
    minPeriods: random.int(0, 2),
    maxPeriods: random.int(3, 30),
    region: 276,
    minClientDeposit: random.pick([0n, 0n, 10n ** 15n, 10n ** 21n]),
    retrievalPricePerMiB: random.big(0n, 100n),
    premiumBps: pegged ? random.pick([5_000, 9_999, 10_000, 20_000]) : 0,
    ceiling: pegged ? pricePerUnitPeriod * random.pick([1n, 2n, 1_000n]) : 0n,
  };
}

/** One field that no ask may have so. */
function spoil(world: World, ask: Ask): void {
  const fields: ((a: Ask) => void)[] = [
    (a) => (a.pricePerUnitPeriod = 0n),
    (a) => (a.unitsLeft = 0),
    (a) => (a.collateralPeriods = 0),
    (a) => (a.maxUnits = a.minUnits - 1 < 0 ? 0 : a.minUnits - 1),
    (a) => (a.maxUnits = 0),
    (a) => (a.maxPeriods = 0),
    (a) => (a.minPeriods = a.maxPeriods + 1),
    (a) => (a.expiry = world.market.clock.time),
    (a) => (a.premiumBps = world.random.pick([1, 4_999, 20_001, 65_535])),
    (a) => (a.ceiling = a.premiumBps === 0 ? 1n : a.pricePerUnitPeriod - 1n),
  ];
  world.random.pick(fields)(ask);
}

export const postAsk: Maker = (world) => {
  const { market, random } = world;
  const few = world.healthy().filter((id) => world.liveAsks(id).length < MAX_ASKS_PER_PROVIDER);
  const provider = random.chance(0.97) ? random.maybe(few) : market.registry.count + 1;
  if (provider === undefined) return undefined;
  const placed = provider <= market.registry.count && market.registry.get(provider).placementId !== undefined;
  if (!placed && random.chance(0.7)) return undefined;
  const ask = newAsk(world, provider);
  if (random.chance(0.2)) spoil(world, ask);
  const known = provider <= market.registry.count;
  const from = known && random.chance(0.9) ? world.agentOf(provider) : world.anybody();
  return {
    to: 'orderBook',
    from,
    functionName: 'postAsk',
    args: [ask],
    model: (m) => m.book.post(from, ask),
  };
};

export const amendAsk: Maker = (world) => {
  const { market, random } = world;
  const open = random.maybe([...market.book.open()]);
  if (open === undefined) return undefined;
  const [id, { provider }] = open;
  const askId = random.chance(0.9) ? id : market.book.count + 1n;
  const ask = newAsk(world, random.chance(0.9) ? provider : provider + 1);
  if (random.chance(0.2)) spoil(world, ask);
  const from = random.chance(0.9) ? world.agentOf(provider) : world.anybody();
  return {
    to: 'orderBook',
    from,
    functionName: 'amendAsk',
    args: [askId, ask],
    model: (m) => m.book.amend(from, askId, ask),
  };
};

export const cancelAsks: Maker = (world) => {
  const { market, random } = world;
  const open = random.maybe([...market.book.open()]);
  if (open === undefined) return undefined;
  const [id, { provider, expiry }] = open;
  // Offers that still stand are worth more to a run than withdrawn ones.
  if (expiry > market.clock.time && random.chance(0.6)) return undefined;
  const others = random.chance(0.3) ? world.liveAsks(provider).map(([other]) => other) : [];
  const wrong = random.chance(0.1) ? [random.big(0n, market.book.count + 1n)] : [];
  const askIds = [...new Set([id, ...others, ...wrong])];
  const of = random.chance(0.93) ? provider : provider + 1;
  const from = random.chance(0.85) ? world.agentOf(provider) : world.anybody();
  return {
    to: 'orderBook',
    from,
    functionName: 'cancelAsks',
    args: [of, askIds],
    model: (m) => m.book.cancel(from, of, askIds),
  };
};

/** Ends the series in which a provider's asks were signed. */
export const startSeries: Maker = (world) => {
  const { random } = world;
  const provider = world.provider();
  if (provider === undefined) return undefined;
  const from = random.chance(0.85) ? world.agentOf(provider) : world.anybody();
  return {
    to: 'orderBook',
    from,
    functionName: 'startSeries',
    args: [provider],
    model: (m) => m.book.startSeries(from, provider),
  };
};

/** Brings an ask that was signed off the chain: a new one, or one that was brought before. */
export const bringAsk: Maker = (world) => {
  const { market, messages, random } = world;
  const again = random.chance(0.1) ? random.maybe(world.signedAsks) : undefined;
  const provider = again?.ask.provider ?? random.maybe(world.healthy());
  if (provider === undefined) return undefined;
  const { nodeAddress, operator, placementId } = market.registry.get(provider);
  if (placementId === undefined && random.chance(0.7)) return undefined;
  const series = market.book.seriesOf(provider) + (random.chance(0.1) ? random.pick([1, -1]) : 0);
  const signed: SignedAsk = again ?? {
    ask: newAsk(world, provider),
    nonce: random.big(0n, 1_000n),
    series: Math.max(0, series),
  };
  if (again === undefined && random.chance(0.15)) spoil(world, signed.ask);
  world.signedAsks.push(signed);
  const digest = messages.orderBook.signedAsk(signed);
  const signature = random.chance(0.1)
    ? world.signWrongly(nodeAddress, digest)
    : world.sign(random.chance(0.7) ? nodeAddress : operator, digest);
  return {
    to: 'orderBook',
    from: world.anybody(),
    functionName: 'bringAsk',
    args: [signed, signature.bytes],
    model: (m) =>
      m.book.bring(signedAskId(signed), signed, signature.signer, (account) => m.signedBy(account, signature.signer)),
  };
};
