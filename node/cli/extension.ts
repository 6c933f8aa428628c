import { readChainTime } from '../chain/actions/read-chain-time.ts';
import { readCurrentPeriod } from '../chain/actions/read-current-period.ts';
import { readQuote } from '../chain/actions/read-quote.ts';
import { topUp } from '../chain/actions/top-up.ts';
import { extendAgreements, type ExtendPlan, type ExtendResult, planExtension } from '../client/extend.ts';
import type { ClientSession } from '../client/session/open-session.ts';
import type { StoredObject } from '../client/stored-object.ts';
import type { Address } from '../market/messages.ts';
import { askAt } from '../market/peg.ts';

/** Longer terms for agreements, as the market stands now. */
export interface Extension {
  plan: ExtendPlan;
  /** Periods that are added. */
  periods: number;
  payer: Address;
  /** Token wei free in the payer's escrow account. */
  deposit: bigint;
}

/** Which running agreements of an object can grow, and what that costs. @throws StowError of the chain */
export async function planNow(
  { market }: ClientSession,
  object: StoredObject,
  { periods, payer }: Pick<Extension, 'periods' | 'payer'>,
  options: { signal: AbortSignal },
): Promise<Extension> {
  const view = market.viewFor(payer);
  const [{ escrow: deposit }, time, period, indexQuote, posted] = await Promise.all([
    view.balances(options),
    readChainTime(market.chain, options),
    readCurrentPeriod(market.chain, options),
    readQuote(market.chain, options),
    market.index.asksOf(object.agreements.map(({ provider }) => provider)),
  ]);
  const asksOf = (provider: number) =>
    (posted.get(provider) ?? []).map(({ askId, ask }) => ({ askId, ask: askAt(ask, indexQuote) }));
  const request = { periods, deposit, time: time.seconds, period };
  return { plan: planExtension({ asksOf, terms: view.terms }, object, request), periods, payer, deposit };
}

/** Sends what was planned, one transaction for each agreement. */
export async function carryOut(
  session: ClientSession,
  { plan, periods, payer }: Extension,
  options: { signal: AbortSignal },
): Promise<ExtendResult> {
  const sender = await session.sender();
  return extendAgreements(
    {
      topUp: async (id, more, askId, call) => void (await topUp(sender, { id, periods: more, payer, askId }, call)),
    },
    plan,
    periods,
    options,
  );
}

/** What there is to say of a plan that is not carried out. */
export function nothingSent({ plan }: Extension): ExtendResult {
  return { extended: [], failed: [], untried: plan.extensions.map(({ row }) => row.id) };
}
