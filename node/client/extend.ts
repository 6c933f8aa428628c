import type { AgreementRow } from '../chain/market-index.ts';
import { ExitCode, messageOf, StowError } from '../core/errors.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import { failedFillRules } from '../market/compatibility.ts';
import type { PostedAsk } from '../market/eligibility.ts';
import type { AgreementId } from '../market/messages.ts';
import { quote, type Quote } from '../market/quote.ts';
import { endOf } from '../market/term.ts';
import { escrowShort } from './escrow-short.ts';
import type { MarketTerms } from './market-view.ts';
import type { StoredObject } from './stored-object.ts';

export interface ExtendComponents {
  asksOf: (provider: number) => readonly PostedAsk[];
  /** Puts one longer term on the chain. */
  topUp: (id: AgreementId, periods: number, askId: bigint, options: { signal: AbortSignal }) => Promise<void>;
  terms: MarketTerms;
}

export interface ExtendRequest {
  /** Periods to add. */
  periods: number;
  /** Available escrow balance, token wei. */
  deposit: bigint;
  /** Unix seconds of the chain's newest block. */
  time: number;
  /** Current period: agreements whose term ends before the next cannot grow. */
  period: number;
}

export interface ExtendPlan {
  /** Agreements that can grow, each with the ask that is its provider's consent. */
  extensions: { row: AgreementRow; askId: bigint }[];
  /** Those that cannot, and what stands against it. */
  refused: { row: AgreementRow; reason: string }[];
  quote: Quote;
}

/** Which running agreements of an object can grow by `periods` at their own price, as far as their providers' asks say so. */
export function planExtension(
  { asksOf, terms }: Pick<ExtendComponents, 'asksOf' | 'terms'>,
  object: StoredObject,
  request: ExtendRequest,
): ExtendPlan {
  const extensions: ExtendPlan['extensions'] = [];
  const refused: ExtendPlan['refused'] = [];
  for (const row of object.agreements.filter(({ status }) => status === 'active')) {
    const found = consentOf(asksOf(row.provider), row, request);
    if (typeof found === 'bigint') extensions.push({ row, askId: found });
    else refused.push({ row, reason: found });
  }
  const shards = extensions.map(({ row }) => ({ ...row, periods: request.periods }));
  return { extensions, refused, quote: quote({ shards, ...terms }) };
}

/** The cheapest ask that lets the agreement go on, or why there is none. */
export function consentOf(asks: readonly PostedAsk[], row: AgreementRow, request: ExtendRequest): bigint | string {
  if (request.period >= endOf(row)) return 'its term is over';
  const reasons: string[] = [];
  for (const { askId, ask } of asks.toSorted((a, b) =>
    a.ask.pricePerUnitPeriod < b.ask.pricePerUnitPeriod ? -1 : 1,
  )) {
    const { units, pricePerUnitPeriod, provider } = row;
    const failed = failedFillRules(
      // What is left of an ask is for new units; these are stored already.
      { ...ask, unitsLeft: units },
      {
        provider,
        units,
        periods: request.periods,
        pricePerUnitPeriod,
        collateralPeriods: Number(row.collateral / (pricePerUnitPeriod * BigInt(units))),
        clientDeposit: request.deposit,
        time: request.time,
      },
    );
    if (failed.length === 0) return askId;
    reasons.push(`ask ${askId}: ${failed.map(({ sentence }) => sentence).join(', ')}`);
  }
  return reasons.length === 0 ? `provider ${row.provider} has no ask any more` : reasons.join('; ');
}

/** @throws StowError `escrow-short`, `nothing-to-extend` */
export function requireExtendable({ extensions, refused, quote: { total } }: ExtendPlan, deposit: bigint): void {
  if (extensions.length === 0) {
    const reasons = refused.map(({ row, reason }) => `\n  - agreement ${formatAgreementId(row.id)}: ${reason}`);
    throw new StowError({
      code: 'nothing-to-extend',
      message: `no agreement over it can go on for longer${reasons.length === 0 ? ': none runs' : `:${reasons.join('')}`}`,
      hint: 'try fewer --periods, or get the object and store it anew',
      exitCode: ExitCode.tryAgain,
    });
  }
  if (total > deposit) throw escrowShort({ what: 'it costs', total, held: deposit });
}

export interface ExtendResult {
  extended: AgreementId[];
  failed: { id: AgreementId; reason: string }[];
  /** Those that were not tried because the signal aborted. */
  untried: AgreementId[];
}

/** One transaction for each agreement; one that fails does not keep the others. Never throws for the chain's refusals. */
export async function extendAgreements(
  { topUp }: Pick<ExtendComponents, 'topUp'>,
  plan: ExtendPlan,
  periods: number,
  options: { signal: AbortSignal },
): Promise<ExtendResult> {
  const result: ExtendResult = { extended: [], failed: [], untried: [] };
  for (const { row, askId } of plan.extensions) {
    const { id } = row;
    if (options.signal.aborted) {
      result.untried.push(id);
      continue;
    }
    try {
      await topUp(id, periods, askId, options);
      result.extended.push(id);
    } catch (error) {
      if (options.signal.aborted) result.untried.push(id);
      else result.failed.push({ id, reason: messageOf(error) });
    }
  }
  return result;
}
