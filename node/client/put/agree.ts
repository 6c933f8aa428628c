import { randomBytes } from 'node:crypto';

import { to0x } from '../../core/bytes.ts';
import { StowError } from '../../core/errors.ts';
import type { Address, Hex, StorageAgreement } from '../../market/messages.ts';
import type { MarketTerms } from '../market-view.ts';
import type { ControlPlane } from './control-plane.ts';
import { offerFor } from './offer.ts';
import type { Reservations, ReservedShard } from './reserve.ts';
import type { StoredShard } from './upload-race.ts';

/**
 * How far ahead of the chain's clock agreements are signed: providers allow 15 minutes, less what clocks and blocks may differ.
 * Until then they keep the shards, and after it no one can form the agreements.
 */
const DEADLINE_SECONDS = 14 * 60;
/** Nonces of one purchase share a 256-bit word on chain: one new storage slot for all its agreements. */
const NONCES_PER_WORD = 256n;
const WORD_BYTES = 7;
/** What a transaction may take: gas estimate, sending, a few blocks. */
const TRANSACTION_SECONDS = 60;

export interface SignedAgreement {
  agreement: StorageAgreement;
  /** The provider's. */
  signature: Hex;
}

export interface DraftInit {
  client: Address;
  objectKey: Uint8Array;
  periods: number;
  terms: MarketTerms;
  /** What an earlier process wrote drafts with. */
  past?: { firstNonce: bigint; deadline: number } | undefined;
}

/**
 * Writes the agreements of one object. All have one deadline and one word of nonces, those written later for a replaced provider
 * too: a provider signs one agreement per shard, so what is signed stays as it is.
 */
export class AgreementDrafts {
  readonly #init: DraftInit;
  readonly firstNonce: bigint;
  #deadline: number | undefined;

  constructor(init: DraftInit) {
    this.#init = init;
    this.firstNonce = init.past?.firstNonce ?? BigInt(to0x(randomBytes(WORD_BYTES))) * NONCES_PER_WORD;
    this.#deadline = init.past?.deadline;
  }

  /** Unix seconds of the chain until which what is signed can be formed; undefined before `requireTime`. */
  get deadline(): number | undefined {
    return this.#deadline;
  }

  /**
   * @param time unix seconds of the chain
   * @param transactions to be sent one after the other until they are formed
   * @throws StowError `agreements-expired` when earlier drafts cannot be formed any more
   */
  requireTime(time: number, transactions = 1): void {
    this.#deadline ??= time + DEADLINE_SECONDS;
    if (time + TRANSACTION_SECONDS * transactions < this.#deadline) return;
    throw new StowError({
      code: 'agreements-expired',
      message:
        'replacing failed providers took longer than the agreements that others had signed are valid; nothing was paid',
      hint: 'store the object again',
      retryable: true,
    });
  }

  draft({ shardIndex, provider, option }: ReservedShard, { root, units }: StoredShard, time: number): StorageAgreement {
    const { client, objectKey, periods, terms } = this.#init;
    const { pricePerUnitPeriod, collateral } = offerFor(option, { units, periods }, terms);
    return {
      client,
      provider: provider.id,
      objectKey: to0x(objectKey),
      shardIndex,
      shardRoot: to0x(root),
      units,
      pricePerUnitPeriod,
      periods,
      collateral,
      askId: option.askId,
      bidId: 0n,
      nonce: this.firstNonce + BigInt(shardIndex),
      deadline: BigInt(this.#deadline ?? time + DEADLINE_SECONDS),
    };
  }
}

/** Asks all providers at once. What refused is in `failed`, by shard index. */
export async function collectSignatures(
  control: ControlPlane,
  reservations: Pick<Reservations, 'require'>,
  drafts: readonly StorageAgreement[],
  options: { signal: AbortSignal },
): Promise<{ signed: SignedAgreement[]; failed: Map<number, unknown> }> {
  const failed = new Map<number, unknown>();
  const answers = await Promise.all(
    drafts.map(async (agreement) => {
      const { provider, reservation } = reservations.require(agreement.shardIndex);
      try {
        return { agreement, signature: await control.sign(provider, reservation.id, agreement, options) };
      } catch (error) {
        failed.set(agreement.shardIndex, error);
        return undefined;
      }
    }),
  );
  options.signal.throwIfAborted();
  return { signed: answers.filter((answer) => answer !== undefined), failed };
}
