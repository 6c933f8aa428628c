import { readBid } from '../../chain/actions/read-bid.ts';
import { readBidCount } from '../../chain/actions/read-bid-count.ts';
import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import { readCurrentPeriod } from '../../chain/actions/read-current-period.ts';
import { readQuote } from '../../chain/actions/read-quote.ts';
import type { ChainView } from '../../chain/client.ts';
import type { AgreementRow } from '../../chain/market-index.ts';
import { knownProviders } from '../../client/session/find-providers.ts';
import type { MarketSession } from '../../client/session/market-session.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import { bidPrice } from '../../market/bid-price.ts';
import { type BidExplanation, type BidMoment, explainBid } from '../../market/explain-bid.ts';
import type { Bid } from '../../market/messages.ts';
import { gibPriceOfUnitPrice } from '../../market/money.ts';
import { restName } from '../bid-options.ts';
import { withMarket } from '../client-setup.ts';
import { formatAmount, formatSeconds, formatTable, plural } from '../format.ts';
import type { Run } from '../program-context.ts';

/** Providers on a page: more would be a listing that nobody reads. */
const PAGE_PROVIDERS = 200;

/** `market explain --bid N`: the bid as it stands, and for a page of providers whether each could answer it now. */
export async function explainStandingBid(run: Run, bidId: bigint, after: number): Promise<void> {
  const { output, signal } = run;
  await withMarket(run, async ({ market }) => {
    const { chain, index, parameters } = market;
    const [{ seconds: time }, period, quote] = await Promise.all([
      readChainTime(chain, { signal }),
      readCurrentPeriod(chain, { signal }),
      readQuote(chain, { signal }),
    ]);
    const bid = await standingBid(chain, bidId, time, { signal });
    const answers = await answersOf(market, bid);
    const moment: BidMoment = { bidId, bid, time, ...(await takenBy(market, answers)) };
    const rows = await index.providersPage(after, PAGE_PROVIDERS + 1);
    const page = rows.slice(0, PAGE_PROVIDERS);
    const block = (await index.block()) ?? 0n;
    const providers = await knownProviders({ index, parameters, period, quote, block }, page);
    const explained = explainBid(providers, moment);
    const next = rows.length > page.length ? page.at(-1)?.id : undefined;
    const price = bidPrice(bid, time);
    const { client, terms, postedAt, shardsLeft } = bid;
    output.result(
      {
        type: 'bid-explained',
        bid: bidId,
        client,
        ...terms,
        rest: restName(terms.rest),
        postedAt,
        shardsLeft,
        price,
        answered: answers.map(({ id, provider, shardIndex, pricePerUnitPeriod }) => ({
          agreement: formatAgreementId(id),
          provider,
          shardIndex,
          pricePerUnitPeriod,
        })),
        providers: explained,
        next,
      },
      [...describeBid(moment, price, answers), '', table(explained)].join('\n'),
    );
    if (next !== undefined) output.talk(`there are more providers: add --after ${next}`);
  });
}

/** @throws StowError `bid-unknown`, `bid-over`, `bid-expired` */
async function standingBid(
  chain: ChainView,
  bidId: bigint,
  time: number,
  options: { signal: AbortSignal },
): Promise<Bid> {
  const bid = await readBid(chain, bidId, options);
  const hint = '`stowmarket market bids` lists those that stand';
  const exitCode = ExitCode.notFound;
  if (bid === undefined) {
    const posted = await readBidCount(chain, options);
    throw bidId > posted
      ? new StowError({
          code: 'bid-unknown',
          message: `bid ${bidId} was never posted: this market has had ${posted}`,
          hint,
          exitCode,
        })
      : new StowError({
          code: 'bid-over',
          message: `bid ${bidId} is over: it was filled, cancelled or closed, and nobody can answer it`,
          hint,
          exitCode,
        });
  }
  if (time < bid.terms.expiry) return bid;
  throw new StowError({
    code: 'bid-expired',
    message: `bid ${bidId} ran out ${formatSeconds(time - bid.terms.expiry)} ago, and nobody can answer it any more`,
    hint: `\`stowmarket bid cancel ${bidId}\` gives its client back what lies behind it; anybody may`,
    exitCode,
  });
}

/** Agreements over the bid's object that run. */
async function answersOf({ index }: MarketSession, { client, terms }: Bid): Promise<AgreementRow[]> {
  const holders = await index.holders(client, terms.objectKey);
  return holders.filter(({ status }) => status === 'active');
}

async function takenBy(
  { index }: MarketSession,
  answers: readonly AgreementRow[],
): Promise<Pick<BidMoment, 'holders' | 'takenOperators'>> {
  const providers = await index.providers(answers.map(({ provider }) => provider));
  const operators = [...providers.values()].map(({ operator }) => operator.toLowerCase());
  return {
    holders: new Map(answers.map(({ provider, shardIndex }) => [provider, shardIndex])),
    takenOperators: new Set(operators),
  };
}

function describeBid({ bidId, bid, time }: BidMoment, price: bigint, answers: readonly AgreementRow[]): string[] {
  const { terms, shardsLeft, client, postedAt } = bid;
  const { startPrice, ceiling, climbSeconds, minScoreBps, region } = terms;
  const climbEnds = postedAt + climbSeconds;
  const wishes = [
    `${plural(terms.collateralPeriods, 'period')} of rent as collateral`,
    ...(region === 0 ? [] : [`region ${region}`]),
    ...(minScoreBps === 0 ? [] : [`a score of ${minScoreBps / 10_000}`]),
  ];
  return [
    `bid ${bidId} of ${client}: ${shardsLeft} of ${plural(terms.shards, 'shard')} left, of ${plural(terms.units, 'unit')} for ${plural(terms.periods, 'period')}`,
    `it pays ${gib(price)} a GiB and period now; ${gib(startPrice)} at first, ${gib(ceiling)} at most${time < climbEnds ? `, in ${formatSeconds(climbEnds - time)}` : ''}`,
    `it wants ${wishes.join(', ')}; it stands for ${formatSeconds(terms.expiry - time)} more, ${restName(terms.rest)}`,
    answers.length === 0
      ? 'nobody has answered it yet'
      : `answered by ${answers.map(({ provider, shardIndex }) => `provider ${provider} (shard ${shardIndex})`).join(', ')}`,
  ];
}

function gib(pricePerUnitPeriod: bigint): string {
  return formatAmount(gibPriceOfUnitPrice(pricePerUnitPeriod));
}

const WORDS = {
  answered: 'has answered',
  could: 'could now',
  waits: 'could later',
  'unknown-price': 'perhaps',
  unfit: 'could not',
} as const satisfies Record<BidExplanation['verdict'], string>;

function table(explained: readonly BidExplanation[]): string {
  return formatTable(
    ['PROVIDER', 'COULD IT', 'AT A GIB AND PERIOD', 'WHAT DECIDED'],
    explained.map(({ provider, verdict, pricePerUnitPeriod, sentence }) => [
      String(provider),
      WORDS[verdict],
      pricePerUnitPeriod === undefined ? '' : gib(pricePerUnitPeriod),
      sentence,
    ]),
  );
}
