import { assert } from '../core/assert.ts';
import type { Address, AgreementId, Hex } from '../market/messages.ts';
import type { EventBatch } from './log-reader.ts';
import { type EventSink, REORG_DEPTH } from './log-watcher.ts';
import type { AgreementRow, AskRow, AuditRow, BidRow, MarketIndex, ProviderRow } from './market-index.ts';
import { type IndexTables, applyEvent } from './index-events.ts';

/** The market's state in memory: read from the first block at every start. Later versions keep it in a database behind the same interface. */
export class MemoryMarketIndex implements MarketIndex, EventSink {
  readonly #providers = new Map<number, ProviderRow>();
  readonly #providerOfNode = new Map<string, number>();
  readonly #asks = new Map<bigint, AskRow>();
  readonly #bids = new Map<bigint, BidRow>();
  readonly #agreements = new Map<AgreementId, AgreementRow>();
  readonly #ofClient = new Map<string, AgreementId[]>();
  readonly #ofProvider = new Map<number, AgreementId[]>();
  readonly #audits = new Map<bigint, AuditRow>();
  readonly #ofAgreement = new Map<AgreementId, bigint[]>();
  /** How to take back each change, oldest first, with the block that made it. */
  #undo: { block: bigint; revert: () => void }[] = [];
  #block: bigint | undefined;

  get block(): bigint | undefined {
    return this.#block;
  }

  apply(batch: EventBatch): void {
    for (const event of batch.events) applyEvent(this.#tables(event.place.block), event);
    this.#block = batch.to.number;
    const oldest = batch.to.number - REORG_DEPTH;
    const keep = this.#undo.findIndex((entry) => entry.block > oldest);
    this.#undo = keep === -1 ? [] : this.#undo.slice(keep);
  }

  rollback(block: bigint): void {
    assert(this.#block !== undefined && block >= this.#block - REORG_DEPTH, 'a rollback within the depth that is kept');
    for (let entry = this.#undo.at(-1); entry !== undefined && entry.block > block; entry = this.#undo.at(-1)) {
      entry.revert();
      this.#undo.pop();
    }
    this.#block = block;
  }

  reset(): void {
    for (const map of [
      this.#providers,
      this.#providerOfNode,
      this.#asks,
      this.#bids,
      this.#agreements,
      this.#ofClient,
      this.#ofProvider,
      this.#audits,
      this.#ofAgreement,
    ]) {
      map.clear();
    }
    this.#undo = [];
    this.#block = undefined;
  }

  provider(id: number): ProviderRow | undefined {
    return this.#providers.get(id);
  }

  providerOfNode(nodeAddress: Address): ProviderRow | undefined {
    const id = this.#providerOfNode.get(nodeAddress.toLowerCase());
    return id === undefined ? undefined : this.#providers.get(id);
  }

  providers(): ProviderRow[] {
    return [...this.#providers.values()];
  }

  ask(askId: bigint): AskRow | undefined {
    return this.#asks.get(askId);
  }

  liveAsks(time: number): AskRow[] {
    return [...this.#asks.values()].filter(({ ask }) => ask.unitsLeft > 0 && ask.expiry > time);
  }

  asksOf(provider: number): AskRow[] {
    return [...this.#asks.values()].filter(({ ask }) => ask.provider === provider);
  }

  bids(): BidRow[] {
    return [...this.#bids.values()].toSorted((a, b) => (a.bidId < b.bidId ? -1 : 1));
  }

  agreement(id: AgreementId): AgreementRow | undefined {
    return this.#agreements.get(id);
  }

  agreementsOfClient(client: Address): AgreementRow[] {
    return this.#rows(this.#ofClient.get(client.toLowerCase()));
  }

  agreementsOfProvider(provider: number): AgreementRow[] {
    return this.#rows(this.#ofProvider.get(provider));
  }

  holders(client: Address, objectKey: Hex): AgreementRow[] {
    const key = objectKey.toLowerCase();
    const latest = new Map<number, AgreementRow>();
    for (const row of this.agreementsOfClient(client)) {
      if (row.objectKey.toLowerCase() === key) latest.set(row.shardIndex, row);
    }
    return [...latest.values()].toSorted((a, b) => a.shardIndex - b.shardIndex);
  }

  audit(audit: bigint): AuditRow | undefined {
    return this.#audits.get(audit);
  }

  auditsOf(id: AgreementId): AuditRow[] {
    return (this.#ofAgreement.get(id) ?? []).flatMap((audit) => this.#audits.get(audit) ?? []);
  }

  openAudits(): AuditRow[] {
    return [...this.#audits.values()].filter(({ status }) => status === 'open');
  }

  objectsOf(client: Address): Hex[] {
    return [...new Set(this.agreementsOfClient(client).map((row) => row.objectKey))];
  }

  #rows(ids: readonly AgreementId[] | undefined): AgreementRow[] {
    return (ids ?? []).flatMap((id) => this.#agreements.get(id) ?? []);
  }

  /** The tables as one block's events may change them: every change leaves a way back. */
  #tables(block: bigint): IndexTables {
    const note = (revert: () => void): void => {
      this.#undo.push({ block, revert });
    };
    return {
      provider: (id) => this.#providers.get(id),
      putProvider: (row) => {
        put(this.#providers, row.id, row, note);
        put(this.#providerOfNode, row.nodeAddress.toLowerCase(), row.id, note);
      },
      ask: (askId) => this.#asks.get(askId),
      putAsk: (row) => put(this.#asks, row.askId, row, note),
      removeAsk: (askId) => remove(this.#asks, askId, note),
      bid: (bidId) => this.#bids.get(bidId),
      putBid: (row) => put(this.#bids, row.bidId, row, note),
      removeBid: (bidId) => remove(this.#bids, bidId, note),
      agreement: (id) => this.#agreements.get(id),
      addAgreement: (row) => {
        put(this.#agreements, row.id, row, note);
        append(this.#ofClient, row.client.toLowerCase(), row.id, note);
        append(this.#ofProvider, row.provider, row.id, note);
      },
      putAgreement: (row) => put(this.#agreements, row.id, row, note),
      audit: (audit) => this.#audits.get(audit),
      addAudit: (row) => {
        put(this.#audits, row.audit, row, note);
        append(this.#ofAgreement, row.agreement, row.audit, note);
      },
      putAudit: (row) => put(this.#audits, row.audit, row, note),
    };
  }
}

function put<K, V>(map: Map<K, V>, key: K, value: V, note: (revert: () => void) => void): void {
  const previous = map.get(key);
  map.set(key, value);
  note(() => {
    if (previous === undefined) map.delete(key);
    else map.set(key, previous);
  });
}

function remove<K, V>(map: Map<K, V>, key: K, note: (revert: () => void) => void): void {
  const previous = map.get(key);
  if (previous !== undefined && map.delete(key)) note(() => map.set(key, previous));
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V, note: (revert: () => void) => void): void {
  const list = map.get(key) ?? [];
  list.push(value);
  map.set(key, list);
  note(() => list.pop());
}
