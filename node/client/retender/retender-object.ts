import type { AgreementRow } from '../../chain/market-index.ts';
import { messageOf } from '../../core/errors.ts';
import type { AgreementId, Hex } from '../../market/messages.ts';
import { moveShards, type MoveComponents, type MovedShard, type MoveInit } from './move-shards.ts';
import type { RetenderPlan } from './plan-retender.ts';

export interface RetenderComponents extends MoveComponents {
  topUp: (id: AgreementId, periods: number, askId: bigint, options: { signal: AbortSignal }) => Promise<void>;
  giveNotice: (id: AgreementId, options: { signal: AbortSignal }) => Promise<void>;
}

/**
 * Shards that move together. Each may have to be rebuilt, in a few windows of memory of its own; and a provider that has its shard waits 15
 * minutes for the others, so that those that move together had better arrive together.
 */
const MOVED_TOGETHER = 4;

export interface RetenderResult {
  moved: MovedShard[];
  /** Rent and burn of what moved, token wei. */
  paid: bigint;
  transactions: Hex[];
  renewed: AgreementId[];
  noticed: AgreementId[];
  failed: { row: AgreementRow; reason: string }[];
}

export type CarryOutInit = Omit<MoveInit, 'over' | 'periods'>;

/**
 * Does what a plan says of one object. Moves come first, as they give shards their agreement back; then terms are renewed; notice is given
 * last. What fails is left to the next pass, which plans anew from what the chain then says: nothing has to be remembered in between.
 * Never throws but for the signal.
 */
export async function carryOutPlan(
  components: RetenderComponents,
  plan: RetenderPlan,
  init: CarryOutInit,
): Promise<RetenderResult> {
  const { signal } = init;
  const result: RetenderResult = { moved: [], paid: 0n, transactions: [], renewed: [], noticed: [], failed: [] };
  await moveAll(components, plan, init, result);
  for (const { row, step } of plan.shards) {
    if (step.action !== 'renew') continue;
    await attempt(result, row, signal, async () => {
      await components.topUp(row.id, step.periods, step.askId, { signal });
      result.renewed.push(row.id);
    });
  }
  for (const { row, step } of plan.shards) {
    if (step.action !== 'notice') continue;
    await attempt(result, row, signal, async () => {
      await components.giveNotice(row.id, { signal });
      result.noticed.push(row.id);
    });
  }
  return result;
}

async function moveAll(
  components: RetenderComponents,
  plan: RetenderPlan,
  init: CarryOutInit,
  result: RetenderResult,
): Promise<void> {
  const all = plan.shards.filter(({ step }) => step.action === 'move').map(({ row }) => row);
  let { agreements } = init;
  for (let at = 0; at < all.length; at += MOVED_TOGETHER) {
    const over = all.slice(at, at + MOVED_TOGETHER);
    try {
      const { moved, failed, quote, formed } = await moveShards(components, {
        ...init,
        agreements,
        over,
        periods: plan.movePeriods,
      });
      result.moved.push(...moved);
      result.failed.push(...failed);
      result.paid += quote.total;
      if (formed !== undefined) result.transactions.push(formed.txHash);
      agreements = agreements.map((row) => afterMove(row, moved));
    } catch (error) {
      init.signal.throwIfAborted();
      result.failed.push(...over.map((row) => ({ row, reason: messageOf(error) })));
    }
  }
}

/** Where a shard is now: those that move after it must neither join its provider nor read it at the old one. */
function afterMove(row: AgreementRow, moved: readonly MovedShard[]): AgreementRow {
  const to = moved.find(({ agreement }) => agreement.shardIndex === row.shardIndex);
  return to === undefined ? row : { ...row, provider: to.agreement.provider, status: 'active' };
}

async function attempt(
  result: RetenderResult,
  row: AgreementRow,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  signal.throwIfAborted();
  try {
    await work();
  } catch (error) {
    signal.throwIfAborted();
    result.failed.push({ row, reason: messageOf(error) });
  }
}
