import type { MarketEvent } from '../market-events.ts';
import { applyEvent, type IndexTables } from './apply-event.ts';
import { referencesOf } from './references.ts';
import type { Dialect, SqlReader, SqlWriter } from './sql-database.ts';
import { askOf, bidOf, flatAsk, flatBid, type IndexTerms, type Tables } from './tables.ts';
import { WorkingRows } from './working-rows.ts';

/** Where a stretch of events is written to. */
export interface StretchTarget {
  readonly writer: SqlWriter;
  readonly dialect: Dialect;
  readonly tables: Tables;
  readonly terms: IndexTerms;
}

/**
 * Brings the tables up to date with a stretch of events: reads all rows that they refer to, changes them in memory, and writes those that
 * changed. So a stretch takes as many round trips as there are tables, however many events it has.
 * @param undoBlock last block of the stretch, when the way back is to be kept
 * @throws StowError `chain-incomplete`
 */
export async function applyStretch(
  target: StretchTarget,
  events: readonly MarketEvent[],
  undoBlock: bigint | undefined,
): Promise<void> {
  if (events.length === 0) return;
  const { writer, dialect, tables } = target;
  const working = await load(target, events);
  const view = viewOf(working, target.terms, await lastIds(writer));
  for (const event of events) applyEvent(view, event);
  await tables.providers.write(writer, dialect, working.providers.changes(), undoBlock);
  await tables.asks.write(writer, dialect, working.asks.changes(), undoBlock);
  await tables.bids.write(writer, dialect, working.bids.changes(), undoBlock);
  await tables.agreements.write(writer, dialect, working.agreements.changes(), undoBlock);
  await tables.audits.write(writer, dialect, working.audits.changes(), undoBlock);
  await tables.demands.write(writer, dialect, working.demands.changes(), undoBlock);
  await tables.shares.write(writer, dialect, working.shares.changes(), undoBlock);
  await tables.channels.write(writer, dialect, working.channels.changes(), undoBlock);
}

type Working = Awaited<ReturnType<typeof load>>;

async function load({ writer, dialect, tables }: StretchTarget, events: readonly MarketEvent[]) {
  const { providers, asks, bids, agreements, audits, demands, shares, channels } = referencesOf(events);
  const channelRows = await tables.channels.get(writer, dialect, [...channels]);
  // Not every event of a channel names its provider.
  for (const { provider } of channelRows) providers.add(provider);
  return {
    providers: new WorkingRows(({ id }) => id, providers, await tables.providers.get(writer, dialect, [...providers])),
    asks: new WorkingRows(({ askId }) => askId, asks, await tables.asks.get(writer, dialect, [...asks])),
    bids: new WorkingRows(({ bidId }) => bidId, bids, await tables.bids.get(writer, dialect, [...bids])),
    agreements: new WorkingRows(
      ({ id }) => id,
      agreements,
      await tables.agreements.get(writer, dialect, [...agreements]),
    ),
    audits: new WorkingRows(({ audit }) => audit, audits, await tables.audits.get(writer, dialect, [...audits])),
    demands: new WorkingRows(({ demand }) => demand, demands, await tables.demands.get(writer, dialect, [...demands])),
    shares: new WorkingRows(({ key }) => key, shares, await tables.shares.get(writer, dialect, [...shares])),
    channels: new WorkingRows(({ channel }) => channel, channels, channelRows),
  };
}

/** The highest ids before the stretch; 0 before the first. */
interface LastIds {
  provider: number;
  audit: bigint;
  demand: bigint;
  channel: bigint;
}

async function lastIds(reader: SqlReader): Promise<LastIds> {
  const [row] = await reader.all(
    `SELECT (SELECT max(id) FROM providers) AS provider, (SELECT max(audit) FROM audits) AS audit,
      (SELECT max(demand) FROM demands) AS demand, (SELECT max(channel) FROM channels) AS channel`,
  );
  return {
    provider: Number(row?.['provider'] ?? 0n),
    audit: BigInt(row?.['audit'] ?? 0n),
    demand: BigInt(row?.['demand'] ?? 0n),
    channel: BigInt(row?.['channel'] ?? 0n),
  };
}

/** The rows as events change them. */
function viewOf(working: Working, { halfLifePeriods, halfLifeBlocks }: IndexTerms, last: LastIds): IndexTables {
  const { providers, asks, bids, agreements, audits, demands, shares, channels } = working;
  const highest = { ...last };
  return {
    halfLifePeriods,
    halfLifeBlocks,
    lastProvider: () => highest.provider,
    provider: (id) => providers.get(id),
    putProvider: (row) => {
      highest.provider = Math.max(highest.provider, row.id);
      providers.put(row);
    },
    ask: (askId) => {
      const ask = asks.get(askId);
      return ask === undefined ? undefined : askOf(ask);
    },
    putAsk: (row) => asks.put(flatAsk(row)),
    removeAsk: (askId) => asks.remove(askId),
    bid: (bidId) => {
      const bid = bids.get(bidId);
      return bid === undefined ? undefined : bidOf(bid);
    },
    putBid: (row) => bids.put(flatBid(row)),
    removeBid: (bidId) => bids.remove(bidId),
    agreement: (id) => agreements.get(id),
    putAgreement: (row) => agreements.put(row),
    lastAudit: () => highest.audit,
    audit: (audit) => audits.get(audit),
    putAudit: (row) => {
      if (row.audit > highest.audit) highest.audit = row.audit;
      audits.put(row);
    },
    lastDemand: () => highest.demand,
    demand: (demand) => demands.get(demand),
    putDemand: (row) => {
      if (row.demand > highest.demand) highest.demand = row.demand;
      demands.put(row);
    },
    share: (key) => shares.get(key),
    putShare: (row) => shares.put(row),
    lastChannel: () => highest.channel,
    channel: (channel) => channels.get(channel),
    putChannel: (row) => {
      if (row.channel > highest.channel) highest.channel = row.channel;
      channels.put(row);
    },
  };
}
