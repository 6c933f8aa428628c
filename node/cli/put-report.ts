import type { PutQuote } from '../client/put/quote-put.ts';
import type { PutResult } from '../client/put/put-types.ts';
import type { PutSource } from '../client/put/source.ts';
import { shortKey } from '../client/stored-object.ts';
import { assert } from '../core/assert.ts';
import { toHex } from '../core/bytes.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import type { Durability } from '../market/durability.ts';
import { gasInTokens } from '../market/all-in.ts';
import { NOTHING_SENT } from './dry-run.ts';
import { formatAmount, formatBytes, plural } from './format.ts';
import type { Run } from './program-context.ts';

export interface PlannedPut extends PutQuote {
  durability: Durability;
  /** Gas of making it public afterwards, wei of the chain's coin; undefined where it stays private. */
  publishingWei?: bigint | undefined;
}

/** What a put would come to. */
export function reportPlan(
  { output }: Run,
  name: string,
  source: PutSource,
  { quote, units, shards, durability, publishingWei }: PlannedPut,
  tokensPerCoin: bigint | undefined,
): void {
  const gasWei = (quote.gasWei ?? 0n) + (publishingWei ?? 0n);
  const gasTokens = gasInTokens(gasWei, tokensPerCoin);
  // One forms the agreements, each signed ask takes one before that, and making it public one after it.
  const transactions = 1 + shards.filter(({ signed }) => signed).length + (publishingWei === undefined ? 0 : 1);
  output.result(
    {
      type: 'put-plan',
      name,
      maxBytes: source.maxBytes,
      exact: source.exact,
      units,
      ...quote,
      gasWei,
      public: publishingWei !== undefined,
      durability,
      gasTokens,
      transactionCount: transactions,
      shards,
    },
    [
      `would store ${source.label} as ${name}: ${source.exact ? '' : 'at most '}${formatBytes(source.maxBytes)} in ${plural(shards.length, 'shard')} of ${plural(units, 'unit')}`,
      ...shards.map(({ shardIndex, provider, askId }) => `  shard ${shardIndex} to provider ${provider}, ask ${askId}`),
      `price  ${formatAmount(quote.total)}: ${formatAmount(quote.rent)} rent, ${formatAmount(quote.burn)} burned at signing; ${formatAmount(quote.heldBack)} of the rent waits for the end`,
      ...(publishingWei === undefined ? [] : ['then everybody could read it']),
      `${plural(transactions, 'transaction')}, about ${formatAmount(gasWei, "of the chain's coin")}${gasTokens === undefined ? '' : `, or ${formatAmount(gasTokens)}`} for gas`,
      NOTHING_SENT,
    ].join('\n'),
  );
}

export function reportStored({ output }: Run, result: PutResult): void {
  const { objectKey, name, plainBytes, quote, formed, agreements, replaced } = result;
  assert(formed !== undefined, 'agreements that nobody else forms are formed');
  const providers = agreements.map(({ provider }) => provider);
  output.result(
    {
      type: 'stored',
      objectKey: toHex(objectKey),
      name,
      plainBytes,
      shards: agreements.map(({ shardIndex, provider, shardRoot, units }, position) => ({
        shardIndex,
        provider,
        shardRoot,
        units,
        agreement: formatAgreementId(formed.ids[position] ?? 0n),
      })),
      ...quote,
      transaction: formed.txHash,
      block: formed.blockNumber,
      gasUsed: formed.gasUsed,
      replaced,
    },
    [
      `stored ${name} (${formatBytes(plainBytes)}) as object ${shortKey(objectKey)}`,
      `  ${plural(agreements.length, 'shard')} with providers ${providers.join(', ')}`,
      `  ${formatAmount(quote.total)} locked or burned for ${plural(agreements[0]?.periods ?? 0, 'period')}; unproven periods come back`,
      ...(replaced.length === 0
        ? []
        : [`  replaced on the way: ${replaced.map(({ provider }) => `provider ${provider}`).join(', ')}`]),
      `get it back: stowmarket get ${name}`,
    ].join('\n'),
  );
}
