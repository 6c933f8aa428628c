import { formatTokens } from '../../market/money.ts';
import { placeShards, type Placement, type Refusal, type ShardPlacement } from '../../market/placement.ts';
import { quote, type Quote } from '../../market/quote.ts';
import { type Headcount, type Shortage, shortageOf } from '../../market/shortage.ts';
import type { PreferenceWeights } from '../../market/preference.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { depositOf, escrowShort } from '../escrow-short.ts';
import type { Balances, KnownProvider, MarketTerms } from '../market-view.ts';
import { offerFor } from './offer.ts';

/** What a purchase asks for, whatever the size. */
export interface PurchaseTerms {
  k: number;
  n: number;
  periods: number;
  /** Ceiling for rent and burn together, token wei. */
  maxTotal?: bigint | undefined;
  weights?: PreferenceWeights | undefined;
  /** Take no ask above this price, token wei for one unit and period. */
  maxPricePerUnitPeriod?: bigint | undefined;
  /** Take only providers that declare one of these regions (ISO 3166-1 numeric). */
  regions?: ReadonlySet<number> | undefined;
}

/**
 * Most shards beyond n that a put may start with. The contract keeps four shards in a word, and takes none behind an empty word: with three
 * dropped, no word of four is empty, so that whichever n are kept can be formed.
 */
export const MAX_SPARES = 3;

/** What is to be bought for an object, before its bytes are looked at. */
export interface PlanRequest extends PurchaseTerms {
  objectKey: Uint8Array;
  /** Units of each shard, header included; the most when the length is not known yet. */
  units: number;
}

export interface PlanMarket {
  /** Those that compete for the object's shards, and some that cannot take one. */
  providers: readonly KnownProvider[];
  /** Providers that the market has in all. */
  registered: number;
  terms: MarketTerms;
  /** Unix seconds of the chain. */
  time: number;
  balances: Balances;
  /** Wei of the chain's coin per gas. */
  gasPrice: bigint;
}

/** What was decided about some providers since the first plan. */
export interface PlanHistory {
  /** Shards to place; all when absent. */
  shards?: readonly number[];
  takenOperators?: Iterable<string>;
  excludedProviders?: ReadonlySet<number>;
  /** Why those were excluded, for the message when nobody is left. */
  reasons?: readonly ProviderFailure[];
}

/** Why a provider is out of the running for this object. */
export interface ProviderFailure {
  provider: number;
  reason: string;
}

/**
 * Gas of forming, measured on the contracts: the first agreement with everything that a batch does once, and each further one.
 * Only the funds check uses it, so it is rounded up.
 */
const FORM_GAS_FIRST = 300_000n;
const FORM_GAS_NEXT = 130_000n;
/** Of bringing a signed ask to the book first. */
const BRING_GAS = 160_000n;
/** Lines of a list of reasons; the rest is counted. */
const MAX_REASONS_SHOWN = 20;

/** Chooses a provider for each shard. @throws StowError `too-few-providers`, which names what each one failed */
export function planShards(market: PlanMarket, request: PlanRequest, history: PlanHistory = {}): ShardPlacement[] {
  const { excludedProviders = new Set(), reasons = [] } = history;
  const placement = placeNow(market, request, history);
  if (placement.unplaced.length > 0) throw tooFewProviders(request, market, placement, { excludedProviders, reasons });
  return [...placement.placed];
}

/** Chooses a provider for each shard for which there is one. */
export function placeNow(market: PlanMarket, request: PlanRequest, history: PlanHistory): Placement {
  const { shards = indices(request.n), takenOperators = [], excludedProviders = new Set() } = history;
  return placeShards(market.providers, {
    objectKey: request.objectKey,
    shards,
    units: request.units,
    periods: request.periods,
    maxPricePerUnitPeriod: request.maxPricePerUnitPeriod,
    regions: request.regions,
    clientDeposit: market.balances.escrow,
    time: market.time,
    takenOperators,
    excludedProviders,
    weights: request.weights,
  });
}

/** What the shards cost at the chosen asks. */
export function quoteShards(market: PlanMarket, request: PlanRequest, placements: readonly ShardPlacement[]): Quote {
  const { units, periods } = request;
  return quote({
    shards: placements.map(({ chosen }) => ({
      units,
      periods,
      pricePerUnitPeriod: offerFor(chosen, request, market.terms).pricePerUnitPeriod,
    })),
    burnBps: market.terms.burnBps,
    holdbackBps: market.terms.holdbackBps,
    gas: { units: gasOf(placements), weiPerUnit: market.gasPrice },
  });
}

function gasOf(placements: readonly ShardPlacement[]): bigint {
  const brought = placements.filter(({ chosen }) => chosen.offer !== undefined).length;
  return FORM_GAS_FIRST + FORM_GAS_NEXT * BigInt(placements.length - 1) + BRING_GAS * BigInt(brought);
}

/** @throws StowError `quote-above-limit`, `escrow-short`, `gas-funds`: each says how much is missing */
export function requireAffordable(
  quoted: Pick<Quote, 'total' | 'gasWei'>,
  request: Pick<PlanRequest, 'maxTotal'>,
  balances: Balances,
): void {
  const { total, gasWei = 0n } = quoted;
  if (request.maxTotal !== undefined && total > request.maxTotal) {
    throw new StowError({
      code: 'quote-above-limit',
      message: `storing it would cost ${formatTokens(total)}, above the limit of ${formatTokens(request.maxTotal)}; nothing was sent`,
      hint: 'raise --max-price, store for fewer --periods, or use a code with fewer shards',
      exitCode: ExitCode.funds,
    });
  }
  if (total > balances.escrow) throw tooLittle(total, balances);
  if (gasWei > balances.gas) {
    throw new StowError({
      code: 'gas-funds',
      message: `the wallet holds ${balances.gas} wei of the chain's own coin and needs about ${gasWei} for gas, ${gasWei - balances.gas} more; nothing was sent`,
      hint: "send some of the chain's own coin to the wallet (`stowmarket wallet address` shows it)",
      exitCode: ExitCode.funds,
    });
  }
}

function tooLittle(total: bigint, { escrow: held, wallet }: Balances): StowError {
  const missing = total - held;
  const deposit = `\`${depositOf(missing)}\``;
  return escrowShort({
    what: 'storing it costs',
    total,
    held,
    hint:
      wallet >= missing
        ? `the wallet holds enough: run ${deposit}`
        : `the wallet holds only ${formatTokens(wallet)}: send ${formatTokens(missing - wallet)} to it, then run ${deposit}`,
  });
}

function tooFewProviders(
  request: PlanRequest,
  { providers, registered }: PlanMarket,
  placement: Placement,
  { excludedProviders, reasons: failures }: Required<Pick<PlanHistory, 'excludedProviders' | 'reasons'>>,
): StowError {
  const found = request.n - placement.unplaced.length;
  const shortage = shortageOf(providers, placement, excludedProviders);
  const reasons = [
    ...failures.map(({ provider, reason }) => `provider ${provider}: ${reason}`),
    ...placement.refused.map(refusalLine),
  ];
  const shown = reasons.slice(0, MAX_REASONS_SHOWN).map((line) => `\n  - ${line}`);
  const more = reasons.length > shown.length ? `\n  - and ${reasons.length - shown.length} more` : '';
  const looked = providers.length < registered ? ` (${providers.length} were looked at)` : '';
  return new StowError({
    code: 'too-few-providers',
    message:
      `${request.n} shards need ${request.n} providers of distinct operators, and only ${found} fit, ` +
      `of ${registered} registered${looked}; nobody is left for shard ${placement.unplaced.join(', ')}${shortageLines(shortage, request.n)}${shown.join('')}${more}`,
    hint:
      'use a code with fewer shards (--code 2/3), another term (--periods), or wait for more providers; nothing was paid; ' +
      '`stowmarket market explain --size SIZE` says for every ask what stands against it',
    retryable: true,
  });
}

/** Operators that are there and those that it takes; and what keeps the others out. */
function shortageLines({ fitting, excluded, declined }: Shortage, needed: number): string {
  const lines = [
    `operators: ${needed} are needed, ${fitting.operators} are there with an ask that fits (${providersOf(fitting)})`,
    ...excluded.map((one) => `${one.rule} keeps out ${providersOf(one)} of ${operatorsOf(one)}`),
    ...(declined.providers === 0 ? [] : [`${providersOf(declined)} of ${operatorsOf(declined)} refused or failed`]),
  ];
  return lines.map((line) => `\n  - ${line}`).join('');
}

function providersOf({ providers }: Headcount): string {
  return `${providers} provider${providers === 1 ? '' : 's'}`;
}

function operatorsOf({ operators }: Headcount): string {
  return `${operators} operator${operators === 1 ? '' : 's'}`;
}

function refusalLine({ provider, askId, reasons }: Refusal): string {
  const who = askId === undefined ? `provider ${provider}` : `provider ${provider}, ask ${askId}`;
  return `${who}: ${reasons.map(({ rule, sentence }) => `${sentence} [${rule}]`).join('; ')}`;
}

export function indices(n: number): number[] {
  return Array.from({ length: n }, (_, index) => index);
}
