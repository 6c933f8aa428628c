import type { Deployment } from '../../chain/deployment.ts';
import type { MarketEvent } from '../../chain/market-events.ts';
import { Findings } from '../findings.ts';
import { Ledger } from '../ledger.ts';
import type { AuditParameters } from '../parameters.ts';
import { Accounts, BURN_ACCOUNT } from './accounts.ts';
import { Agreements } from './agreements.ts';
import { Audits } from './audits.ts';
import { Bids } from './bids.ts';
import { Channels } from './channels.ts';
import { Closing } from './closing.ts';
import { type ReplayContext, unheardOf } from './context.ts';
import { Demands } from './demands.ts';
import { OrderBook } from './order-book.ts';
import { Payments } from './payments.ts';
import { PriceIndex } from './price-index.ts';
import { Proofs } from './proofs.ts';
import { Registry } from './registry.ts';
import { Repairs } from './repairs.ts';
import { Reputation } from './reputation.ts';
import { Seeds } from './seeds.ts';
import { Sessions } from './sessions.ts';
import { Settling } from './settling.ts';
import { Stakes } from './stakes.ts';
import { Transaction } from './transaction.ts';

/** The whole market, rebuilt from its events alone. Every event is checked against what the events before it give. */
export class MarketReplay {
  readonly findings = new Findings();
  readonly ledger = new Ledger();
  readonly accounts: Accounts;
  readonly agreements: Agreements;
  readonly audits: Audits;
  readonly bids: Bids;
  readonly channels: Channels;
  readonly demands: Demands;
  readonly orderBook: OrderBook;
  readonly priceIndex: PriceIndex;
  readonly parameters: AuditParameters;
  readonly proofs: Proofs;
  readonly registry: Registry;
  readonly reputation: Reputation;
  readonly seeds: Seeds;
  readonly sessions: Sessions;
  readonly stakes: Stakes;
  readonly #payments: Payments;
  readonly #repairs: Repairs;
  readonly #transaction: Transaction;
  #current: string | undefined;
  #events = 0;

  constructor(parameters: AuditParameters, contracts: Deployment['contracts']) {
    this.parameters = parameters;
    this.#transaction = new Transaction(this.findings, (owner) => this.accounts.numberOf(owner));
    const { findings, ledger } = this;
    const context: ReplayContext = { parameters, findings, ledger, transaction: this.#transaction };
    this.sessions = new Sessions(context);
    this.accounts = new Accounts(context, contracts, this.sessions);
    this.seeds = new Seeds(context);
    this.priceIndex = new PriceIndex(context);
    this.registry = new Registry(context, this.seeds, this.priceIndex);
    this.reputation = new Reputation(context);
    this.bids = new Bids(context);
    this.orderBook = new OrderBook(context, this.bids);
    this.stakes = new Stakes(context, this.registry, this.accounts);
    this.proofs = new Proofs(context, this.stakes, this.reputation, this.seeds);
    this.#payments = new Payments(context, this.accounts);
    const settling = new Settling(context, this.proofs, this.registry, this.stakes);
    const { accounts, bids, orderBook, priceIndex, proofs, registry, reputation, stakes } = this;
    const payments = this.#payments;
    const closing = new Closing(context, { priceIndex, registry, reputation, settling, stakes });
    this.agreements = new Agreements(context, {
      accounts,
      bids,
      closing,
      orderBook,
      payments,
      priceIndex,
      proofs,
      settling,
      stakes,
    });
    this.audits = new Audits(context, this);
    this.#repairs = new Repairs(context, this);
    this.channels = new Channels(context, this);
    this.demands = new Demands(context, this);
    this.proofs.onRemoved = (id, units, rent) => this.agreements.removed(id, units, rent);
    this.proofs.onConceded = (id, provider) => this.agreements.conceded(id, provider);
    this.accounts.onReleased = (locker, account, amount) => {
      if (locker === 'RetrievalChannels' && account === BURN_ACCOUNT) this.channels.burnCollected(amount);
    };
    this.accounts.onLocked = (locker, account, amount) => {
      this.sessions.onLocked(this.accounts.ownerOf(account), amount);
      if (locker === 'Agreements') this.#payments.onLocked(account);
    };
  }

  /** Events replayed. */
  get events(): number {
    return this.#events;
  }

  /** Events come in the chain's order. */
  apply(event: MarketEvent): void {
    const { place } = event;
    if (place.transaction !== this.#current) this.#close();
    this.#current = place.transaction;
    this.#events += 1;
    this.findings.at(place);
    this.ledger.at(place);
    this.#payments.at(place);
    this.priceIndex.at(place);
    switch (event.contract) {
      case 'escrow':
        return this.accounts.apply(event);
      case 'nodeRegistry':
        return this.registry.apply(event);
      case 'orderBook':
        return this.orderBook.apply(event);
      case 'agreements':
        return this.agreements.apply(event);
      case 'possessionProofs':
        return this.proofs.apply(event);
      case 'collateral':
        return this.stakes.apply(event);
      case 'reputation':
        return this.reputation.apply(event);
      case 'audits':
        return this.audits.apply(event);
      case 'randomness':
        return this.seeds.apply(event);
      case 'priceIndex':
        return this.priceIndex.apply(event);
      case 'repairs':
        return this.#repairs.apply(event);
      case 'retrievalChannels':
        return this.channels.apply(event);
      case 'demands':
        return this.demands.apply(event);
      case 'catalog':
        // Who may read what moves no money and makes no score.
        return undefined;
      default:
        return unheardOf(event);
    }
  }

  /** After the last event: closes its transaction and draws the balance. */
  finish(): void {
    this.#close();
    this.findings.at(undefined);
    this.priceIndex.finish();
    const locks = {
      Agreements: this.agreements.locked,
      Collateral: this.stakes.total,
      Audits: this.audits.bonds,
      OrderBook: this.bids.locked,
      RetrievalChannels: this.channels.locked,
      Demands: this.demands.bonds,
    };
    for (const [locker, owed] of Object.entries(locks)) {
      this.findings.books(`the lock of ${locker}`, 'what it must cover', owed, this.accounts.lockedBy(locker));
    }
    const behind = new Map<number, bigint>();
    for (const { id, collateral } of this.agreements.all()) {
      const provider = Number(id >> 32n);
      behind.set(provider, (behind.get(provider) ?? 0n) + collateral);
    }
    for (const [provider, { locked }] of this.stakes.all()) {
      this.findings.books(
        `provider ${provider}`,
        'collateral behind its agreements',
        behind.get(provider) ?? 0n,
        locked,
      );
    }
  }

  #close(): void {
    this.#payments.close();
    this.#transaction.close();
  }
}
