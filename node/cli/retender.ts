import { endAgreement } from '../chain/actions/end-agreement.ts';
import { giveNotice } from '../chain/actions/give-notice.ts';
import { readCurrentPeriod } from '../chain/actions/read-current-period.ts';
import { readQuote } from '../chain/actions/read-quote.ts';
import { topUp } from '../chain/actions/top-up.ts';
import type { ClientSession } from '../client/session/open-session.ts';
import type { StoredObject } from '../client/stored-object.ts';
import { findPlaces, type WantedObject } from '../client/retender/find-places.ts';
import type { FormerBids } from '../client/retender/move-shards.ts';
import type { ObjectPlanner } from '../client/retender/object-planner.ts';
import type { Moment, RetenderPlan } from '../client/retender/plan-retender.ts';
import { carryOutPlan, type RetenderComponents, type RetenderResult } from '../client/retender/retender-object.ts';
import type { ClientConfig } from '../config/client-config.ts';
import { askAt } from '../market/peg.ts';
import type { ProgressListener } from '../client/progress.ts';
import { purchaseOf } from './purchase-options.ts';

/** An object that can be planned for: its shape and size are known. */
export interface KnownObject extends StoredObject {
  entry: NonNullable<StoredObject['entry']>;
}

/** What a planner does with an object as market and chain stand now. Sends nothing. */
export interface PlannedObject {
  object: KnownObject;
  wanted: WantedObject;
  plan: RetenderPlan;
  moment: Moment;
  /** Token wei free in the escrow account. */
  deposit: bigint;
}

/** @throws StowError of the market and the chain */
export async function planObject(
  session: ClientSession,
  config: ClientConfig,
  object: KnownObject,
  planner: ObjectPlanner,
  { signal }: { signal: AbortSignal },
): Promise<PlannedObject> {
  const { market, address } = session;
  const view = session.view();
  const [{ escrow: deposit }, period, gasPrice, indexQuote] = await Promise.all([
    view.balances({ signal }),
    readCurrentPeriod(market.chain, { signal }),
    view.gasPrice({ signal }),
    readQuote(market.chain, { signal }),
  ]);
  const costs = { market: view.terms, gasPrice, tokensPerCoin: config.quote.tokensPerCoin };
  const moment = { period, noticePeriods: market.parameters.noticePeriods, costs };
  const { k, n, plainBytes } = object.entry;
  const shaped = { agreements: object.agreements, k, n };
  const [{ units } = { units: 1 }] = object.agreements;
  const { periods: _periods, ...purchase } = purchaseOf({}, config);
  const max = planner.maxPricePerUnitPeriod ?? purchase.maxPricePerUnitPeriod;
  const wanted = { ...purchase, k, n, maxPricePerUnitPeriod: max, objectKey: object.objectKey, plainBytes, units };
  const finder = await findPlaces(
    {
      market: view,
      owner: { address },
      providersOf: async (ids) => market.providers(ids),
      asksOf: async (ids) => {
        const posted = [...(await market.index.asksOf(ids))];
        return new Map(
          posted.map(([id, asks]) => [id, asks.map((one) => ({ ...one, ask: askAt(one.ask, indexQuote) }))]),
        );
      },
    },
    wanted,
    planner.terms(shaped, moment),
    { providers: object.agreements.map(({ provider }) => provider), period, signal },
  );
  return { object, wanted, moment, deposit, plan: planner.plan(shaped, finder, moment) };
}

/** Does it. */
export async function carryOutObject(
  session: ClientSession,
  { object, wanted, plan }: PlannedObject,
  options: { signal: AbortSignal; onProgress: ProgressListener; bids?: FormerBids },
): Promise<RetenderResult> {
  const { units: _units, ...terms } = wanted;
  return carryOutPlan(await componentsOf(session), plan, { ...terms, agreements: object.agreements, ...options });
}

async function componentsOf(session: ClientSession): Promise<RetenderComponents> {
  const { catalogue: _catalogue, clock: _clock, owner, ...put } = await session.putComponents();
  const { ownerKey } = await session.wallet();
  const sender = await session.sender();
  return {
    ...put,
    owner: { ...owner, privateKey: ownerKey.privateKey },
    access: await session.transfer(),
    providersOf: async (ids) => session.market.providers(ids),
    end: async (id, options) => void (await endAgreement(sender, { id }, options)),
    giveNotice: async (id, options) => void (await giveNotice(sender, { id }, options)),
    topUp: async (id, periods, askId, options) => void (await topUp(sender, { id, periods, askId }, options)),
  };
}
