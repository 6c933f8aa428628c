import type { BidAnswer } from '../../chain/actions/answer-bid.ts';
import { isStowError } from '../../core/errors.ts';
import { bidNonce } from '../../market/bid-compatibility.ts';
import { collateralAt } from '../../market/bid-rule.ts';
import type { Address, BidTerms, StorageAgreement } from '../../market/messages.ts';
import type { ControlPlane } from '../put/control-plane.ts';
import type { BidHolder, BidHolders } from './bid-holders.ts';

/** How far ahead of the chain's clock agreements are signed: providers allow 15 minutes, less what clocks and blocks may differ. */
const DEADLINE_SECONDS = 14 * 60;
/** A signature that is valid for less is asked for anew: forming needs a gas estimate, sending, a few blocks. */
const RENEW_SECONDS = 2 * 60;
/** Agreements of an object in one word of storage: a word may not be empty when a later one is taken. */
const LANES = 4;

export interface BidSignaturesInit {
  bidId: bigint;
  terms: BidTerms;
  client: Address;
}

/**
 * Signatures of a bid whose shards go together. Each provider signs as soon as the climbing price reaches what it wants, at the price
 * of that moment, so that those that want little also get little.
 */
export class BidSignatures {
  readonly #control: ControlPlane;
  readonly #holders: BidHolders;
  readonly #init: BidSignaturesInit;
  readonly #signed = new Map<number, BidAnswer & { provider: number }>();
  /** Price at which a provider last said no, by shard. */
  readonly #refusedAt = new Map<number, bigint>();

  constructor(components: { control: ControlPlane; holders: BidHolders }, init: BidSignaturesInit) {
    this.#control = components.control;
    this.#holders = components.holders;
    this.#init = init;
  }

  /**
   * Asks every provider that has its shard and has not signed at this price or a lower one.
   * @returns what failed for another reason than the price, by shard index
   */
  async collect(price: bigint, time: number, options: { signal: AbortSignal }): Promise<Map<number, unknown>> {
    const failed = new Map<number, unknown>();
    const due = [...this.#holders.held.values()].filter((holder) => this.#isDue(holder, price, time));
    await Promise.all(
      due.map(async (holder) => {
        const { shardIndex, provider, reservation } = holder;
        const agreement = this.#draft(holder, price, time);
        try {
          const signature = await this.#control.sign(provider, reservation.id, agreement, options);
          const proof = this.#holders.proofOf(shardIndex);
          this.#signed.set(shardIndex, { agreement, signature, proof, provider: provider.id });
        } catch (error) {
          options.signal.throwIfAborted();
          if (isStowError(error, 'sign-terms') && price < this.#init.terms.ceiling)
            this.#refusedAt.set(shardIndex, price);
          else failed.set(shardIndex, error);
        }
      }),
    );
    return failed;
  }

  /** Answers that could be formed together now, in the order of their shards. */
  answers(time: number): BidAnswer[] {
    const usable = [...this.#signed]
      .filter(([shardIndex, answer]) => this.#isValid(shardIndex, answer, time))
      .toSorted(([a], [b]) => a - b);
    const answers: BidAnswer[] = [];
    let lastWord = 0;
    for (const [shardIndex, answer] of usable) {
      const word = Math.floor(shardIndex / LANES);
      if (word > lastWord + (answers.length === 0 ? 0 : 1)) break;
      lastWord = word;
      answers.push(answer);
    }
    return answers;
  }

  #isDue({ shardIndex, storedAt }: BidHolder, price: bigint, time: number): boolean {
    if (storedAt === undefined || price <= (this.#refusedAt.get(shardIndex) ?? -1n)) return false;
    const known = this.#signed.get(shardIndex);
    return known === undefined || !this.#isValid(shardIndex, known, time);
  }

  /** Whether its provider still has the shard, and its deadline leaves time to form it. */
  #isValid(shardIndex: number, { agreement, provider }: BidAnswer & { provider: number }, time: number): boolean {
    const holder = this.#holders.held.get(shardIndex);
    return holder?.provider.id === provider && agreement.deadline > BigInt(time + RENEW_SECONDS);
  }

  #draft({ shardIndex, provider }: BidHolder, price: bigint, time: number): StorageAgreement {
    const { bidId, terms, client } = this.#init;
    return {
      client,
      provider: provider.id,
      objectKey: terms.objectKey,
      shardIndex,
      shardRoot: this.#holders.rootOf(shardIndex),
      units: terms.units,
      pricePerUnitPeriod: price,
      periods: terms.periods,
      collateral: collateralAt(price, terms),
      askId: 0n,
      bidId,
      nonce: bidNonce(bidId, shardIndex),
      deadline: BigInt(time + DEADLINE_SECONDS),
    };
  }
}
