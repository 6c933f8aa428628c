import {
  type Answer,
  type Bid,
  type BidTerms,
  answerBid as answerModel,
  bidNonce,
  bidPrice,
  cancelBid as cancelModel,
  closeBid as closeModel,
  postBidFor as postModel,
  reservedOf,
  RESTS,
} from '../../market/bids.ts';
import type { Terms } from '../../market/forming.ts';
import type { Address, Hex, Signature } from '../../market/types.ts';
import { shardTree } from '../shard-tree.ts';
import type { Maker } from '../step.ts';
import type { World } from '../world.ts';
import { heldBy, objectFor, spareOf } from './draft.ts';

const MAX_SHARDS = 4;
const MAX_OPEN = 8;
const NO_HASH: Hex = `0x${'00'.repeat(32)}`;

/** One field that no bid may have so. */
function spoilTerms(world: World, terms: BidTerms): void {
  const fields: ((t: BidTerms) => void)[] = [
    (t) => (t.objectKey = NO_HASH),
    (t) => (t.shardsRoot = NO_HASH),
    (t) => (t.units = 0),
    (t) => (t.periods = 0),
    (t) => (t.shards = 0),
    (t) => (t.minScoreBps = 10_001),
    (t) => (t.collateralPeriods = 0),
    (t) => (t.expiry = world.market.clock.time),
    (t) => (t.startPrice = t.ceiling + 1n),
    (t) => (t.startPrice = 0n),
  ];
  world.random.pick(fields)(terms);
}

export const postBid: Maker = (world) => {
  const { market, random } = world;
  if (market.bids.open().length >= MAX_OPEN && random.chance(0.9)) return undefined;
  // An operator bids as well now and then: its own providers may not answer.
  const client = random.chance(0.9) ? random.pick(world.clients) : random.pick(world.operators);
  const objectKey = objectFor(world, client);
  const { next } = heldBy(world, client, objectKey);
  const units = random.int(1, 6);
  const shards = random.int(1, MAX_SHARDS);
  const wanted = Array.from({ length: shards }, (_, i) => ({
    shardIndex: next + i,
    shardRoot: world.newShard(units).root,
  }));
  const startPrice = random.pick([2n, 1_000_003n, 10n ** 12n]);
  const terms: BidTerms = {
    objectKey,
    shardsRoot: shardTree(wanted).root,
    units,
    periods: random.int(1, 25),
    shards,
    rest: random.int(0, RESTS.length - 1),
    region: random.pick([0, 0, 0, 276, 826]),
    minScoreBps: random.pick([0, 0, 0, 0, 1, 50, 5_000, 10_000]),
    collateralPeriods: random.int(1, 6),
    expiry: market.clock.time + random.int(60, 2_000),
    climbSeconds: random.pick([0, 1, 100, 1_000]),
    startPrice,
    ceiling: startPrice * random.pick([1n, 2n, 7n]),
  };
  if (random.chance(0.15)) spoilTerms(world, terms);
  const needed = reservedOf(market, terms) * BigInt(terms.shards);
  if (needed > market.accounts.availableOf(client) && random.chance(0.9)) return undefined;
  const isForOther = random.chance(0.3);
  const from = isForOther ? world.keyFor(client) : client;
  return {
    to: 'orderBook',
    from,
    functionName: isForOther ? 'postBidFor' : 'postBid',
    args: isForOther ? [client, terms] : [terms],
    model: (m) => postModel(m, client, from, terms, wanted),
  };
};

export const answerBid: Maker = (world) => {
  const { market, random } = world;
  const open = market.bids.open().filter(([, { terms }]) => terms.expiry > market.clock.time || random.chance(0.03));
  const [bidId, bid] = random.maybe(open) ?? [];
  if (bidId === undefined || bid === undefined) return undefined;
  const answers = answersTo(world, bidId, bid);
  if (answers.length === 0) return undefined;
  const spoilt = random.chance(0.25);
  if (spoilt) spoilAnswer(world, random.pick(answers));
  const signed = answers.map((answer) => signAnswer(world, answer));
  const tree = shardTree(bid.wanted);
  const proofs = answers.map(({ terms, proofHolds }) => {
    const { shardIndex, shardRoot } = terms;
    const listed = bid.wanted.find((shard) => shard.shardIndex === shardIndex) ?? { shardIndex, shardRoot };
    const proof = tree.proofOf(listed);
    return proofHolds ? proof : [...proof, NO_HASH];
  });
  const lost = random.chance(0.04) ? random.pick(['proof', 'signature'] as const) : undefined;
  if (lost === 'proof') proofs.pop();
  if (lost === 'signature') signed.pop();
  const askedFor = random.chance(0.97) ? bidId : bidId + 100n;
  const counts = { proofs: proofs.length, signatures: signed.length };
  const judged = answers.map((answer, i): Answer => ({ ...answer, providerSigner: signed[i]?.signer }));
  return {
    to: 'orderBook',
    from: world.anybody(),
    functionName: 'answerBid',
    args: [askedFor, answers.map(({ terms }) => terms), signed.map(({ bytes }) => bytes), proofs],
    model: (m) => answerModel(m, askedFor, judged, counts),
  };
};

/** Answers by distinct providers that have room, to shards that nobody took. */
function answersTo(world: World, bidId: bigint, bid: Bid): Answer[] {
  const { market, random } = world;
  const { client, terms, wanted, shardsLeft } = bid;
  const taken = heldBy(world, client, terms.objectKey);
  const leastScore = BigInt(terms.minScoreBps) * 10n ** 14n;
  const candidates = world
    .healthy()
    .filter(
      (id) =>
        !taken.live.has(id) &&
        (terms.region === 0 || market.registry.get(id).region === terms.region || random.chance(0.1)) &&
        (market.registry.get(id).operator !== client || random.chance(0.1)) &&
        (market.reputation.score(id, market.clock.period) >= leastScore || random.chance(0.1)),
    );
  const left = wanted.filter(
    ({ shardIndex }) => !market.agreements.isNonceUsed(client, bidNonce(bidId, shardIndex)) || random.chance(0.03),
  );
  const most = RESTS[terms.rest] === 'AllOrNone' && random.chance(0.95) ? shardsLeft : random.int(1, shardsLeft);
  const price = bidPrice(market, bid);
  const answers: Answer[] = [];
  for (const { shardIndex, shardRoot } of left) {
    if (answers.length >= most) break;
    const rent = price * BigInt(terms.units);
    const able = candidates.filter((id) => spareOf(world, id) >= rent * BigInt(terms.collateralPeriods + 1));
    const provider = random.maybe(able);
    if (provider === undefined) break;
    candidates.splice(candidates.indexOf(provider), 1);
    const wished = random.chance(0.8) ? price : (price + 1n) / 2n;
    const { voidThrough } = market.registry.get(provider);
    const deadline = world.deadline();
    answers.push({
      terms: {
        client,
        provider,
        objectKey: terms.objectKey,
        shardIndex,
        shardRoot,
        units: terms.units,
        pricePerUnitPeriod: wished,
        periods: terms.periods,
        collateral: wished * BigInt(terms.units) * BigInt(terms.collateralPeriods + random.int(0, 1)),
        askId: 0n,
        bidId,
        nonce: bidNonce(bidId, shardIndex),
        deadline: deadline > voidThrough ? deadline : voidThrough + 1n,
      },
      providerSigner: undefined,
      proofHolds: true,
    });
  }
  return answers;
}

function spoilAnswer(world: World, answer: Answer): void {
  const { market, random } = world;
  const { terms } = answer;
  const rent = (): bigint => terms.pricePerUnitPeriod * BigInt(terms.units);
  const fields: ((t: Terms) => void)[] = [
    (t) => (t.client = random.pick(world.clients)),
    (t) => (t.bidId += 1n),
    (t) => (t.askId = 1n),
    (t) => (t.objectKey = world.newObject(t.client)),
    (t) => (t.units += 1),
    (t) => (t.periods += 1),
    (t) => (t.nonce += 1n),
    (t) => {
      t.pricePerUnitPeriod += 1n;
      t.collateral = rent() * 10n;
    },
    (t) => (t.collateral = rent()),
    (t) => (t.shardRoot = world.newShard(t.units).root),
    (t) => (t.provider = market.registry.count + 1),
    () => (answer.proofHolds = false),
    (t) => (t.deadline = BigInt(market.clock.time - 1)),
  ];
  random.pick(fields)(terms);
}

function signAnswer(world: World, { terms }: Answer): Signature {
  const { market, messages, random } = world;
  const digest = messages.agreements.agreement(terms);
  if (terms.provider > market.registry.count) return world.sign(world.stranger, digest);
  const { nodeAddress, operator } = market.registry.get(terms.provider);
  if (random.chance(0.03)) return world.signWrongly(nodeAddress, digest);
  return world.sign(random.chance(0.7) ? nodeAddress : operator, digest);
}

export const cancelBid: Maker = (world) => {
  const { market, random } = world;
  const [bidId, bid] = random.maybe(market.bids.open()) ?? [];
  if (bidId === undefined || bid === undefined || random.chance(0.5)) return undefined;
  const from: Address = random.chance(0.8) ? bid.client : world.anybody();
  const asked = random.chance(0.95) ? bidId : bidId + 100n;
  return { to: 'orderBook', from, functionName: 'cancelBid', args: [asked], model: (m) => cancelModel(m, from, asked) };
};

export const closeBid: Maker = (world) => {
  const { market, random } = world;
  const open = market.bids.open();
  const expired = open.filter(([, { terms }]) => terms.expiry <= market.clock.time);
  const [bidId] = (random.chance(0.9) ? random.maybe(expired) : random.maybe(open)) ?? [];
  if (bidId === undefined) return undefined;
  const from = world.anybody();
  return { to: 'orderBook', from, functionName: 'closeBid', args: [bidId], model: (m) => closeModel(m, bidId) };
};
