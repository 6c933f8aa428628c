import type { Logger } from '../core/logger.ts';
import type { ReputationTerms } from '../market/reputation.ts';
import type { Address, AgreementId } from '../market/messages.ts';
import { uncountedClients } from '../market/uncounted-clients.ts';
import type { AgreementMirror } from './agreement-mirror.ts';
import type { ChainClock, Head } from './chain-clock.ts';
import type { Holding, Holdings } from './ledger/holdings.ts';
import { CLIENTS_LOOKED_AT, COUNT_CLIENTS_BATCH } from './limits.ts';
import type { ProviderChain } from './provider-chain.ts';
import type { Prover } from './prover.ts';
import { Turns } from './turns.ts';

export interface ClientCounterComponents {
  chain: Pick<ProviderChain, 'standing' | 'accountNumber' | 'countClients'>;
  chainClock: Pick<ChainClock, 'subscribe' | 'head'>;
  holdings: Pick<Holdings, 'servedClients'>;
  mirror: Pick<AgreementMirror, 'refresh'>;
  /** Proofs go first: transactions of one key wait for each other. */
  prover: Pick<Prover, 'duePeriod'>;
  logger: Logger;
}

export interface ClientCounterInit {
  terms: ReputationTerms;
  /** Least that the score, from 0 to 1, must gain for the gas to be worth it. */
  minGain: number;
}

/** A client that was served, with an agreement that shows it. */
interface Served {
  account: number;
  id: AgreementId;
}

/**
 * Has this provider's clients counted among its distinct ones when that raises its score: they count for a half-life and the next, and a score of
 * few clients is worth little. Looks once a period, and sends one transaction in many.
 */
export class ClientCounter {
  readonly #components: ClientCounterComponents;
  readonly #init: ClientCounterInit;
  readonly #turns: Turns;
  /** Numbers are given for good. */
  readonly #accounts = new Map<Address, number>();
  #period = 0;

  constructor(components: ClientCounterComponents, init: ClientCounterInit) {
    this.#components = components;
    this.#init = init;
    this.#turns = new Turns(components, 'client-counter', (head, signal) => this.#turn(head, signal));
  }

  start(): void {
    this.#turns.start();
  }

  async stop(): Promise<void> {
    await this.#turns.stop();
  }

  async #turn({ period }: Head, signal: AbortSignal): Promise<void> {
    const { prover, holdings } = this.#components;
    if (period === this.#period || prover.duePeriod !== undefined) return;
    const served = holdings.servedClients(CLIENTS_LOOKED_AT);
    if (served.length > 0) await this.#count(served, period, signal);
    this.#period = period;
  }

  async #count(holdings: readonly Holding[], period: number, signal: AbortSignal): Promise<void> {
    const { chain, logger } = this.#components;
    const { terms, minGain } = this.#init;
    const served: Served[] = [];
    for (const { client, id } of holdings) served.push({ id, account: await this.#accountOf(client, signal) });
    const standing = await chain.standing(signal);
    const { clients, gain } = uncountedClients(standing, served, terms, period, COUNT_CLIENTS_BATCH);
    if (gain <= 0 || gain < minGain) return;
    const ids = await this.#stillServed(clients, signal);
    if (ids.length === 0) return;
    await chain.countClients(ids, signal);
    logger.info({ period, clients: ids.length, gain }, 'clients counted');
  }

  /** One that failed meanwhile would make the whole batch revert. */
  async #stillServed(clients: readonly Served[], signal: AbortSignal): Promise<AgreementId[]> {
    const { mirror } = this.#components;
    const fresh = await Promise.all(clients.map(async ({ id }) => mirror.refresh(id, signal)));
    return fresh.flatMap((holding) => (holding?.status === 'active' || holding?.status === 'kept' ? [holding.id] : []));
  }

  async #accountOf(client: Address, signal: AbortSignal): Promise<number> {
    const known = this.#accounts.get(client);
    if (known !== undefined) return known;
    const account = await this.#components.chain.accountNumber(client, signal);
    this.#accounts.set(client, account);
    return account;
  }
}
