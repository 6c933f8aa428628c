import { isAddressEqual } from 'viem/utils';

import { readBid } from '../../chain/actions/read-bid.ts';
import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import type { BidRow, MarketIndex } from '../../chain/market-index.ts';
import { mapLimited } from '../../client/session/map-limited.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { bidPrice } from '../../market/bid-price.ts';
import type { Bid } from '../../market/messages.ts';
import { gibPriceOfUnitPrice } from '../../market/money.ts';
import { restName } from '../bid-options.ts';
import { type MarketOnly, withMarket } from '../client-setup.ts';
import { formatAmount, formatSeconds, formatTable } from '../format.ts';
import type { Run } from '../program-context.ts';

export interface BidsOptions {
  mine?: boolean;
  from?: bigint;
  limit?: number;
}

/** A screenful; each bid costs a read. */
const DEFAULT_LIMIT = 50;
/** Rows that are taken from the index at once. */
const INDEX_PAGE = 256;
/** Bids read at once: a hosted endpoint refuses bursts of hundreds. */
const PARALLEL_READS = 16;

/** A bid of the page, with what it pays now. */
interface Listed {
  row: BidRow;
  bid: Bid;
  price: bigint;
}

/** `market bids`: the bids that stand, a page at a time. */
export async function listBids(run: Run, options: BidsOptions): Promise<void> {
  await withMarket(run, async (seen) => list(run, seen, options));
}

async function list({ output, signal }: Run, { market, address }: MarketOnly, options: BidsOptions): Promise<void> {
  if (options.mine === true && !address.isWallet) throw noWallet();
  const { seconds: time } = await readChainTime(market.chain, { signal });
  const limit = options.limit ?? DEFAULT_LIMIT;
  // Nobody can answer an expired one any more; its client still has to close it.
  const wanted = ({ client, terms }: BidRow): boolean =>
    options.mine === true ? isAddressEqual(client, address.known) : terms.expiry > time;
  const rows = await firstOf(market.index, options.from ?? 1n, limit + 1, wanted);
  const page = rows.slice(0, limit);
  const read = await mapLimited(page, PARALLEL_READS, async (row): Promise<Listed | undefined> => {
    const bid = await readBid(market.chain, row.bidId, { signal });
    return bid === undefined ? undefined : { row, bid, price: bidPrice(bid, time) };
  });
  const listed = read.filter((entry) => entry !== undefined);
  const next = rows[page.length]?.bidId;
  for (const entry of listed) output.record(recordOf(entry, time));
  output.record({ type: 'bids-page', bids: listed.length, next });
  if (listed.length === 0) output.talk('no bids stand');
  else output.text(tableOf(listed, time));
  if (next !== undefined) output.talk(`there are more: add --from ${next}`);
}

/** The first so many bids from a number on that are wanted. */
async function firstOf(
  index: Pick<MarketIndex, 'bidsPage'>,
  from: bigint,
  max: number,
  wanted: (row: BidRow) => boolean,
): Promise<BidRow[]> {
  const found: BidRow[] = [];
  for (let page = await index.bidsPage(from - 1n, INDEX_PAGE); ;) {
    found.push(...page.filter(wanted));
    const last = page.at(-1);
    if (last === undefined || found.length >= max) return found.slice(0, max);
    page = await index.bidsPage(last.bidId, INDEX_PAGE);
  }
}

function recordOf({ row, bid, price }: Listed, time: number) {
  const { bidId, client, reserved } = row;
  const { terms, postedAt, shardsLeft } = bid;
  const names = { rest: restName(terms.rest), expired: terms.expiry <= time };
  return {
    type: 'bid',
    bid: bidId,
    client,
    ...terms,
    ...names,
    postedAt,
    shardsLeft,
    price,
    locked: lockedOf(reserved, bid),
  };
}

function lockedOf(reserved: bigint, { shardsLeft }: Bid): bigint {
  return reserved * BigInt(shardsLeft);
}

function tableOf(listed: readonly Listed[], time: number): string {
  return formatTable(
    ['BID', 'SHARDS LEFT', 'UNITS', 'PERIODS', 'PAYS A GIB AND PERIOD', 'AT MOST', 'REST', 'ENDS IN', 'BEHIND IT'],
    listed.map(({ row, bid, price }) => [
      String(row.bidId),
      `${bid.shardsLeft} of ${bid.terms.shards}`,
      String(bid.terms.units),
      String(bid.terms.periods),
      formatAmount(gibPriceOfUnitPrice(price)),
      formatAmount(gibPriceOfUnitPrice(bid.terms.ceiling)),
      restName(bid.terms.rest),
      bid.terms.expiry <= time ? 'expired' : formatSeconds(bid.terms.expiry - time),
      formatAmount(lockedOf(row.reserved, bid)),
    ]),
  );
}

function noWallet(): StowError {
  return new StowError({
    code: 'wallet-missing',
    message: '--mine needs a wallet, and there is none here',
    hint: 'make one with `stowmarket wallet new`, or name another with --account',
    exitCode: ExitCode.usage,
  });
}
