import type { PostedAsk } from '../../market/eligibility.ts';
import type { Ask, BidTerms } from '../../market/messages.ts';
import type { AgreementRow, AuditRow, BidRow, ChannelRow, DemandRow, ProviderRow, ShareRow } from '../market-index.ts';
import { block, flag, hex, integer, lines, optional, text, uint64, wide, word } from './columns.ts';
import { RowTable } from './row-table.ts';
import type { Dialect } from './sql-database.ts';

/** Raised whenever a table, or the meaning of a column, changes: an index of another version is made anew. */
export const SCHEMA_VERSION = 9;

/** An ask with its id, flat. */
export interface FlatAsk extends Ask {
  readonly askId: bigint;
}

/** A bid with its terms, flat. */
export interface FlatBid extends BidTerms, Omit<BidRow, 'terms'> {}

/** What the tables need to know of the deployment. */
export interface IndexTerms {
  /** Stake that a provider has to keep and cannot lock, token wei. */
  readonly bond: bigint;
  /** Periods in which a reputation counts half. */
  readonly halfLifePeriods: bigint;
  /** The same in blocks: by which receipts of reads count less. */
  readonly halfLifeBlocks: bigint;
}

type DerivedOfAsk = 'is_live' | 'about_price' | 'about_ceiling' | 'about_deposit';

export interface Tables {
  readonly providers: RowTable<ProviderRow, 'id', 'is_open'>;
  readonly asks: RowTable<FlatAsk, 'askId', DerivedOfAsk>;
  readonly bids: RowTable<FlatBid, 'bidId'>;
  readonly agreements: RowTable<AgreementRow, 'id'>;
  readonly audits: RowTable<AuditRow, 'audit'>;
  readonly demands: RowTable<DemandRow, 'demand'>;
  readonly shares: RowTable<ShareRow, 'key'>;
  readonly channels: RowTable<ChannelRow, 'channel'>;
}

export function tablesOf(terms: IndexTerms): Tables {
  return {
    providers: providersTable(terms),
    asks: asksTable(),
    bids: bidsTable(),
    agreements: agreementsTable(),
    audits: auditsTable(),
    demands: demandsTable(),
    shares: sharesTable(),
    channels: channelsTable(),
  };
}

function providersTable({ bond }: IndexTerms): Tables['providers'] {
  return new RowTable<ProviderRow, 'id', 'is_open'>({
    name: 'providers',
    key: 'id',
    columns: {
      id: integer,
      operator: hex,
      nodeAddress: hex,
      nodePublicKey: hex,
      region: integer,
      addresses: lines,
      placementId: optional(hex),
      registeredAtBlock: block,
      free: wide,
      locked: wide,
      capacity: integer,
      heldUnits: integer,
      failed: flag,
      lastProvenPeriod: optional(integer),
      provenPeriods: integer,
      missedPeriods: integer,
      auditsAnswered: integer,
      auditsFailed: integer,
      good: wide,
      bad: wide,
      updated: integer,
      epoch: integer,
      recentClients: wide,
      clientsBefore: wide,
      servedPaid: wide,
      servedDelay: wide,
      ratedPaid: wide,
      ratedSpeed: wide,
      servedAtBlock: integer,
    },
    // Whether it could take a shard of any kind: what cannot is never looked at in a quote, however much of it there is.
    derived: { is_open: { type: 'integer', of: (row) => Number(isOpen(row, bond)) } },
  });
}

function asksTable(): Tables['asks'] {
  return new RowTable<FlatAsk, 'askId', DerivedOfAsk>({
    name: 'asks',
    key: 'askId',
    columns: {
      askId: uint64,
      provider: integer,
      pricePerUnitPeriod: wide,
      unitsLeft: integer,
      minUnits: integer,
      maxUnits: integer,
      expiry: integer,
      collateralPeriods: integer,
      minPeriods: integer,
      maxPeriods: integer,
      region: integer,
      minClientDeposit: wide,
      retrievalPricePerMiB: wide,
      premiumBps: integer,
      ceiling: wide,
    },
    derived: {
      // Whether any shard fits into what is left.
      is_live: { type: 'integer', of: (ask) => Number(ask.unitsLeft > 0 && ask.unitsLeft >= ask.minUnits) },
      // Money to 15 places, for comparing in queries.
      about_price: { type: 'real', of: (ask) => Number(ask.pricePerUnitPeriod) },
      about_ceiling: { type: 'real', of: (ask) => Number(ask.ceiling) },
      about_deposit: { type: 'real', of: (ask) => Number(ask.minClientDeposit) },
    },
  });
}

function bidsTable(): Tables['bids'] {
  return new RowTable<FlatBid, 'bidId'>({
    name: 'bids',
    key: 'bidId',
    columns: {
      bidId: uint64,
      client: hex,
      reserved: wide,
      shardsLeft: integer,
      objectKey: hex,
      shardsRoot: hex,
      units: integer,
      periods: integer,
      shards: integer,
      rest: integer,
      region: integer,
      minScoreBps: integer,
      collateralPeriods: integer,
      expiry: integer,
      climbSeconds: integer,
      startPrice: wide,
      ceiling: wide,
    },
    derived: {},
  });
}

function agreementsTable(): Tables['agreements'] {
  return new RowTable<AgreementRow, 'id'>({
    name: 'agreements',
    key: 'id',
    columns: {
      id: uint64,
      client: hex,
      provider: integer,
      objectKey: hex,
      shardIndex: integer,
      shardRoot: hex,
      units: integer,
      pricePerUnitPeriod: wide,
      collateral: wide,
      askId: uint64,
      retrievalCeiling: wide,
      startPeriod: integer,
      periods: integer,
      status: word(['active', 'kept', 'failed', 'handed-over']),
      settledTo: integer,
      provenPeriods: integer,
      paid: wide,
      refunded: wide,
      heldBack: wide,
      formedAtBlock: block,
      formedInTransaction: hex,
      noticed: flag,
      endedAtBlock: optional(block),
    },
    derived: {},
  });
}

function auditsTable(): Tables['audits'] {
  return new RowTable<AuditRow, 'audit'>({
    name: 'audits',
    key: 'audit',
    columns: {
      audit: uint64,
      agreement: uint64,
      challenger: hex,
      openedAt: integer,
      deadline: integer,
      bond: wide,
      status: word(['open', 'answered', 'failed', 'voided']),
      endedAtBlock: optional(block),
    },
    derived: {},
  });
}

function demandsTable(): Tables['demands'] {
  return new RowTable<DemandRow, 'demand'>({
    name: 'demands',
    key: 'demand',
    columns: {
      demand: uint64,
      agreement: uint64,
      unit: integer,
      deadline: integer,
      bond: wide,
      status: word(['open', 'shown', 'failed', 'voided']),
      endedInTransaction: optional(hex),
    },
    derived: {},
  });
}

function sharesTable(): Tables['shares'] {
  return new RowTable<ShareRow, 'key'>({
    name: 'shares',
    key: 'key',
    columns: {
      key: text,
      owner: hex,
      reader: hex,
      objectKey: hex,
      until: integer,
      envelope: hex,
      sharedAtBlock: block,
      takenBack: flag,
    },
    derived: {},
  });
}

function channelsTable(): Tables['channels'] {
  return new RowTable<ChannelRow, 'channel'>({
    name: 'channels',
    key: 'channel',
    columns: {
      channel: uint64,
      client: hex,
      provider: integer,
      deposit: wide,
      redeemed: wide,
      readBytes: wide,
      expiry: integer,
      closesAt: optional(integer),
      status: word(['open', 'closing', 'closed']),
      openedAtBlock: block,
      closedAtBlock: optional(block),
    },
    derived: {},
  });
}

/** What makes the tables. Addresses are found in any letter case. */
export function schemaOf(tables: Tables, dialect: Dialect): string {
  const { types, tableSuffix } = dialect;
  return `
    ${Object.values(tables)
      .map((table) => table.schemaIn(dialect))
      .join('')}
    CREATE INDEX providers_by_node ON providers (lower(node_address));
    CREATE INDEX providers_by_operator ON providers (lower(operator));
    CREATE INDEX providers_open ON providers (placement_id) WHERE is_open = 1;
    -- With all that a quote compares, so that it reads no ask which it does not take.
    CREATE INDEX asks_live ON asks (provider, expiry, ask_id, about_price, premium_bps, about_ceiling, min_units, max_units, units_left,
      min_periods, max_periods, about_deposit, collateral_periods, region) WHERE is_live = 1;
    CREATE INDEX asks_of_provider ON asks (provider, expiry);
    CREATE INDEX agreements_of_client ON agreements (lower(client), object_key);
    CREATE INDEX agreements_of_provider ON agreements (provider, status);
    CREATE INDEX audits_of_agreement ON audits (agreement);
    CREATE INDEX audits_open ON audits (audit) WHERE status = 'open';
    CREATE INDEX demands_of_agreement ON demands (agreement);
    CREATE INDEX demands_open ON demands (demand) WHERE status = 'open';
    CREATE INDEX shares_of_owner ON shares (lower(owner), object_key);
    CREATE INDEX shares_with_reader ON shares (lower(reader), lower(owner));
    CREATE INDEX channels_of_client ON channels (lower(client));
    CREATE INDEX channels_of_provider ON channels (provider);
    -- Blocks at which stretches ended: where it can go back to. The newest is the last that was read.
    CREATE TABLE marks (number ${types.integer} PRIMARY KEY, hash ${types.text} NOT NULL)${tableSuffix};`;
}

export function askOf({ askId, ...ask }: FlatAsk): PostedAsk {
  return { askId, ask };
}

export function flatAsk({ askId, ask }: PostedAsk): FlatAsk {
  return { askId, ...ask };
}

export function bidOf({ bidId, client, reserved, shardsLeft, ...terms }: FlatBid): BidRow {
  return { bidId, client, reserved, shardsLeft, terms };
}

export function flatBid({ terms, ...row }: BidRow): FlatBid {
  return { ...row, ...terms };
}

function isOpen({ placementId, failed, capacity, heldUnits, free }: ProviderRow, bond: bigint): boolean {
  return placementId !== undefined && !failed && capacity > heldUnits && free > bond;
}
