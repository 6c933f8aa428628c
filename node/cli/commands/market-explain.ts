import { indices, type PlanMarket, type PlanRequest, type PurchaseTerms } from '../../client/put/plan.ts';
import { lookAtMarket } from '../../client/put/quote-put.ts';
import { titleOf, type StoredObject } from '../../client/stored-object.ts';
import { toHex } from '../../core/bytes.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { explainPlacement, type Explanation } from '../../market/explain.ts';
import { placeShards } from '../../market/placement.ts';
import { directoryOf, withMarket, withSession } from '../client-setup.ts';
import { formatAmount, formatTable, plural } from '../format.ts';
import type { Run } from '../program-context.ts';
import { purchaseOf, type PurchaseOptions } from '../purchase-options.ts';

export interface ExplainOptions extends PurchaseOptions {
  /** Plaintext bytes of something that is not stored yet. */
  size?: number;
  /** Number of a bid that stands. */
  bid?: bigint;
  /** Of a bid, only providers above this one. */
  after?: number;
}

/** Beside those that compete, the first so many providers are explained; more would be a listing that nobody reads. */
const MAX_EXPLAINED = 200;

/** What is explained: an object's key and shape, and the market that it meets. */
interface Case {
  title: string;
  market: PlanMarket;
  request: PlanRequest;
}

/** `market explain`: every ask of the book, with the rule or the rank that decided about it. */
export async function explain(run: Run, reference: string | undefined, options: ExplainOptions): Promise<void> {
  const { bid, size, after } = options;
  const isOne = [reference, size, bid].filter((what) => what !== undefined).length === 1;
  if (!isOne || (after !== undefined && bid === undefined)) {
    throw new StowError({
      code: 'explain-what',
      message: 'it explains one of an object, a --size and a --bid, and only a bid has pages (--after)',
      hint: 'such as `stowmarket market explain cat.jpg`, `stowmarket market explain --size 64MiB` or `stowmarket market explain --bid 7`',
      exitCode: ExitCode.usage,
    });
  }
  if (bid !== undefined) {
    const { explainStandingBid } = await import('./market-explain-bid.ts');
    return explainStandingBid(run, bid, after ?? 0);
  }
  const { title, market, request } =
    reference === undefined
      ? await newObject(run, options, options.size ?? 0)
      : await storedObject(run, options, reference);
  const { k, n, periods, units, objectKey } = request;
  const placement = placeShards(market.providers, {
    ...request,
    shards: indices(n),
    clientDeposit: market.balances.escrow,
    time: market.time,
  });
  const asks = explainPlacement(market.providers, placement);
  run.output.result(
    {
      type: 'explained',
      objectKey: toHex(objectKey),
      k,
      n,
      units,
      periods,
      registered: market.registered,
      unplaced: placement.unplaced,
      asks,
    },
    [
      `${title}: ${plural(n, 'shard')} of ${plural(units, 'unit')} for ${plural(periods, 'period')}, as the market is now`,
      ...(market.registered <= market.providers.length
        ? []
        : [
            `of ${plural(market.registered, 'provider')}, ${market.providers.length} are shown: those close enough to a shard to compete, and the first ${MAX_EXPLAINED}`,
          ]),
      ...(placement.unplaced.length === 0 ? [] : [`nobody is left for shard ${placement.unplaced.join(', ')}`]),
      '',
      table(asks),
    ].join('\n'),
  );
  return undefined;
}

async function newObject(run: Run, options: ExplainOptions, maxBytes: number): Promise<Case> {
  return withMarket(run, async ({ view, config, address }) => {
    const wanted = { ...purchaseOf(options, config), maxBytes };
    const components = { market: view, owner: { address: address.known } };
    return {
      title: 'a new object',
      ...(await lookAtMarket(components, wanted, { signal: run.signal, others: MAX_EXPLAINED })),
    };
  });
}

async function storedObject(run: Run, options: ExplainOptions, reference: string): Promise<Case> {
  const { signal } = run;
  return withSession(run, { wallet: false }, async (session, setup) => {
    const { object } = await directoryOf(session, setup).find(reference, { signal });
    const terms = { ...purchaseOf(options, setup.config), ...shapeOf(object) };
    const components = { market: session.view(), owner: { address: session.address } };
    const units = Math.max(...object.agreements.map((row) => row.units));
    const stored = { objectKey: object.objectKey, units };
    const looking = { signal, others: MAX_EXPLAINED };
    return { title: titleOf(object), ...(await lookAtMarket(components, { ...terms, maxBytes: 0 }, looking, stored)) };
  });
}

/** k and n as stored; where this machine does not know them, as many shards as the chain shows. */
function shapeOf({ entry, agreements }: StoredObject): Pick<PurchaseTerms, 'k' | 'n'> {
  return entry ?? { k: agreements.length, n: agreements.length };
}

function table(asks: readonly Explanation[]): string {
  return formatTable(
    ['PROVIDER', 'ASK', 'A UNIT AND PERIOD', 'WHAT DECIDED'],
    asks.map(({ provider, askId, pricePerUnitPeriod, sentence }) => [
      String(provider),
      askId === undefined ? '' : String(askId),
      pricePerUnitPeriod === undefined ? '' : formatAmount(pricePerUnitPeriod),
      sentence,
    ]),
  );
}
