import type { Logger } from '../core/logger.ts';
import type { Ask } from '../market/messages.ts';
import type { ChainClock, Head } from './chain-clock.ts';
import type { Facts } from './ledger/facts.ts';
import { ASK_DRIFT_DIVISOR, ASK_RENEW_DIVISOR } from './limits.ts';
import type { ProviderChain } from './provider-chain.ts';
import type { Prover } from './prover.ts';
import { Turns } from './turns.ts';

/** What the operator offers; the rest of an ask follows from it and from the room on disk. */
export type AskTerms = Omit<Ask, 'provider' | 'unitsLeft' | 'expiry'>;

export interface AskKeeperComponents {
  chain: Pick<ProviderChain, 'provider' | 'ask' | 'asks' | 'postAsk' | 'amendAsk'>;
  chainClock: Pick<ChainClock, 'subscribe' | 'head'>;
  room: { freeUnits(): number; readonly capacityUnits: number };
  facts: Pick<Facts, 'get' | 'set'>;
  prover: Pick<Prover, 'duePeriod'>;
  logger: Logger;
}

export interface AskKeeperInit {
  terms: AskTerms;
  validForS: number;
}

/** Keeps one ask on chain in step with the configuration and the room on disk, and renews it before it runs out. */
export class AskKeeper {
  readonly #components: AskKeeperComponents;
  readonly #init: AskKeeperInit;
  readonly #turns: Turns;
  #askId: bigint | undefined;
  #checkedPeriod = 0;

  constructor(components: AskKeeperComponents, init: AskKeeperInit) {
    this.#components = components;
    this.#init = init;
    this.#turns = new Turns(components, 'ask-keeper', (head, signal) => this.#turn(head, signal));
  }

  /** Finds or posts the ask. @throws what posting throws */
  async start(): Promise<void> {
    const { facts, chainClock } = this.#components;
    this.#askId = await this.#find();
    if (this.#askId === undefined) await this.#post(chainClock.head);
    else await this.#amendIfNeeded(this.#askId, chainClock.head);
    if (this.#askId !== undefined) facts.set('ask', String(this.#askId));
    this.#checkedPeriod = chainClock.head.period;
    this.#turns.start();
  }

  async stop(): Promise<void> {
    await this.#turns.stop();
  }

  /** Asks that this provider stands by. */
  current(): readonly bigint[] {
    return this.#askId === undefined ? [] : [this.#askId];
  }

  /** Once per period, when the proof is done. */
  async #turn(head: Head, signal: AbortSignal): Promise<void> {
    if (head.period === this.#checkedPeriod || this.#components.prover.duePeriod !== undefined) return;
    if (this.#askId === undefined) await this.#post(head, signal);
    else await this.#amendIfNeeded(this.#askId, head, signal);
    this.#checkedPeriod = head.period;
  }

  /** The ask noted last, or after a lost data folder the newest that the chain shows. */
  async #find(): Promise<bigint | undefined> {
    const { chain, facts } = this.#components;
    const noted = facts.get('ask');
    if (noted !== undefined && (await chain.ask(BigInt(noted))).provider === chain.provider) return BigInt(noted);
    const own = (await chain.asks()).filter(({ ask }) => ask.provider === chain.provider);
    return own.at(-1)?.askId;
  }

  async #post(head: Head, signal?: AbortSignal): Promise<void> {
    const { chain, room, facts, logger } = this.#components;
    const unitsLeft = room.freeUnits();
    if (unitsLeft < this.#init.terms.minUnits) {
      logger.warn({ unitsLeft }, 'no ask is posted: there is no room for the smallest shard');
      return;
    }
    const { askId } = await chain.postAsk(this.#wanted(head, unitsLeft), signal);
    this.#askId = askId;
    facts.set('ask', String(askId));
    logger.info({ ask: String(askId), unitsLeft }, 'ask posted');
  }

  async #amendIfNeeded(askId: bigint, head: Head, signal?: AbortSignal): Promise<void> {
    const { chain, room, logger } = this.#components;
    const present = await chain.ask(askId, signal);
    // The contract takes no ask for zero units: a full provider leaves the last unit standing and refuses at `reserve`.
    const unitsLeft = Math.max(1, room.freeUnits());
    const reasons = this.#reasons(present, head, unitsLeft);
    if (reasons.length === 0) return;
    await chain.amendAsk(askId, this.#wanted(head, unitsLeft), signal);
    logger.info({ ask: String(askId), unitsLeft, reasons }, 'ask amended');
  }

  #reasons(present: Ask, head: Head, unitsLeft: number): string[] {
    const { terms, validForS } = this.#init;
    const changed = Object.entries(terms).filter(([key, value]) => Reflect.get(present, key) !== value);
    const drift = Math.abs(present.unitsLeft - unitsLeft);
    return [
      ...changed.map(([key]) => key),
      ...(drift > this.#components.room.capacityUnits / ASK_DRIFT_DIVISOR ? ['unitsLeft'] : []),
      ...(present.expiry - head.timestampS < validForS / ASK_RENEW_DIVISOR ? ['expiry'] : []),
    ];
  }

  #wanted(head: Head, unitsLeft: number): Ask {
    const { chain } = this.#components;
    return { ...this.#init.terms, provider: chain.provider, unitsLeft, expiry: head.timestampS + this.#init.validForS };
  }
}
