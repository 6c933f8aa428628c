import type { Repair } from '../../chain/actions/read-repair.ts';
import { fromHex } from '../../core/bytes.ts';
import type { Logger } from '../../core/logger.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import { bidNonce } from '../../market/bid-compatibility.ts';
import { bidPrice } from '../../market/bid-price.ts';
import { type BidderView, type BidPolicy, collateralAt, failedBidRules } from '../../market/bid-rule.ts';
import type { Address, AgreementId, Bid, Hex, StorageAgreement } from '../../market/messages.ts';
import { BPS } from '../../market/money.ts';
import type { Holder } from '../../transfer/read/holder.ts';
import { openOthers } from '../../transfer/read/rebuild-from-others.ts';
import type { ShardAccess } from '../../transfer/read/shard-access.ts';
import type { Head } from '../chain-clock.ts';
import type { Repairs } from '../ledger/repairs.ts';
import {
  ANSWER_DEADLINE_S,
  REPAIR_PRICE_FACTOR,
  REPAIR_RECHECK_BLOCKS,
  REPAIR_RISK_BPS,
  REPAIRS_LOOK_BLOCKS,
} from '../limits.ts';
import { isOursAlready, type OursComponents } from './is-ours-already.ts';
import { OVER, type Verdict } from './lost-shards.ts';
import { mayTake } from './may-take.ts';
import { readHolders, readObjectShards } from './object-shards.ts';
import type { RepairChain } from './repair-chain.ts';

export interface RepairAnswererComponents {
  chain: Pick<
    RepairChain,
    | 'bid'
    | 'rootOf'
    | 'holdersOf'
    | 'agreement'
    | 'unitsOf'
    | 'providerRecord'
    | 'providerAddresses'
    | 'peerKey'
    | 'answerBid'
  >;
  book: Pick<Repairs, 'get' | 'open' | 'answer' | 'wasLetDownBy'>;
  store: OursComponents['store'];
  holdings: OursComponents['holdings'];
  /** Token wei that this provider has staked, free and locked. */
  stake: (signal: AbortSignal) => Promise<bigint>;
  lookAtSelf: (head: Head, signal: AbortSignal) => Promise<BidderView>;
  /** Reads the others of a lost shard. */
  accessFor: (lost: AgreementId) => ShardAccess;
  signAgreement: (agreement: StorageAgreement) => Promise<Hex>;
  /** Brings the ledger up to the newest block. */
  sync: (signal: AbortSignal) => Promise<void>;
  logger: Logger;
}

export interface RepairAnswererInit {
  provider: number;
  operator: Address;
  policy: BidPolicy;
  /** Least that this provider's ask wants, token wei for one unit and period. */
  askPrice: bigint;
}

/** A bid for a lost shard that suits, and what it takes to answer it. */
interface Chance {
  lost: AgreementId;
  repair: Repair;
  bid: Bid;
  price: bigint;
  root: Hex;
}

/**
 * Answers bids for lost shards. Before it promises anything, it sees that enough of the others can be read; the promise is durable before its
 * signature leaves; the bytes are fetched once the chain names this provider, which is what the others' providers want to see.
 */
export class RepairAnswerer {
  readonly #components: RepairAnswererComponents;
  readonly #init: RepairAnswererInit;

  constructor(components: RepairAnswererComponents, init: RepairAnswererInit) {
    this.#components = components;
    this.#init = init;
  }

  async consider(lost: AgreementId, repair: Repair, head: Head, signal: AbortSignal): Promise<Verdict> {
    const { chain, book, lookAtSelf, logger } = this.#components;
    const { operator, policy } = this.#init;
    const { client, objectKey, shardIndex } = repair;
    const known = book.get(lost);
    const bid = await chain.bid(repair.bidId, signal);
    if (bid === undefined || head.timestampS >= bid.terms.expiry) return OVER;
    if (known !== undefined && known.state !== 'answered') return OVER;
    if (book.wasLetDownBy(client) || (await chain.agreement(lost, signal)).provenPeriods === 0) {
      logger.info(
        { lost: formatAgreementId(lost), client },
        'nothing shows that this shard can be rebuilt: not answered',
      );
      return OVER;
    }
    const view = await lookAtSelf(head, signal);
    if (failedBidRules(bid, policy, view).length > 0) return { kind: 'later', blocks: REPAIR_RECHECK_BLOCKS };
    const price = this.#priceFor(bid, head);
    // What an earlier try of this very answer would lock is not taken twice.
    const lockable = view.lockable + (known?.collateral ?? 0n);
    const collateral = collateralAt(price, bid.terms);
    if (price < policy.minPrice || collateral > lockable || !(await this.#isWithinRisk(lost, collateral, signal)))
      return { kind: 'later', blocks: REPAIRS_LOOK_BLOCKS };
    const root = await chain.rootOf(lost, signal);
    if (await isOursAlready(this.#components, root, repair)) {
      logger.warn({ lost: formatAgreementId(lost) }, 'a bid names as lost what is here already: it is not answered');
      return OVER;
    }
    const shards = await readObjectShards(chain, { client, objectKey, shardIndex }, signal);
    if (shards.holder !== lost || !(await mayTake(chain, operator, { shards, lost, client }, signal))) return OVER;
    const holders = await readHolders(chain, shards, signal);
    if ((await this.#requireReadable(lost, repair, holders, signal)) === 1) {
      logger.info({ lost: formatAgreementId(lost) }, 'a replica was lost: only its owner can make another');
      return OVER;
    }
    await this.#answer({ lost, repair, bid, price, root }, head, signal);
    return OVER;
  }

  /** What the bid pays, as far as that is in proportion to what is asked otherwise. */
  #priceFor(bid: Bid, { timestampS }: Head): bigint {
    const { policy, askPrice } = this.#init;
    const most = REPAIR_PRICE_FACTOR * (askPrice > policy.minPrice ? askPrice : policy.minPrice);
    const price = bidPrice(bid, timestampS);
    return price < most ? price : most;
  }

  /** Whether all that stands behind shards which are not rebuilt yet is little beside the stake. */
  async #isWithinRisk(lost: AgreementId, collateral: bigint, signal: AbortSignal): Promise<boolean> {
    const { book, stake } = this.#components;
    const others = book.open().filter((row) => row.lost !== lost);
    const atRisk = others.reduce((sum, row) => sum + row.collateral, collateral);
    return atRisk * BPS <= (await stake(signal)) * REPAIR_RISK_BPS;
  }

  /** @returns k of the object. @throws StowError `too-few-shards`, `too-few-good-shards`, which name what is missing */
  async #requireReadable(
    lost: AgreementId,
    { objectKey, shardIndex }: Repair,
    holders: readonly Holder[],
    signal: AbortSignal,
  ): Promise<number> {
    const enough = new AbortController();
    const access = this.#components.accessFor(lost);
    try {
      const { header, pool } = await openOthers(access, {
        objectKey: fromHex(objectKey, 32),
        shardIndex,
        holders,
        signal: AbortSignal.any([signal, enough.signal]),
      });
      for (let open = 1; open < header.k; open += 1) if ((await pool.next()) === undefined) throw pool.tooFew(header);
      return header.k;
    } finally {
      enough.abort(new Error('it was only to be seen whether they can be read'));
    }
  }

  async #answer({ lost, repair, bid, price, root }: Chance, head: Head, signal: AbortSignal): Promise<void> {
    const { chain, book, signAgreement, sync, logger } = this.#components;
    const { provider } = this.#init;
    const { client, objectKey, shardIndex, bidId } = repair;
    const { units, periods } = bid.terms;
    const collateral = collateralAt(price, bid.terms);
    const deadline = head.timestampS + ANSWER_DEADLINE_S;
    const agreement = {
      client,
      provider,
      objectKey,
      shardIndex,
      shardRoot: root,
      units,
      pricePerUnitPeriod: price,
      periods,
      collateral,
      askId: 0n,
      bidId,
      nonce: bidNonce(bidId, shardIndex),
      deadline: BigInt(deadline),
    };
    book.answer({ lost, bidId, client, objectKey, shardIndex, root, units, collateral, deadline });
    const signature = await signAgreement(agreement);
    // A bid for one shard: its tree is one leaf, and the proof is empty.
    await chain.answerBid(bidId, { agreement, signature, proof: [] }, signal);
    logger.info(
      { lost: formatAgreementId(lost), bid: String(bidId), price: String(price) },
      'bid for a lost shard answered',
    );
    await sync(signal);
  }
}
