import type { Logger } from '../core/logger.ts';
import type { Ask, Hex, SignedAsk, SignedOffer } from '../market/messages.ts';
import { askAt } from '../market/peg.ts';
import type { AskKeeperInit } from './ask-keeper.ts';
import type { ChainClock, Head } from './chain-clock.ts';
import type { Facts } from './ledger/facts.ts';
import { ASK_DRIFT_DIVISOR, ASK_RENEW_DIVISOR } from './limits.ts';
import type { ProviderChain } from './provider-chain.ts';
import { Turns } from './turns.ts';
import { withdrawPosted } from './withdraw-asks.ts';

export interface SignedAskKeeperComponents {
  chain: Pick<ProviderChain, 'provider' | 'ask' | 'asks' | 'cancelAsks' | 'seriesOf' | 'quote'>;
  chainClock: Pick<ChainClock, 'subscribe' | 'head'>;
  room: { freeUnits(): number; readonly capacityUnits: number };
  facts: Pick<Facts, 'get' | 'set'>;
  sign: (signed: SignedAsk) => Promise<Hex>;
  idOf: (signed: SignedAsk) => bigint;
  /** Hears of each newly signed ask. */
  onSigned: (offer: SignedOffer) => void;
  logger: Logger;
}

interface OwnAsk {
  askId: bigint;
  offer: SignedOffer;
}

/**
 * Keeps one signed ask in step with the configuration and the room on disk. What it signed before stands until its expiry for
 * whoever has it, at the same terms; a start of a new series voids it.
 */
export class SignedAskKeeper {
  readonly #components: SignedAskKeeperComponents;
  readonly #init: AskKeeperInit;
  readonly #turns: Turns;
  #own: OwnAsk | undefined;
  /** The one before, where only the room or the expiry differ. */
  #previous: OwnAsk | undefined;
  #checkedPeriod = 0;

  constructor(components: SignedAskKeeperComponents, init: AskKeeperInit) {
    this.#components = components;
    this.#init = init;
    this.#turns = new Turns(components, 'signed-ask-keeper', (head, signal) => this.#turn(head, signal));
  }

  /** Withdraws what was posted on chain before, and signs. @throws what withdrawing throws */
  async start(): Promise<void> {
    const { chain, chainClock, logger } = this.#components;
    await withdrawPosted({ chain, logger });
    await this.#signIfNeeded(chainClock.head);
    this.#checkedPeriod = chainClock.head.period;
    this.#turns.start();
  }

  async stop(): Promise<void> {
    await this.#turns.stop();
  }

  /** Asks that this provider stands by, the newest first. */
  current(): readonly bigint[] {
    return [this.#own, this.#previous].flatMap((own) => (own === undefined ? [] : [own.askId]));
  }

  /** The ask that is spread. */
  get offer(): SignedOffer | undefined {
    return this.#own?.offer;
  }

  /** One of its asks as it stands: in the book once somebody brought it, else as signed; with what it wants in this period. */
  async askNow(askId: bigint, signal?: AbortSignal): Promise<Ask> {
    const { chain } = this.#components;
    const posted = await chain.ask(askId, signal);
    const own = [this.#own, this.#previous].find((known) => known?.askId === askId);
    const ask = posted.provider === 0 && own !== undefined ? own.offer.signed.ask : posted;
    return ask.premiumBps === 0 ? ask : askAt(ask, await chain.quote(signal));
  }

  async #turn(head: Head, signal: AbortSignal): Promise<void> {
    if (head.period === this.#checkedPeriod) return;
    await this.#signIfNeeded(head, signal);
    this.#checkedPeriod = head.period;
  }

  async #signIfNeeded(head: Head, signal?: AbortSignal): Promise<void> {
    const { chain, room, sign, idOf, facts, onSigned, logger } = this.#components;
    const [series, present] = await Promise.all([chain.seriesOf(chain.provider, signal), this.#present(signal)]);
    const unitsLeft = room.freeUnits();
    if (unitsLeft < this.#init.terms.minUnits) {
      if (present === undefined)
        logger.warn({ unitsLeft }, 'no ask is signed: there is no room for the smallest shard');
      return;
    }
    const reasons = this.#reasons(present, series, head, unitsLeft);
    if (reasons.length === 0) return;
    const expiry = head.timestampS + this.#init.validForS;
    const ask = { ...this.#init.terms, provider: chain.provider, unitsLeft, expiry };
    // Of asks of one provider, peers keep those with the largest nonces.
    const nonce = this.#own === undefined ? BigInt(head.timestampS) : this.#nextNonce(this.#own, head);
    const signed = { ask, nonce, series };
    const offer = { signed, signature: await sign(signed) };
    facts.set('signed-asks', 'yes');
    this.#previous = this.#own?.offer.signed.series === series ? this.#own : undefined;
    this.#own = { askId: idOf(signed), offer };
    logger.info({ ask: String(this.#own.askId), unitsLeft, reasons }, 'ask signed');
    onSigned(offer);
  }

  #nextNonce({ offer }: OwnAsk, head: Head): bigint {
    const now = BigInt(head.timestampS);
    return now > offer.signed.nonce ? now : offer.signed.nonce + 1n;
  }

  /** The own ask, with what is left of it once it is in the book. */
  async #present(signal?: AbortSignal): Promise<SignedAsk | undefined> {
    const own = this.#own;
    if (own === undefined) return undefined;
    const posted = await this.#components.chain.ask(own.askId, signal);
    return posted.provider === 0 ? own.offer.signed : { ...own.offer.signed, ask: posted };
  }

  #reasons(present: SignedAsk | undefined, series: number, head: Head, unitsLeft: number): string[] {
    if (present === undefined) return ['first'];
    const { ask } = present;
    const drift = Math.abs(ask.unitsLeft - unitsLeft);
    return [
      ...(present.series === series ? [] : ['series']),
      ...(drift > this.#components.room.capacityUnits / ASK_DRIFT_DIVISOR ? ['unitsLeft'] : []),
      ...(ask.expiry - head.timestampS < this.#init.validForS / ASK_RENEW_DIVISOR ? ['expiry'] : []),
    ];
  }
}
