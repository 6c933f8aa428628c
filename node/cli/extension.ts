import { readChainTime } from '../chain/actions/read-chain-time.ts';
import { readCurrentPeriod } from '../chain/actions/read-current-period.ts';
import { readQuote } from '../chain/actions/read-quote.ts';
import { topUp } from '../chain/actions/top-up.ts';
import type { Sender } from '../chain/tx-sender.ts';
import { extendAgreements, type ExtendPlan, type ExtendResult, planExtension } from '../client/extend.ts';
import type { ClientSession } from '../client/session/open-session.ts';
import type { StoredObject } from '../client/stored-object.ts';
import type { Address } from '../market/messages.ts';
import type { MarketTerms } from '../client/market-view.ts';
import { askAt } from '../market/peg.ts';
import { quote } from '../market/quote.ts';
import { accountOf, type Move } from './dry-run.ts';

/** Longer terms for agreements, as the market stands now. */
export interface Extension {
  plan: ExtendPlan;
  /** Periods that are added. */
  periods: number;
  payer: Address;
  /** Token wei free in the payer's escrow account. */
  deposit: bigint;
  terms: MarketTerms;
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
  const { terms } = view;
  return { plan: planExtension({ asksOf, terms }, object, request), periods, payer, deposit, terms };
}

/** Sends what was planned, one transaction for each agreement; with a dry sender, tries them. */
export async function carryOut(
  sender: Sender,
  { plan, periods, payer }: Extension,
  options: { signal: AbortSignal },
): Promise<ExtendResult> {
  return extendAgreements(
    {
      topUp: async (id, more, askId, call) => void (await topUp(sender, { id, periods: more, payer, askId }, call)),
    },
    plan,
    periods,
    options,
  );
}

/** What those agreements cost that grow, and where that goes. */
export function movesOf({ plan, periods, payer, terms }: Extension, { extended }: ExtendResult): Move[] {
  const grown = plan.extensions.filter(({ row }) => extended.includes(row.id));
  const { rent, burn } = quote({ shards: grown.map(({ row }) => ({ ...row, periods })), ...terms });
  const from = accountOf(payer);
  return [
    { amount: rent, from, to: 'rent of the longer terms' },
    { amount: burn, from, to: 'nobody: burned' },
  ];
}

/** What there is to say of a plan that the escrow account cannot pay for. */
export function nothingSent({ plan }: Extension): ExtendResult {
  return { extended: [], failed: [], untried: plan.extensions.map(({ row }) => row.id) };
}
