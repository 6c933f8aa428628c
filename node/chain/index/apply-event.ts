import { StowError } from '../../core/errors.ts';
import { providerOfAgreement } from '../../market/agreement-id.ts';
import type { PostedAsk } from '../../market/eligibility.ts';
import type { AgreementId } from '../../market/messages.ts';
import { NEW_STANDING, type Standing, withClient, withRent } from '../../market/reputation.ts';
import { NEW_SERVICE, withReceipt } from '../../market/service.ts';
import { AgreementStatus } from '../records.ts';
import {
  type AgreementRow,
  type AuditRow,
  type BidRow,
  type ChannelRow,
  type DemandRow,
  type ProviderRow,
  type ShareRow,
  shareKey,
} from '../market-index.ts';
import type { MarketEvent } from '../market-events.ts';

/** What events change. */
export interface IndexTables {
  /** Periods in which a reputation counts half. */
  readonly halfLifePeriods: bigint;
  /** The same in blocks. */
  readonly halfLifeBlocks: bigint;
  /** The highest id; 0 before the first. */
  lastProvider(): number;
  provider(id: number): ProviderRow | undefined;
  putProvider(row: ProviderRow): void;
  ask(askId: bigint): PostedAsk | undefined;
  putAsk(row: PostedAsk): void;
  removeAsk(askId: bigint): void;
  bid(bidId: bigint): BidRow | undefined;
  putBid(row: BidRow): void;
  removeBid(bidId: bigint): void;
  agreement(id: AgreementId): AgreementRow | undefined;
  putAgreement(row: AgreementRow): void;
  /** The highest id; 0 before the first. */
  lastAudit(): bigint;
  audit(audit: bigint): AuditRow | undefined;
  putAudit(row: AuditRow): void;
  /** The highest number; 0 before the first. */
  lastDemand(): bigint;
  demand(demand: bigint): DemandRow | undefined;
  putDemand(row: DemandRow): void;
  share(key: string): ShareRow | undefined;
  putShare(row: ShareRow): void;
  /** The highest number; 0 before the first. */
  lastChannel(): bigint;
  channel(channel: bigint): ChannelRow | undefined;
  putChannel(row: ChannelRow): void;
}

type EventOf<contract extends MarketEvent['contract']> = Extract<MarketEvent, { contract: contract }>;

/** Brings the tables up to date with one event. Events that no table shows change nothing. */
export function applyEvent(tables: IndexTables, event: MarketEvent): void {
  switch (event.contract) {
    case 'nodeRegistry':
      return applyRegistry(tables, event);
    case 'orderBook':
      return applyOrderBook(tables, event);
    case 'agreements':
      return applyAgreements(tables, event);
    case 'collateral':
      return applyCollateral(tables, event);
    case 'possessionProofs':
      return applyProofs(tables, event);
    case 'audits':
      return applyAudits(tables, event);
    case 'demands':
      return applyDemands(tables, event);
    case 'reputation':
      return applyReputation(tables, event);
    case 'catalog':
      return applyCatalog(tables, event);
    case 'retrievalChannels':
      return applyChannels(tables, event);
    case 'escrow':
    case 'randomness':
    case 'priceIndex':
    case 'repairs':
      return undefined;
  }
}

function applyRegistry(tables: IndexTables, event: EventOf<'nodeRegistry'>): void {
  if (event.name === 'ProviderRegistered') {
    const { provider: id, operator, nodeAddress, nodePublicKey, region, addresses } = event.args;
    requireNext(BigInt(id), BigInt(tables.lastProvider()), 'provider');
    tables.putProvider({
      id,
      operator,
      nodeAddress,
      nodePublicKey,
      region,
      addresses: linesOf(addresses),
      placementId: undefined,
      registeredAtBlock: event.place.block,
      free: 0n,
      locked: 0n,
      capacity: 0,
      heldUnits: 0,
      failed: false,
      lastProvenPeriod: undefined,
      provenPeriods: 0,
      missedPeriods: 0,
      auditsAnswered: 0,
      auditsFailed: 0,
      ...NEW_STANDING,
      ...NEW_SERVICE,
    });
  }
  if (event.name === 'CapacityChanged') change(tables, event.args.provider, { capacity: event.args.units });
  if (event.name === 'PlacementAssigned') change(tables, event.args.provider, { placementId: event.args.placementId });
  if (event.name === 'AddressesUpdated')
    change(tables, event.args.provider, { addresses: linesOf(event.args.addresses) });
}

function applyOrderBook(tables: IndexTables, event: EventOf<'orderBook'>): void {
  switch (event.name) {
    case 'AskPosted':
      return tables.putAsk({ askId: event.args.askId, ask: event.args.ask });
    case 'AskAmended':
      knownAsk(tables, event.args.askId);
      return tables.putAsk({ askId: event.args.askId, ask: event.args.ask });
    case 'AskCancelled':
      knownAsk(tables, event.args.askId);
      return tables.removeAsk(event.args.askId);
    case 'AskFilled': {
      const row = knownAsk(tables, event.args.askId);
      return tables.putAsk({ ...row, ask: { ...row.ask, unitsLeft: event.args.unitsLeft } });
    }
    case 'BidPosted': {
      const { bidId, client, terms, reserved } = event.args;
      return tables.putBid({ bidId, client, terms, reserved, shardsLeft: terms.shards });
    }
    case 'BidAnswered': {
      const row = tables.bid(event.args.bidId);
      if (row !== undefined) tables.putBid({ ...row, shardsLeft: event.args.shardsLeft });
      return undefined;
    }
    case 'BidClosed':
      return tables.removeBid(event.args.bidId);
    case 'SeriesStarted':
      return undefined;
  }
}

function knownAsk(tables: IndexTables, askId: bigint): PostedAsk {
  return known(tables.ask(askId), `ask ${askId}`);
}

function applyAgreements(tables: IndexTables, event: EventOf<'agreements'>): void {
  if (event.name === 'AgreementFormed') {
    const { provider, collateral, units, askId } = event.args.agreement;
    move(tables, provider, -collateral, collateral);
    hold(tables, provider, units);
    return tables.putAgreement(formed(event, tables.ask(askId)?.ask.retrievalPricePerMiB ?? 0n));
  }
  if (event.name === 'NoncesRevoked') return undefined;
  const row = known(tables.agreement(event.args.id), `agreement ${event.args.id}`);
  switch (event.name) {
    case 'AgreementSettled': {
      const { toPeriod: settledTo, proven, paid, refunded, heldBack } = event.args;
      return tables.putAgreement({
        ...row,
        settledTo,
        provenPeriods: row.provenPeriods + proven,
        paid: row.paid + paid,
        refunded: row.refunded + refunded,
        heldBack: row.heldBack + heldBack,
      });
    }
    case 'NoticeGiven': {
      const { endPeriod, refunded } = event.args;
      return tables.putAgreement({
        ...row,
        periods: endPeriod - row.startPeriod,
        refunded: row.refunded + refunded,
        noticed: true,
      });
    }
    case 'AgreementRenewed':
      return tables.putAgreement({ ...row, periods: event.args.endPeriod - row.startPeriod, noticed: false });
    case 'AgreementHandedOver': {
      // The successor's row came with its own `AgreementFormed`, just before.
      const { successorId, provenPeriods } = event.args;
      const successor = known(tables.agreement(successorId), `agreement ${successorId}`);
      const { retrievalCeiling, heldBack } = row;
      tables.putAgreement({ ...successor, provenPeriods, heldBack, retrievalCeiling });
      hold(tables, row.provider, -row.units);
      return tables.putAgreement({ ...row, status: 'handed-over', endedAtBlock: event.place.block });
    }
    case 'AgreementEnded': {
      const status = event.args.status === AgreementStatus.failed ? 'failed' : 'kept';
      hold(tables, row.provider, -row.units);
      return tables.putAgreement({ ...row, status, endedAtBlock: event.place.block });
    }
  }
}

function formed(event: Extract<MarketEvent, { name: 'AgreementFormed' }>, retrievalCeiling: bigint): AgreementRow {
  const { id, startPeriod, agreement } = event.args;
  return {
    id,
    client: agreement.client,
    provider: agreement.provider,
    objectKey: agreement.objectKey,
    shardIndex: agreement.shardIndex,
    shardRoot: agreement.shardRoot,
    units: agreement.units,
    pricePerUnitPeriod: agreement.pricePerUnitPeriod,
    periods: agreement.periods,
    collateral: agreement.collateral,
    askId: agreement.askId,
    retrievalCeiling,
    startPeriod,
    status: 'active',
    settledTo: startPeriod,
    provenPeriods: 0,
    paid: 0n,
    refunded: 0n,
    heldBack: 0n,
    formedAtBlock: event.place.block,
    formedInTransaction: event.place.transaction,
    noticed: false,
    endedAtBlock: undefined,
  };
}

function applyCollateral(tables: IndexTables, event: EventOf<'collateral'>): void {
  switch (event.name) {
    case 'Staked':
      return move(tables, event.args.provider, event.args.amount, 0n);
    case 'UnbondRequested':
      return move(tables, event.args.provider, -event.args.amount, 0n);
    case 'CollateralReleased':
      return move(tables, event.args.provider, event.args.amount, -event.args.amount);
    case 'Slashed':
      return move(tables, event.args.provider, 0n, -(event.args.toClient + event.args.burned));
    case 'ReportFeeOwed':
      return move(tables, event.args.provider, -event.args.amount, 0n);
    case 'ProviderFailed':
      return change(tables, event.args.provider, { failed: true });
    case 'ReportFeePaid':
    case 'Struck':
    case 'Unbonded':
      return undefined;
  }
}

function applyProofs(tables: IndexTables, event: EventOf<'possessionProofs'>): void {
  if (event.name === 'PeriodProven') {
    const { provider, period, rent } = event.args;
    const row = knownProvider(tables, provider);
    const standing = withRent(row, { period, good: rent }, tables.halfLifePeriods);
    tables.putProvider({ ...row, ...standing, lastProvenPeriod: period, provenPeriods: row.provenPeriods + 1 });
  }
  if (event.name === 'PeriodsMissed') {
    const row = knownProvider(tables, event.args.provider);
    tables.putProvider({ ...row, missedPeriods: row.missedPeriods + event.args.count });
  }
}

function applyReputation(tables: IndexTables, event: EventOf<'reputation'>): void {
  if (event.name === 'BadRecorded') {
    const { provider, period, rent } = event.args;
    rate(tables, provider, (row) => withRent(row, { period, bad: rent }, tables.halfLifePeriods));
  }
  if (event.name === 'ClientCounted') {
    const { provider, clientAccount, period } = event.args;
    rate(tables, provider, (row) => withClient(row, clientAccount, period, tables.halfLifePeriods));
  }
}

function applyAudits(tables: IndexTables, event: EventOf<'audits'>): void {
  const { audit, agreement } = event.args;
  if (event.name === 'AuditOpened') {
    const { challenger, openedAt, deadline, bond } = event.args;
    requireNext(audit, tables.lastAudit(), 'audit');
    const fresh = { audit, agreement, challenger, openedAt, deadline, bond };
    return tables.putAudit({ ...fresh, status: 'open', endedAtBlock: undefined });
  }
  const row = known(tables.audit(audit), `audit ${audit}`);
  const status = AUDIT_ENDS[event.name];
  tables.putAudit({ ...row, status, endedAtBlock: event.place.block });
  const provider = knownProvider(tables, providerOfAgreement(agreement));
  if (status === 'answered') tables.putProvider({ ...provider, auditsAnswered: provider.auditsAnswered + 1 });
  if (status === 'failed') tables.putProvider({ ...provider, auditsFailed: provider.auditsFailed + 1 });
}

function applyDemands(tables: IndexTables, event: EventOf<'demands'>): void {
  const { demand, agreement } = event.args;
  if (event.name === 'UnitDemanded') {
    const { unit, deadline, bond } = event.args;
    requireNext(demand, tables.lastDemand(), 'demand');
    const fresh = { demand, agreement, unit, deadline, bond };
    return tables.putDemand({ ...fresh, status: 'open', endedInTransaction: undefined });
  }
  const row = known(tables.demand(demand), `demand ${demand}`);
  tables.putDemand({ ...row, status: DEMAND_ENDS[event.name], endedInTransaction: event.place.transaction });
}

function applyCatalog(tables: IndexTables, event: EventOf<'catalog'>): void {
  // A key is asked for when something is to be sealed, one at a time.
  if (event.name === 'KeyPublished') return;
  const key = shareKey(event.args);
  if (event.name === 'Unshared')
    return tables.putShare({ ...known(tables.share(key), `share ${key}`), takenBack: true });
  tables.putShare({ ...event.args, key, sharedAtBlock: event.place.block, takenBack: false });
}

function applyChannels(tables: IndexTables, event: EventOf<'retrievalChannels'>): void {
  if (event.name === 'ChannelOpened') return openChannel(tables, event);
  const row = known(tables.channel(event.args.channel), `channel ${event.args.channel}`);
  switch (event.name) {
    case 'ChannelToppedUp': {
      const { amount, expiry } = event.args;
      return tables.putChannel({ ...row, deposit: row.deposit + amount, expiry });
    }
    case 'VoucherRedeemed':
      return tables.putChannel(redeemed(tables, row, event));
    case 'ChannelSettled': {
      const closed = { status: 'closed', closedAtBlock: event.place.block } as const;
      return tables.putChannel({ ...redeemed(tables, row, event), ...closed });
    }
    case 'ChannelClosing':
      return tables.putChannel({ ...row, status: 'closing', closesAt: event.args.closesAt });
    case 'ChannelClosed':
      return tables.putChannel({ ...row, status: 'closed', closedAtBlock: event.place.block });
  }
}

/** The row after a voucher was paid, whose receipt goes to the provider's record. */
function redeemed(
  tables: IndexTables,
  row: ChannelRow,
  { args, place }: Extract<MarketEvent, { name: 'VoucherRedeemed' | 'ChannelSettled' }>,
): ChannelRow {
  const { total, readBytes, firstByteMs, kibPerSecond } = args;
  const receipt = { paid: total - row.redeemed, block: Number(place.block), firstByteMs, kibPerSecond };
  const provider = knownProvider(tables, row.provider);
  tables.putProvider({ ...provider, ...withReceipt(provider, receipt, tables.halfLifeBlocks) });
  return { ...row, redeemed: total, readBytes };
}

function openChannel(tables: IndexTables, event: Extract<MarketEvent, { name: 'ChannelOpened' }>): void {
  const { channel, client, provider, amount, expiry } = event.args;
  requireNext(channel, tables.lastChannel(), 'channel');
  tables.putChannel({
    channel,
    client,
    provider,
    deposit: amount,
    redeemed: 0n,
    readBytes: 0n,
    expiry,
    closesAt: undefined,
    status: 'open',
    openedAtBlock: event.place.block,
    closedAtBlock: undefined,
  });
}

const AUDIT_ENDS = { AuditAnswered: 'answered', AuditFailed: 'failed', AuditVoided: 'voided' } as const;

const DEMAND_ENDS = { UnitShown: 'shown', DemandFailed: 'failed', DemandVoided: 'voided' } as const;

function move(tables: IndexTables, provider: number, free: bigint, locked: bigint): void {
  const row = knownProvider(tables, provider);
  tables.putProvider({ ...row, free: row.free + free, locked: row.locked + locked });
}

function hold(tables: IndexTables, provider: number, units: number): void {
  const row = knownProvider(tables, provider);
  tables.putProvider({ ...row, heldUnits: row.heldUnits + units });
}

function rate(tables: IndexTables, provider: number, after: (row: ProviderRow) => Standing): void {
  const row = knownProvider(tables, provider);
  tables.putProvider({ ...row, ...after(row) });
}

function change(tables: IndexTables, provider: number, values: Partial<ProviderRow>): void {
  tables.putProvider({ ...knownProvider(tables, provider), ...values });
}

function knownProvider(tables: IndexTables, id: number): ProviderRow {
  return known(tables.provider(id), `provider ${id}`);
}

/** The contracts speak of nothing that they have not introduced: who does not know it was not told everything. */
function known<T>(row: T | undefined, what: string): T {
  if (row !== undefined) return row;
  throw chainIncomplete(`an event is about ${what}, which no event before it introduced`);
}

/** An id that counts from 1 must be the next. */
function requireNext(id: bigint, last: bigint, what: string): void {
  if (id !== last + 1n) throw chainIncomplete(`${what} ${id} comes after ${what} ${last}`);
}

function chainIncomplete(what: string): StowError {
  return new StowError({
    code: 'chain-incomplete',
    message: `the chain's endpoint left out events of the market: ${what}`,
    hint: 'try again; if it stays so, connect to an endpoint that keeps all logs (chain.rpc-url)',
    retryable: true,
  });
}

/** Without lines that no address can be, and that PostgreSQL would not keep. */
function linesOf(addresses: string): string[] {
  return addresses.split('\n').filter((line) => line !== '' && !line.includes('\0'));
}
