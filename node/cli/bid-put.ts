import { postBidCall } from '../chain/actions/post-bid.ts';
import { bidTermsOf } from '../client/bid/bid-cost.ts';
import { checkFunds } from '../client/bid/posted-bid.ts';
import { goOnWithBid, putBid } from '../client/bid/put-bid.ts';
import type { BidInit, BidResult } from '../client/bid/bid-types.ts';
import type { PutSource } from '../client/put/source.ts';
import type { PutRecord } from '../client/put/unfinished/put-record.ts';
import type { ClientSession } from '../client/session/open-session.ts';
import { shortKey } from '../client/stored-object.ts';
import { fromHex, to0x, toHex } from '../core/bytes.ts';
import { ExitCode } from '../core/errors.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import { gibPriceOfUnitPrice } from '../market/money.ts';
import { layoutOf } from '../pipeline/layout.ts';
import { newObjectKey } from '../pipeline/object-key.ts';
import { restName } from './bid-options.ts';
import { NOTHING_SENT, sendingOf } from './dry-run.ts';
import { formatAmount, formatBytes, formatSeconds, plural } from './format.ts';
import type { Run } from './program-context.ts';

/** `put --bid --dry-run`: what the bid would be, and what would be locked behind it. */
export async function planBid(
  run: Run,
  session: ClientSession,
  source: PutSource,
  init: BidInit & { tokensPerCoin: bigint | undefined },
): Promise<void> {
  const { n, name, periods, wish } = init;
  const { unitsPerShard: units } = layoutOf(source.maxBytes, init.k);
  const view = session.view();
  const locked = await checkFunds({ market: view }, init, units);
  // The chain is asked with names that stand for those which the bytes will give.
  const standIn = to0x(newObjectKey(fromHex(session.address, 20)));
  const object = { objectKey: standIn, shardsRoot: standIn, units, periods, shards: n };
  const terms = bidTermsOf(object, wish, view.terms, await view.time({ signal: init.signal }));
  const dry = session.drySender();
  await dry.send(postBidCall(dry.view, { terms }), { signal: init.signal });
  const { record, lines } = await sendingOf({ senders: [dry], tokensPerCoin: init.tokensPerCoin }, init);
  const { startPrice, ceiling, climbS, standsS, rest } = wish;
  run.output.result(
    {
      type: 'bid-plan',
      name,
      maxBytes: source.maxBytes,
      n,
      units,
      periods,
      ...wish,
      rest: restName(rest),
      locked,
      ...record,
    },
    [
      `would bid for ${plural(n, 'shard')} of ${plural(units, 'unit')} over ${plural(periods, 'period')}: ${priceRange(startPrice, ceiling)}`,
      `the price climbs for ${formatSeconds(climbS)}, the bid stands for ${formatSeconds(standsS)}, ${restName(rest)}`,
      `${formatAmount(locked)} would be locked behind it; what is not used comes back`,
      ...lines,
      NOTHING_SENT,
    ].join('\n'),
  );
}

/** `put --bid`: posts the bid and sees it to its end. */
export async function bidFor(
  run: Run,
  session: ClientSession,
  source: PutSource,
  init: BidInit,
): Promise<ExitCode | void> {
  return report(run, await putBid(await session.bidComponents(), source, init));
}

/** `put --resume` of a put that goes by a bid: sees the bid to its end. */
export async function resumeBid(
  run: Run,
  session: ClientSession,
  source: PutSource,
  init: Omit<BidInit, 'wish' | 'name' | 'k' | 'n' | 'periods'> & { record: PutRecord },
): Promise<ExitCode | void> {
  return report(run, await goOnWithBid(await session.bidComponents(), source, init));
}

function report(run: Run, result: BidResult): ExitCode | undefined {
  run.output.progress.clear();
  run.output.result(recordOf(result), textOf(result));
  if (result.outcome === 'untaken') return ExitCode.tryAgain;
  return result.outcome === 'partly' ? ExitCode.partial : undefined;
}

function recordOf({ outcome, bidId, objectKey, name, plainBytes, n, taken, refunded, failures }: BidResult) {
  return {
    type: outcome === 'untaken' ? 'bid-untaken' : 'stored',
    outcome,
    bid: bidId,
    objectKey: toHex(objectKey),
    name,
    plainBytes,
    wanted: n,
    shards: taken.map((shard) => ({ ...shard, agreement: formatAgreementId(shard.agreement) })),
    refunded,
    failures,
  };
}

function textOf({ outcome, bidId, objectKey, name, plainBytes, k, n, taken, refunded, failures }: BidResult): string {
  const reasons = failures.map(({ provider, reason }) => `  provider ${provider}: ${reason}`);
  if (outcome === 'untaken') {
    return [
      `nobody took bid ${bidId}: ${name} is not stored, and all ${formatAmount(refunded)} behind it came back`,
      ...reasons,
      'next: raise --ceiling, give it a longer --deadline, or take asks now: leave --bid out',
    ].join('\n');
  }
  const prices = taken.map(({ pricePerUnitPeriod }) => pricePerUnitPeriod).toSorted((a, b) => (a < b ? -1 : 1));
  return [
    `stored ${name} (${formatBytes(plainBytes)}) as object ${shortKey(objectKey)}, by bid ${bidId}`,
    `  ${taken.length} of ${plural(n, 'shard')} with providers ${taken.map(({ provider }) => provider).join(', ')}, at ${priceRange(prices[0] ?? 0n, prices.at(-1) ?? 0n)}`,
    ...(refunded === 0n ? [] : [`  nobody took the rest; ${formatAmount(refunded)} came back`, ...reasons]),
    taken.length < k
      ? `  ${k} shards are needed to read it back: end what was taken with \`stowmarket rm ${name}\`, or bid again`
      : `get it back: stowmarket get ${name}`,
  ].join('\n');
}

function priceRange(low: bigint, high: bigint): string {
  const [from, to] = [low, high].map((price) => formatAmount(gibPriceOfUnitPrice(price)));
  return `${from === to ? from : `${from} to ${to}`} a GiB and period`;
}
