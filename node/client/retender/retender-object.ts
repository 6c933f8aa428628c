import type { AgreementRow } from '../../chain/market-index.ts';
import { messageOf } from '../../core/errors.ts';
import type { AgreementId } from '../../market/messages.ts';
import type { ProgressListener } from '../progress.ts';
import { moveShards, type MoveComponents, type MoveInit, type MoveResult } from './move-shards.ts';
import type { RetenderPlan } from './plan-retender.ts';

export interface RetenderComponents extends MoveComponents {
  topUp: (id: AgreementId, periods: number, askId: bigint, options: { signal: AbortSignal }) => Promise<void>;
  giveNotice: (id: AgreementId, options: { signal: AbortSignal }) => Promise<void>;
}

export interface RetenderResult {
  move: MoveResult | undefined;
  renewed: AgreementId[];
  noticed: AgreementId[];
  failed: { row: AgreementRow; reason: string }[];
}

/**
 * Does what a plan says of one object. Moves come first, as they give shards their agreement back; then terms are renewed; notice is given
 * last. What fails is left to the next pass, which plans anew from what the chain then says: nothing has to be remembered in between.
 * Never throws but for the signal.
 */
export async function carryOutPlan(
  components: RetenderComponents,
  plan: RetenderPlan,
  init: Omit<MoveInit, 'over' | 'periods'> & { onProgress?: ProgressListener | undefined },
): Promise<RetenderResult> {
  const { signal } = init;
  const result: RetenderResult = { move: undefined, renewed: [], noticed: [], failed: [] };
  const over = plan.shards.filter(({ step }) => step.action === 'move').map(({ row }) => row);
  if (over.length > 0) {
    try {
      result.move = await moveShards(components, { ...init, over, periods: plan.movePeriods });
      result.failed.push(...result.move.failed);
    } catch (error) {
      signal.throwIfAborted();
      result.failed.push(...over.map((row) => ({ row, reason: messageOf(error) })));
    }
  }
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
