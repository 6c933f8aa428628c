import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

import { AgreementStatus } from '../../chain/records.ts';
import { concat, uint32be } from '../../core/bytes.ts';
import type { Logger } from '../../core/logger.ts';
import { formatAgreementId, leafOfAgreement, providerOfAgreement } from '../../market/agreement-id.ts';
import { type BidderView, type BidPolicy, failedBidRules } from '../../market/bid-rule.ts';
import { type Address, type AgreementId, type Bid, type Hex, Rest } from '../../market/messages.ts';
import { quote } from '../../market/quote.ts';
import { type BountyTerms, type LostAgreement, repairCeiling, repairStart } from '../../market/repair-price.ts';
import { endOf } from '../../market/term.ts';
import { blockRanges } from '../block-ranges.ts';
import type { ChainClock, Head } from '../chain-clock.ts';
import { MAX_LOST_SHARDS, REPAIR_RECHECK_BLOCKS, REPAIR_SPREAD_BLOCKS } from '../limits.ts';
import { OVER, type Verdict } from './lost-shards.ts';
import { mayTake } from './may-take.ts';
import { readObjectShards } from './object-shards.ts';
import type { RepairChain } from './repair-chain.ts';

const ZERO: Hex = `0x${'00'.repeat(32)}`;

export interface RepairPosterComponents {
  chain: Pick<
    RepairChain,
    | 'agreement'
    | 'accountOwner'
    | 'session'
    | 'available'
    | 'duty'
    | 'end'
    | 'unitsOf'
    | 'lostUnits'
    | 'objectOf'
    | 'holdersOf'
    | 'providerRecord'
    | 'postRepair'
  >;
  chainClock: Pick<ChainClock, 'opening'>;
  lookAtSelf: (head: Head, signal: AbortSignal) => Promise<BidderView>;
  logger: Logger;
}

export interface RepairPosterInit {
  provider: number;
  operator: Address;
  policy: BidPolicy;
  bounty: BountyTerms & { climbSeconds: number; windowSeconds: number };
}

/**
 * Posts the bid for a shard that was lost, when its client allowed that and pays enough, and this provider would answer it. Whether it can be
 * rebuilt shows only once the bid stands: it is what the others' providers let themselves be asked for.
 */
export class RepairPoster {
  readonly #components: RepairPosterComponents;
  readonly #init: RepairPosterInit;
  /** Block from which this provider may post. */
  readonly #turns = new LRUCache<AgreementId, bigint>({ max: MAX_LOST_SHARDS });

  constructor(components: RepairPosterComponents, init: RepairPosterInit) {
    this.#components = components;
    this.#init = init;
  }

  /** @param lost an agreement that failed, or whose provider did, and for whose shard nobody posted a bid */
  async consider(lost: AgreementId, head: Head, signal: AbortSignal): Promise<Verdict> {
    const { chain, lookAtSelf, logger } = this.#components;
    const { operator, policy, bounty } = this.#init;
    const state = await chain.agreement(lost, signal);
    // An agreement that is formed now starts with the next period.
    const periods = endOf(state) - head.period - 1;
    if (periods < 1) return OVER;
    // A provider that failed takes its agreements along once somebody ends them; its client is away.
    const isOpen =
      state.status === AgreementStatus.active && (await chain.duty(providerOfAgreement(lost), signal)).failed;
    if (state.status !== AgreementStatus.failed && !isOpen) return OVER;
    const client = await chain.accountOwner(state.clientAccount, signal);
    const [session, available, units] = await Promise.all([
      chain.session(client, signal),
      chain.available(client, signal),
      isOpen ? chain.unitsOf(lost, signal) : chain.lostUnits(lost, signal),
    ]);
    // What an open one proved is not settled yet: it compensates at most.
    const repair = state.repair && !isOpen;
    const bid = bidOf({ ...state, repair, client, units, periods }, bounty, head);
    const { total } = quote({
      shards: [{ units, periods, pricePerUnitPeriod: bid.terms.ceiling }],
      burnBps: bounty.burnBps,
      holdbackBps: 0n,
    });
    const budget = session !== undefined && session.expiry > head.timestampS ? session.budget : 0n;
    // What its end gives back comes on top of what is there.
    if (total > budget || (total > available && !isOpen)) return { kind: 'unpaid', client };
    if (failedBidRules(bid, policy, await lookAtSelf(head, signal)).length > 0)
      return { kind: 'later', blocks: REPAIR_RECHECK_BLOCKS };
    const objectKey = await this.#objectOf(lost, state.startPeriod, signal);
    if (objectKey === undefined) return OVER;
    const shards = await readObjectShards(chain, { client, objectKey, shardIndex: state.shardIndex }, signal);
    if (shards.holder !== lost || !(await mayTake(chain, operator, { shards, lost, client }, signal))) return OVER;
    const wait = this.#waitFor(lost, head.block);
    if (wait > 0n) return { kind: 'later', blocks: wait };
    if (isOpen) await chain.end(lost, signal);
    await chain.postRepair({ lost, client, objectKey }, signal);
    logger.info({ lost: formatAgreementId(lost), ceiling: String(bid.terms.ceiling) }, 'bid for a lost shard posted');
    return { kind: 'later', blocks: 0n };
  }

  /** Formed in the period before its first, or, from a predecessor, in its first. */
  async #objectOf(lost: AgreementId, startPeriod: number, signal: AbortSignal): Promise<Hex | undefined> {
    const { chain, chainClock } = this.#components;
    const end = chainClock.opening(startPeriod + 1) - 1n;
    for (const range of blockRanges(chainClock.opening(startPeriod - 1), end)) {
      const found = await chain.objectOf(lost, range, signal);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Blocks until it is this provider's turn: others may be first. */
  #waitFor(lost: AgreementId, block: bigint): bigint {
    const name = [this.#init.provider, providerOfAgreement(lost), leafOfAgreement(lost)].map(uint32be);
    const digest = createHash('sha256')
      .update(concat(...name))
      .digest();
    const turn = this.#turns.get(lost) ?? block + (BigInt(digest.readUInt32BE()) % REPAIR_SPREAD_BLOCKS);
    this.#turns.set(lost, turn);
    return turn - block;
  }
}

interface Lost extends LostAgreement {
  client: Address;
  units: number;
  /** Left to be bought. */
  periods: number;
}

/** The bid that `Repairs.post` would post now. */
function bidOf(lost: Lost, bounty: RepairPosterInit['bounty'], { timestampS }: Head): Bid {
  const ceiling = repairCeiling(lost, BigInt(lost.periods), bounty);
  return {
    client: lost.client,
    postedAt: timestampS,
    shardsLeft: 1,
    terms: {
      // No rule asks which object and shard it is.
      objectKey: ZERO,
      shardsRoot: ZERO,
      units: lost.units,
      periods: lost.periods,
      shards: 1,
      rest: Rest.stand,
      region: 0,
      minScoreBps: 0,
      collateralPeriods: lost.collateralPeriods,
      expiry: timestampS + bounty.windowSeconds,
      climbSeconds: bounty.climbSeconds,
      startPrice: repairStart(lost, ceiling),
      ceiling,
    },
  };
}
