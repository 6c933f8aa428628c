import type { ShardPlan } from '../client/retender/plan-retender.ts';
import type { RetenderResult } from '../client/retender/retender-object.ts';
import type { RetenderRule } from '../client/retender/rule.ts';
import { titleOf } from '../client/stored-object.ts';
import { toHex } from '../core/bytes.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import { gibPriceOfUnitPrice } from '../market/money.ts';
import { endOf } from '../market/term.ts';
import { formatAmount, plural } from './format.ts';
import type { JsonRecord } from './output.ts';
import type { PlannedObject } from './retender.ts';

/** Hundredths of a per cent in one. */
const BPS_PER_PERCENT = 100;

/** An object's plan and what came of it, for programs. */
export function retenderRecord(
  { object, plan, moment }: PlannedObject,
  rule: RetenderRule,
  done: RetenderResult | undefined,
): JsonRecord {
  const { keep, move, saving } = plan;
  return {
    type: 're-tendered',
    objectKey: toHex(object.objectKey),
    name: object.entry.name,
    policy: rule.policy,
    period: moment.period,
    keep,
    move,
    saving,
    shards: plan.shards.map(shardRecord),
    sent: done !== undefined,
    moved: movedRecords(done),
    paid: done?.paid ?? 0n,
    transactions: done?.transactions ?? [],
    renewed: (done?.renewed ?? []).map(formatAgreementId),
    noticed: (done?.noticed ?? []).map(formatAgreementId),
    failed: (done?.failed ?? []).map(({ row, reason }) => ({ shardIndex: row.shardIndex, reason })),
  };
}

/** The shards that have new providers, for programs. */
export function movedRecords(done: RetenderResult | undefined): Record<string, unknown>[] {
  return (done?.moved ?? []).map(({ from, agreement, rebuilt }) => ({
    shardIndex: agreement.shardIndex,
    from: from.provider,
    to: agreement.provider,
    periods: agreement.periods,
    pricePerUnitPeriod: agreement.pricePerUnitPeriod,
    rebuilt,
  }));
}

function shardRecord({ row, step, comparison, place }: ShardPlan): Record<string, unknown> {
  return {
    shardIndex: row.shardIndex,
    agreement: formatAgreementId(row.id),
    provider: row.provider,
    pricePerUnitPeriod: row.pricePerUnitPeriod,
    ...step,
    place: place === undefined ? undefined : { provider: place.provider, pricePerUnitPeriod: place.pricePerUnitPeriod },
    comparison,
  };
}

/** The same for people: nothing for an object that stays as it is. */
export function retenderLines({ object, plan }: PlannedObject, done: RetenderResult | undefined): string[] {
  const failed = new Set(done?.failed.map(({ row }) => row.shardIndex));
  const planned = plan.shards.filter(({ row }) => !failed.has(row.shardIndex));
  const lines = planned.flatMap((shard) => shardLine(shard, done === undefined));
  if (lines.length === 0 && (done?.moved ?? []).length === 0) return [];
  const title = titleOf(object);
  const total =
    plan.saving > 0n
      ? [
          `  moving saves ${formatAmount(plan.saving)} (${percentOf(plan.saving, plan.keep)}) of the ${formatAmount(plan.keep)} that keeping costs`,
        ]
      : [];
  const moved = (done?.moved ?? []).map(
    ({ from, agreement, rebuilt }) =>
      `  shard ${agreement.shardIndex} moved from provider ${from.provider} to ${agreement.provider} for ${plural(agreement.periods, 'period')} at ${priceOf(agreement.pricePerUnitPeriod)}${rebuilt === undefined ? '' : `, rebuilt from others: ${rebuilt}`}`,
  );
  const sent = done === undefined ? `${title}: nothing was sent (--dry-run)` : `${title}:`;
  return [sent, ...lines, ...total, ...moved];
}

function shardLine({ row, step, comparison, place }: ShardPlan, isPlan: boolean): string[] {
  const who = `  shard ${row.shardIndex}, provider ${row.provider} at ${priceOf(row.pricePerUnitPeriod)}`;
  const better =
    place === undefined || comparison === undefined || comparison.saving <= 0n
      ? ''
      : `; provider ${place.provider} asks ${priceOf(place.pricePerUnitPeriod)}, which saves ${formatAmount(comparison.saving)} (${percentOf(comparison.saving, comparison.keep.total)}) over ${plural(comparison.periods, 'period')}`;
  switch (step.action) {
    case 'notice':
      return [`${who}: ${isPlan ? 'notice would be given' : 'notice'}${better}`];
    case 'queue':
      return [`${who}: moves once others have moved${better}`];
    case 'wait':
      return [`${who}: ends in period ${step.untilPeriod}, and moves then${better}`];
    case 'move':
      return isPlan ? [`${who}: its term is over, and it moves now`] : [];
    case 'renew': {
      const turn = step.until === 'turn' ? ', until its turn to move comes' : '';
      return [`${who}: ${isPlan ? 'it would be renewed' : 'renewed'} for ${plural(step.periods, 'period')}${turn}`];
    }
    case 'keep':
    case 'stuck':
  }
  return [];
}

/** What the user should know: shards that go without an agreement, or may. */
export function retenderWarnings(
  { object, plan, moment, deposit }: PlannedObject,
  done: RetenderResult | undefined,
): string[] {
  const title = titleOf(object);
  const needed = plan.shards.reduce(
    (sum, { step, comparison }) =>
      step.action === 'wait' && comparison !== undefined ? sum + comparison.move.rent + comparison.move.burn : sum,
    0n,
  );
  const short =
    needed > deposit
      ? [
          `${title}: moving what is about to end will cost ${formatAmount(needed)}, and the escrow account holds ${formatAmount(deposit)}: run \`stowmarket wallet deposit\` before then`,
        ]
      : [];
  const planned = plan.shards.flatMap(({ row, step }) => {
    const ends = plural(Math.max(0, endOf(row) - moment.period), 'period');
    if (step.action === 'stuck' && row.status === 'failed')
      return `${title}: shard ${row.shardIndex} is lost, as ${step.reason}; \`stowmarket repair\` rebuilds it while ${object.entry.k} others can be read`;
    if (step.action === 'stuck')
      return `${title}: shard ${row.shardIndex} at provider ${row.provider} ends in ${ends}: ${step.reason}; store the object again with \`stowmarket put\` while it can be read`;
    if (step.action === 'wait' && step.atRisk)
      return `${title}: shard ${row.shardIndex} ends in ${ends} together with more others than can be spared, and its provider does not renew; keep a copy of the object until it has moved`;
    return [];
  });
  const failed = (done?.failed ?? []).map(
    ({ row, reason }) =>
      `${title}: shard ${row.shardIndex} stays as it is, and is tried again in the next pass: ${reason}`,
  );
  return [...short, ...planned, ...failed];
}

/** Shards that could not be kept or moved, or may not be. */
export function unsafeShards({ plan }: PlannedObject, done: RetenderResult | undefined): number {
  const planned = plan.shards.filter(({ step }) => step.action === 'stuck' || (step.action === 'wait' && step.atRisk));
  return planned.length + (done?.failed.length ?? 0);
}

/** As people compare prices. */
export function priceOf(pricePerUnitPeriod: bigint): string {
  return `${formatAmount(gibPriceOfUnitPrice(pricePerUnitPeriod))} a GiB and period`;
}

function percentOf(part: bigint, whole: bigint): string {
  return `${Number((part * 10_000n) / whole) / BPS_PER_PERCENT}%`;
}
