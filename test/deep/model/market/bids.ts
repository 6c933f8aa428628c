import { form, type Terms } from './forming.ts';
import type { Market } from './market.ts';
import { need } from './refusal.ts';
import { type Address, BPS, type Hex, type Signer, type Undoable, copyRecords } from './types.ts';

export const RESTS = ['AllOrNone', 'Stand', 'Refund'] as const;

/** What a client wants. */
export interface BidTerms {
  objectKey: Hex;
  shardsRoot: Hex;
  units: number;
  periods: number;
  shards: number;
  /** Its place in `RESTS`. */
  rest: number;
  region: number;
  minScoreBps: number;
  collateralPeriods: number;
  expiry: number;
  climbSeconds: number;
  startPrice: bigint;
  ceiling: bigint;
}

/** One of the shards that a bid is for. */
export interface WantedShard {
  shardIndex: number;
  shardRoot: Hex;
}

export interface Bid {
  terms: BidTerms;
  client: Address;
  postedAt: number;
  shardsLeft: number;
  /** What `shardsRoot` commits to. */
  wanted: readonly WantedShard[];
}

const NO_HASH: Hex = `0x${'00'.repeat(32)}`;
const SCORE_PER_BPS = 10n ** 14n;
const NONCE_BIT = 1n << 63n;

/** The records of IBids: bids that stand. */
export class Bids implements Undoable {
  #bids = new Map<bigint, Bid>();
  #count = 0n;

  save(): () => void {
    const bids = copyRecords(this.#bids);
    const count = this.#count;
    return () => {
      [this.#bids, this.#count] = [bids, count];
    };
  }

  get count(): bigint {
    return this.#count;
  }

  get(bidId: bigint): Bid | undefined {
    return this.#bids.get(bidId);
  }

  open(): [bigint, Bid][] {
    return [...this.#bids];
  }

  known(bidId: bigint): Bid {
    const bid = this.#bids.get(bidId);
    need(bid !== undefined, 'OrderBook_UnknownBid', bidId);
    return bid;
  }

  add(bid: Bid): void {
    this.#count += 1n;
    this.#bids.set(this.#count, bid);
  }

  remove(bidId: bigint): void {
    this.#bids.delete(bidId);
  }
}

/** Token wei behind each shard: rent and burn at the ceiling. */
export function reservedOf(market: Market, { ceiling, units, periods }: BidTerms): bigint {
  const rent = ceiling * BigInt(units) * BigInt(periods);
  return rent + market.agreements.burnOf(rent);
}

/** What a bid pays now, token wei for one unit and period. */
export function bidPrice(market: Market, { terms, postedAt }: Bid): bigint {
  const elapsed = market.clock.time - postedAt;
  const { startPrice, ceiling, climbSeconds } = terms;
  if (elapsed >= climbSeconds) return ceiling;
  return startPrice + ((ceiling - startPrice) * BigInt(elapsed)) / BigInt(climbSeconds);
}

/** The client's nonce that the agreement for a shard of a bid has. */
export function bidNonce(bidId: bigint, shardIndex: number): bigint {
  return NONCE_BIT | (bidId << 8n) | BigInt(shardIndex);
}

/** IBids.postBid and postBidFor: the money is behind it from now on. @param key who asks: the client, or its session key */
export function postBidFor(
  market: Market,
  client: Address,
  key: Address,
  terms: BidTerms,
  wanted: readonly WantedShard[],
): void {
  requireValid(market, terms);
  const amount = reservedOf(market, terms) * BigInt(terms.shards);
  market.sessions.spend(client, key, amount);
  market.accounts.lock('orderBook', client, amount, 0n);
  market.bids.add({ terms: { ...terms }, client, postedAt: market.clock.time, shardsLeft: terms.shards, wanted });
}

/** One shard's answer. */
export interface Answer {
  terms: Terms;
  providerSigner: Signer;
  /** The Merkle proof is the one for this shard. */
  proofHolds: boolean;
}

/** IBids.answerBid: agreements out of what stands behind the bid. @param signatures how many signatures came along */
export function answerBid(
  market: Market,
  bidId: bigint,
  answers: readonly Answer[],
  counts: { proofs: number; signatures: number },
): void {
  const { accounts, bids, clock } = market;
  const bid = bids.known(bidId);
  const { terms } = bid;
  need(clock.time < terms.expiry, 'OrderBook_BidExpired', bidId, BigInt(terms.expiry));
  const length = answers.length;
  need(length === counts.proofs, 'OrderBook_LengthMismatch', BigInt(length), BigInt(counts.proofs));
  const { shardsLeft } = bid;
  const fits = RESTS[terms.rest] === 'AllOrNone' ? length === shardsLeft : length <= shardsLeft;
  need(fits && length !== 0, 'OrderBook_WrongShardCount', bidId, BigInt(length), BigInt(shardsLeft));
  for (const answer of answers) requireAnswers(market, bidId, bid, answer);

  const over = length === shardsLeft || RESTS[terms.rest] === 'Refund';
  if (over) close(market, bidId, bid);
  else {
    bid.shardsLeft -= length;
    accounts.release('orderBook', accounts.open(bid.client), reservedOf(market, terms) * BigInt(length));
  }
  const signers = answers.slice(0, counts.signatures).map(({ providerSigner }) => providerSigner);
  const batch = answers.map((answer) => answer.terms);
  form(market, market.orderBook, batch, signers, { bytes: '0x', signer: undefined });
}

/** IBids.cancelBid: its client, any time. */
export function cancelBid(market: Market, caller: Address, bidId: bigint): void {
  const bid = market.bids.known(bidId);
  need(caller === bid.client, 'OrderBook_NotBidder', bidId, caller);
  close(market, bidId, bid);
}

/** IBids.closeBid: anybody, once it has expired. */
export function closeBid(market: Market, bidId: bigint): void {
  const bid = market.bids.known(bidId);
  const { expiry } = bid.terms;
  need(market.clock.time >= expiry, 'OrderBook_BidNotExpired', bidId, BigInt(expiry));
  close(market, bidId, bid);
}

function close(market: Market, bidId: bigint, { client, terms, shardsLeft }: Bid): void {
  const { accounts, bids } = market;
  bids.remove(bidId);
  accounts.release('orderBook', accounts.open(client), reservedOf(market, terms) * BigInt(shardsLeft));
}

function requireValid(market: Market, terms: BidTerms): void {
  const wrong = (field: string, holds: boolean): void => need(holds, 'OrderBook_InvalidBid', field);
  wrong('objectKey', terms.objectKey !== NO_HASH);
  wrong('shardsRoot', terms.shardsRoot !== NO_HASH);
  wrong('units', terms.units !== 0);
  wrong('periods', terms.periods !== 0);
  wrong('shards', terms.shards !== 0);
  wrong('minScoreBps', BigInt(terms.minScoreBps) <= BPS);
  wrong('collateralPeriods', terms.collateralPeriods !== 0);
  wrong('expiry', market.clock.time < terms.expiry);
  wrong('startPrice', terms.startPrice !== 0n && terms.startPrice <= terms.ceiling);
  const least = terms.startPrice * BigInt(terms.units) * BigInt(terms.periods);
  wrong('value', least >= market.agreements.params.minValue);
}

function requireAnswers(market: Market, bidId: bigint, bid: Bid, { terms: a, proofHolds }: Answer): void {
  const { clock, registry, reputation } = market;
  const { terms, client, wanted } = bid;
  const same = (field: string, holds: boolean): void => need(holds, 'OrderBook_AnswerDiffers', bidId, field);
  same('client', a.client === client);
  same('bidId', a.bidId === bidId);
  same('askId', a.askId === 0n);
  same('objectKey', a.objectKey === terms.objectKey);
  same('units', a.units === terms.units);
  same('periods', a.periods === terms.periods);
  same('nonce', a.nonce === bidNonce(bidId, a.shardIndex));
  const price = bidPrice(market, bid);
  need(a.pricePerUnitPeriod <= price, 'OrderBook_PriceAboveBid', bidId, a.pricePerUnitPeriod, price);
  const least = BigInt(a.units) * a.pricePerUnitPeriod * BigInt(terms.collateralPeriods);
  need(a.collateral >= least, 'OrderBook_CollateralBelowBid', bidId, a.collateral, least);
  const { shardIndex, shardRoot, provider } = a;
  const listed = wanted.some((shard) => shard.shardIndex === shardIndex && shard.shardRoot === shardRoot);
  need(proofHolds && listed, 'OrderBook_ShardNotWanted', bidId, shardIndex, shardRoot);
  const { region, operator } = registry.get(provider);
  need(terms.region === 0 || terms.region === region, 'OrderBook_RegionNotWanted', bidId, provider, region);
  need(operator !== client, 'OrderBook_SelfMatch', bidId, provider);
  const leastScore = BigInt(terms.minScoreBps) * SCORE_PER_BPS;
  const score = reputation.score(provider, clock.period);
  need(score >= leastScore, 'OrderBook_ScoreTooLow', bidId, provider, score, leastScore);
}
