import { randomBytes } from 'node:crypto';

import { toHex } from '../core/bytes.ts';
import type { Logger } from '../core/logger.ts';
import { failedFillRules } from '../market/compatibility.ts';
import type { Address, Ask, Hex, ReserveRequest, StorageAgreement } from '../market/messages.ts';
import { quote } from '../market/quote.ts';
import { agreementRefusal } from './agreement-check.ts';
import type { BidDesk, BidOffer } from './bid-desk.ts';
import { MAX_AHEAD_S, MAX_RESERVATIONS, MAX_RESERVATIONS_PER_CLIENT, RESERVATION_IDLE_S } from './limits.ts';
import type { ReserveMessage, ReserveResponse, SignMessage, SignResponse, TermsResponse } from './messages.ts';
import { clientFunds, noRoom, refusal, unknownReservation } from './refusals.ts';
import type { Reservation, ReservationBook } from './reservation.ts';

/** What the acceptor asks the chain. Reads may be as old as the latest block. */
export interface AcceptorChain {
  /** Unix seconds of the chain's clock now. @throws StowError `provider-chain-behind` when it has been silent for long */
  nowS(): number;
  /** An ask, with what it wants in this period. */
  askNow(askId: bigint, signal?: AbortSignal): Promise<Ask>;
  /** The client's available escrow balance, token wei. */
  availableOf(client: Address, signal?: AbortSignal): Promise<bigint>;
  /** Stake that new agreements could lock, token wei. */
  lockable(signal?: AbortSignal): Promise<bigint>;
  isNonceUsed(client: Address, nonce: bigint, signal?: AbortSignal): Promise<boolean>;
  /** Takes over what happened on chain meanwhile, so that fulfilled promises no longer count. */
  sync(signal?: AbortSignal): Promise<void>;
}

export interface AcceptorComponents {
  book: ReservationBook;
  chain: AcceptorChain;
  /** Units that can still be taken in, reservations already counted. */
  room: { freeUnits(): number };
  /** Shards that are here already. */
  shards: {
    /** Whether the shard is here under an agreement or reservation of that client over that object's shard, or was until a moment ago. */
    serves(request: Pick<ReserveRequest, 'client' | 'objectKey' | 'shardIndex'>, root: Hex): boolean;
    /** Fills a reservation with it. */
    adopt(reservationId: string, root: Hex): Promise<boolean>;
    /** Removes what came for a reservation that is given up. */
    forget(reservationId: string): void;
  };
  /** Asks that this provider stands by. */
  asks: { current(): readonly bigint[] };
  /** What is taken in for bids. */
  bids: Pick<BidDesk, 'consider' | 'requireAnswers'>;
  /** Multiaddrs where shards are uploaded and read. */
  bulk: () => readonly string[];
  verifyReserve: (request: ReserveRequest, signature: Hex) => Promise<boolean>;
  signAgreement: (agreement: StorageAgreement) => Promise<Hex>;
  logger: Logger;
}

export interface AcceptorInit {
  provider: number;
  chainId: number;
  agreements: Address;
  burnBps: bigint;
}

/** The provider's side of the control protocols: what it reserves, what it signs. Holds no state of its own. */
export class Acceptor {
  readonly #components: AcceptorComponents;
  readonly #init: AcceptorInit;

  constructor(components: AcceptorComponents, init: AcceptorInit) {
    this.#components = components;
    this.#init = init;
  }

  terms(): TermsResponse {
    const { asks, bulk, room } = this.#components;
    return {
      provider: this.#init.provider,
      chainId: this.#init.chainId,
      agreements: this.#init.agreements,
      bulk: [...bulk()],
      freeUnits: Math.max(0, room.freeUnits()),
      asks: [...asks.current()],
    };
  }

  /** Keeps room for one shard, before its first byte arrives. @throws StowError with a `RefusalCode` */
  async reserve(peer: string, message: ReserveMessage, signal?: AbortSignal): Promise<ReserveResponse> {
    const { book, chain, verifyReserve } = this.#components;
    const { request, signature } = message;
    this.#requireFresh(request, chain.nowS());
    if (!(await verifyReserve(request, signature))) {
      throw refusal(
        'reserve-signature-bad',
        'the request is not signed by its client',
        'sign with the client wallet, for this chain and market',
      );
    }
    const known = book.findSame(peer, request, chain.nowS());
    if (known !== undefined) return this.#answerAgain(known, peer, message);

    const { available, ...offer } = await this.#consider(message, signal);
    // From here to the insert nothing may wait: two requests must not both see the same room.
    const raced = book.findSame(peer, request, chain.nowS());
    if (raced !== undefined) return this.#answerAgain(raced, peer, message);
    this.#requireRoom(message, offer.pricePerUnitPeriod, available);
    const reservation = { id: toHex(randomBytes(16)), peer, request, state: 'reserved', ...offer } as const;
    book.insert(reservation);
    this.#components.logger.info({ reservation: reservation.id, units: request.units }, 'room reserved');
    return this.#answer(reservation, message);
  }

  /** Signs the agreement over a shard that is held. The same agreement again gives the same signature. */
  async sign(peer: string, message: SignMessage, signal?: AbortSignal): Promise<SignResponse> {
    const { agreement, reservationId } = message;
    const early = this.#own(peer, reservationId);
    this.#requireSignable(early, agreement);
    const { chain, book, bids, signAgreement, logger } = this.#components;
    if (early.bid !== undefined) await bids.requireAnswers(agreement, signal);
    const [lockable, used] = await Promise.all([
      chain.lockable(signal),
      chain.isNonceUsed(agreement.client, agreement.nonce, signal),
    ]);
    // Everything below, up to the durable promise, happens without waiting: state may have changed meanwhile.
    const held = this.#own(peer, reservationId);
    this.#requireSignable(held, agreement);
    // Agreements over one shard of a bid all have its nonce, so that at most one of them is formed: it may be signed anew.
    if (held.state === 'stored' || held.bid !== undefined) {
      if (used) throw refusal('sign-terms', `nonce ${agreement.nonce} is used already`, 'take a fresh nonce');
      this.#requireStake(agreement.collateral - promisedOf(held), lockable);
      book.markSigned(reservationId, agreement);
      logger.info({ reservation: reservationId, units: agreement.units }, 'agreement signed');
    }
    return { signature: await signAgreement(agreement) };
  }

  /** Gives up a reservation that is not signed; a shard that arrived goes with the next collection. Unknown ones are already given up. */
  release(peer: string, reservationId: string): void {
    const { book, logger } = this.#components;
    const held = book.find(reservationId);
    if (held === undefined || held.peer !== peer) return;
    if (held.state === 'signed') {
      throw refusal(
        'release-signed',
        'a signed agreement is not released',
        'let its deadline pass, or form it and give notice',
      );
    }
    book.remove(reservationId);
    this.#components.shards.forget(reservationId);
    logger.info({ reservation: reservationId }, 'reservation released');
  }

  /**
   * Each run of a client has a peer id of its own. Whoever brings the wallet's signature for the same room goes on where the run before
   * stopped; the request goes to this provider alone, over an encrypted stream, so nobody else can bring it.
   */
  async #answerAgain(known: Reservation, peer: string, message: ReserveMessage): Promise<ReserveResponse> {
    if (known.peer !== peer) {
      this.#components.book.rebind(known.id, peer);
      this.#components.logger.info({ reservation: known.id }, 'reservation taken up by a later run of its client');
    }
    return this.#answer(known, message);
  }

  async #answer({ id, expiresAt }: Reservation, message: ReserveMessage): Promise<ReserveResponse> {
    const { bulk, shards } = this.#components;
    const answer = { reservationId: id, bulk: [...bulk()], expiresAt };
    const { held } = message;
    if (held === undefined) return answer;
    return { ...answer, stored: this.#isHere(message) && (await shards.adopt(id, held)) };
  }

  /** Nobody gets another's shard by naming its root: the agreement that it is here for must be the client's own. */
  #isHere({ held, request }: ReserveMessage): boolean {
    return held !== undefined && request.bidId === 0n && this.#components.shards.serves(request, held);
  }

  #own(peer: string, id: string): Reservation {
    const held = this.#components.book.find(id);
    if (held === undefined || held.peer !== peer) throw unknownReservation(id);
    return held;
  }

  #requireFresh(request: ReserveRequest, nowS: number): void {
    const ahead = request.expiry - BigInt(nowS);
    if (ahead <= 0n || ahead > BigInt(MAX_AHEAD_S)) {
      throw refusal(
        'reserve-expired',
        `the request expires ${ahead} seconds from the chain's time; it has to lie 1 to ${MAX_AHEAD_S} ahead`,
        "set the expiry from the timestamp of the chain's latest block",
      );
    }
    if (request.provider !== this.#init.provider) {
      throw refusal(
        'reserve-other-provider',
        `this is provider ${this.#init.provider}, not ${request.provider}`,
        'look the provider up again',
      );
    }
    if (request.bidId !== 0n && request.askId === 0n) return;
    if (request.bidId !== 0n || !this.#components.asks.current().includes(request.askId)) {
      throw refusal(
        'reserve-ask-unknown',
        `ask ${request.askId} is not one that this provider stands by`,
        'read its asks again',
      );
    }
  }

  /** What a shard is taken at, and what its client can pay with; undefined where a bid has the money behind it. */
  async #consider(message: ReserveMessage, signal?: AbortSignal): Promise<BidOffer & { available?: bigint }> {
    const { book, chain, bids } = this.#components;
    const { request } = message;
    if (request.bidId !== 0n) return bids.consider(message, signal);
    if (book.ofClient(request.client).some(({ state }) => state === 'signed')) await chain.sync(signal);
    const [ask, available] = await Promise.all([
      chain.askNow(request.askId, signal),
      chain.availableOf(request.client, signal),
    ]);
    this.#requireFits(ask, request, available);
    const { pricePerUnitPeriod, collateralPeriods } = ask;
    return { pricePerUnitPeriod, collateralPeriods, expiresAt: chain.nowS() + RESERVATION_IDLE_S, available };
  }

  #requireFits(ask: Ask, request: ReserveRequest, clientDeposit: bigint): void {
    const [misfit] = failedFillRules(ask, {
      provider: request.provider,
      units: request.units,
      periods: request.periods,
      pricePerUnitPeriod: ask.pricePerUnitPeriod,
      collateralPeriods: ask.collateralPeriods,
      clientDeposit,
      time: this.#components.chain.nowS(),
    });
    if (misfit === undefined) return;
    throw refusal('reserve-ask-unfit', `ask ${request.askId}: ${misfit.sentence}`, 'choose another ask or provider');
  }

  #requireRoom(message: ReserveMessage, pricePerUnitPeriod: bigint, available: bigint | undefined): void {
    const { book, room } = this.#components;
    const { request } = message;
    const others = book.ofClient(request.client);
    if (others.length >= MAX_RESERVATIONS_PER_CLIENT || book.totals().count >= MAX_RESERVATIONS) {
      throw refusal(
        'reserve-too-many',
        'too many reservations are open',
        'form or release some, or choose another provider',
        true,
      );
    }
    if (available !== undefined) {
      const shards = others
        .filter(({ bid }) => bid === undefined)
        .map((other) => ({ ...other.request, pricePerUnitPeriod: other.pricePerUnitPeriod }));
      shards.push({ ...request, pricePerUnitPeriod });
      const needed = quote({ shards, burnBps: this.#init.burnBps, holdbackBps: 0n }).total;
      if (needed > available) throw clientFunds(needed, available);
    }
    const free = room.freeUnits();
    // What is here takes no more room.
    if (request.units > free && !this.#isHere(message)) throw noRoom(request.units, Math.max(0, free));
  }

  #requireSignable(held: Reservation, agreement: StorageAgreement): void {
    if (held.state === 'reserved') {
      throw refusal('sign-not-stored', 'the shard has not arrived in full', 'upload it, then ask for the signature');
    }
    if (held.state === 'signed' && held.bid === undefined && !sameAgreement(held.agreement, agreement)) {
      throw refusal(
        'sign-other-promise',
        'another agreement over this shard is signed already',
        'form that one, or reserve again',
      );
    }
    const refused = agreementRefusal(agreement, held, this.#components.chain.nowS());
    if (refused !== undefined) throw refused;
  }

  #requireStake(collateral: bigint, lockable: bigint): void {
    const free = lockable - this.#components.book.totals().signedCollateral;
    if (collateral <= free) return;
    throw refusal(
      'sign-stake-short',
      `the provider's free stake does not cover the collateral of ${collateral} wei`,
      'choose another provider',
      true,
    );
  }
}

/** Collateral that a reservation counts for already, token wei. */
function promisedOf(held: Reservation): bigint {
  return held.state === 'signed' ? held.agreement.collateral : 0n;
}

/** In what the client is free to choose; all else has to equal the reservation anyhow. */
function sameAgreement(a: StorageAgreement, b: StorageAgreement): boolean {
  return (
    a.nonce === b.nonce &&
    a.deadline === b.deadline &&
    a.pricePerUnitPeriod === b.pricePerUnitPeriod &&
    a.collateral === b.collateral
  );
}
