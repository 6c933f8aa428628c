import { Accounts } from './accounts.ts';
import { type AuditInit, Audits } from './audits.ts';
import { type AgreementParams, Agreements } from './agreements.ts';
import { Clock } from './clock.ts';
import { type DemandParams, Demands } from './demands.ts';
import { Duties } from './duties.ts';
import { Maintenance, type MaintenanceParams } from './maintenance.ts';
import { Bids } from './bids.ts';
import { Catalog } from './catalog.ts';
import { type ChannelParams, Channels } from './channels.ts';
import { OrderBook } from './order-book.ts';
import { type PriceIndexParams, PriceIndex } from './price-index.ts';
import { type ProofInit, Proofs } from './proofs.ts';
import { Refusal } from './refusal.ts';
import { Registry } from './registry.ts';
import { type RepairParams, Repairs } from './repairs.ts';
import { type ReputationParams, Reputation } from './reputation.ts';
import { Seeds } from './seeds.ts';
import { Sessions } from './sessions.ts';
import { type StakeParams, Stakes } from './stakes.ts';
import { Token } from './token.ts';
import type { Address, Hex, Signer, Undoable } from './types.ts';

export interface MarketInit {
  escrow: Address;
  orderBook: Address;
  genesisBlock: number;
  periodBlocks: number;
  proofs: ProofInit;
  stakes: StakeParams;
  reputation: ReputationParams;
  agreements: AgreementParams;
  audits: AuditInit;
  maintenance: MaintenanceParams;
  priceIndex: PriceIndexParams;
  repairs: RepairParams;
  channels: ChannelParams;
  demands: DemandParams;
  /** Block hashes, as far as they are asked for. */
  hashes: ReadonlyMap<number, Hex>;
}

/** The whole market, one concern beside the other. */
export class Market {
  readonly clock: Clock;
  readonly token: Token;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly seeds: Seeds;
  readonly stakes: Stakes;
  readonly registry: Registry;
  /** Where bids stand, and who may form agreements for them. */
  readonly orderBook: Address;
  readonly book: OrderBook;
  readonly bids: Bids;
  readonly priceIndex: PriceIndex;
  readonly reputation: Reputation;
  readonly maintenance: Maintenance;
  readonly duties: Duties;
  readonly proofs: Proofs;
  readonly agreements: Agreements;
  readonly audits: Audits;
  readonly repairs: Repairs;
  readonly catalog: Catalog;
  readonly channels: Channels;
  readonly demands: Demands;
  /** Contract wallets (ERC-1271) and whose signature each takes for its own. */
  readonly wallets = new Map<Address, Address>();

  constructor(init: MarketInit) {
    this.clock = new Clock(init.genesisBlock, init.periodBlocks);
    this.token = new Token(init.escrow);
    this.accounts = new Accounts(this.token);
    this.sessions = new Sessions(this.clock);
    this.seeds = new Seeds(this.clock, init.hashes);
    this.stakes = new Stakes(init.stakes, this.clock, this.accounts, this.sessions);
    this.registry = new Registry(this.clock, this.seeds, this.stakes, this.accounts);
    this.orderBook = init.orderBook;
    // Deployed within the first period.
    this.priceIndex = new PriceIndex(init.priceIndex, this.clock, 1);
    this.book = new OrderBook(this.clock, this.registry, this.priceIndex);
    this.bids = new Bids();
    this.reputation = new Reputation(init.reputation);
    this.maintenance = new Maintenance(init.maintenance, this.clock);
    this.duties = new Duties(this.clock, this.stakes, this.reputation, this.maintenance);
    this.proofs = new Proofs(init.proofs, this.clock, this.seeds, this.duties);
    this.agreements = new Agreements(init.agreements);
    this.audits = new Audits(init.audits);
    this.repairs = new Repairs(init.repairs);
    this.catalog = new Catalog(this.clock);
    this.channels = new Channels(init.channels);
    this.demands = new Demands(init.demands);
  }

  /** Does all of an action, or none of it and returns why. */
  attempt(action: () => void): Refusal | undefined {
    const concerns: Undoable[] = [
      this.token,
      this.accounts,
      this.sessions,
      this.seeds,
      this.stakes,
      this.registry,
      this.book,
      this.bids,
      this.priceIndex,
      this.reputation,
      this.maintenance,
      this.duties,
      this.proofs,
      this.agreements,
      this.audits,
      this.repairs,
      this.catalog,
      this.channels,
      this.demands,
    ];
    const undo = concerns.map((concern) => concern.save());
    try {
      action();
      return undefined;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      for (const restore of undo) restore();
      return error;
    }
  }

  /** Whether a signature is an account's own: made by its key, or one that its contract accepts. */
  signedBy(account: Address, signer: Signer): boolean {
    return signer !== undefined && signer === (this.wallets.get(account) ?? account);
  }
}
