import type { AgreementRow } from '../chain/market-index.ts';
import type { RepairNeed } from '../client/retender/repair-need.ts';
import type { RetenderResult } from '../client/retender/retender-object.ts';
import { titleOf } from '../client/stored-object.ts';
import { toHex } from '../core/bytes.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import type { AgreementId } from '../market/messages.ts';
import { type GivenBack, givenBack } from '../market/given-back.ts';
import { NOTHING_SENT } from './dry-run.ts';
import { formatAmount, plural } from './format.ts';
import type { JsonRecord } from './output.ts';
import type { KnownObject, PlannedObject } from './retender.ts';
import { movedRecords, priceOf } from './retender-view.ts';

/** What one look at an object found and did. */
export interface RepairReport {
  object: KnownObject;
  need: RepairNeed;
  dryRun: boolean;
  /** The client's share of slashed collateral, 1/10,000. */
  compensationBps: bigint;
  /** Which of the lost had answered a bid for a shard that was lost before. */
  repairs: ReadonlySet<AgreementId>;
  /** Undefined when nothing was due. */
  planned?: PlannedObject;
  /** Undefined when nothing was done. */
  done?: RetenderResult;
}

/** For programs. */
export function repairRecord(report: RepairReport): JsonRecord {
  const { object, need, dryRun, planned, done } = report;
  const { k, n, name } = object.entry;
  const { healthy, threshold, isDue, lost } = need;
  return {
    type: 'repaired',
    objectKey: toHex(object.objectKey),
    name,
    k,
    n,
    healthy,
    threshold,
    due: isDue,
    lost: lost.map((row) => ({
      shardIndex: row.shardIndex,
      agreement: formatAgreementId(row.id),
      provider: row.provider,
      ...backFor(report, row),
      step: planned?.plan.shards.find(({ row: { id } }) => id === row.id)?.step.action,
      place: placeOf(planned, row),
    })),
    periods: isDue ? planned?.plan.movePeriods : undefined,
    cost: planned?.plan.move,
    sent: !dryRun && isDue,
    rebuilt: movedRecords(done),
    paid: done?.paid ?? 0n,
    transactions: done?.transactions ?? [],
    failed: (done?.failed ?? []).map(({ row, reason }) => ({ shardIndex: row.shardIndex, reason })),
  };
}

/** The same for people: nothing for an object that lost nothing. */
export function repairLines(report: RepairReport): string[] {
  const { object, need, dryRun, planned, done } = report;
  const { k, n } = object.entry;
  const { healthy, threshold, isDue, lost } = need;
  if (lost.length === 0) return [];
  const sums = lost.map((row) => backFor(report, row));
  const compensation = sums.reduce((sum, one) => sum + one.compensation, 0n);
  const rent = sums.reduce((sum, one) => sum + one.rent, 0n);
  const when = isDue ? '' : `; it is repaired once ${threshold} or fewer are left`;
  return [
    `${titleOf(object)}: ${healthy} of ${n} shards are held, ${k} are needed${when}`,
    ...lost.map((row, index) => lostLine(row, sums[index])),
    `  compensation ${formatAmount(compensation)} and rent ${formatAmount(rent)} came back for ${lost.length === 1 ? 'it' : 'them'}`,
    ...(dryRun && planned !== undefined ? plannedLines(planned) : []),
    ...(done?.moved ?? []).map(
      ({ agreement }) =>
        `  shard ${agreement.shardIndex} rebuilt from ${k === 1 ? 'another copy' : `${k} others`} onto provider ${agreement.provider} for ${plural(agreement.periods, 'period')} at ${priceOf(agreement.pricePerUnitPeriod)}`,
    ),
    ...(done === undefined || done.paid === 0n ? [] : [`  it cost ${formatAmount(done.paid)}`]),
  ];
}

function backFor({ compensationBps, repairs }: RepairReport, row: AgreementRow): GivenBack {
  return givenBack({ ...row, repair: repairs.has(row.id) }, compensationBps);
}

function lostLine(row: AgreementRow, back: GivenBack | undefined): string {
  const paid = back === undefined ? '' : ` (${formatAmount(back.compensation)} of its collateral)`;
  return `  shard ${row.shardIndex} is lost: provider ${row.provider} failed agreement ${formatAgreementId(row.id)}${paid}`;
}

function plannedLines({ plan }: PlannedObject): string[] {
  const moving = plan.shards.filter(({ step }) => step.action === 'move');
  return [
    ...moving.flatMap(({ row, place }) =>
      place === undefined
        ? []
        : `  shard ${row.shardIndex} would be rebuilt onto provider ${place.provider} for ${plural(plan.movePeriods, 'period')} at ${priceOf(place.pricePerUnitPeriod)}`,
    ),
    ...(plan.move > 0n ? [`  it would cost ${formatAmount(plan.move)}`] : []),
    `  ${NOTHING_SENT}`,
  ];
}

/** What the user should know: what is lost and cannot be rebuilt yet, and what is tried. */
export function repairWarnings(report: RepairReport): string[] {
  const { object, need, planned, done } = report;
  const title = titleOf(object);
  const { k } = object.entry;
  const held = object.agreements.filter(({ status }) => status === 'active').length;
  const missing = need.lost.map(({ shardIndex }) => shardIndex).join(', ');
  const desperate =
    need.lost.length > 0 && held < k
      ? [
          `${title}: only ${held} of the ${k} shards that give it back are under agreement; shard ${missing} is missing: the providers that failed ${report.dryRun ? 'would be' : 'were'} asked for theirs as well`,
        ]
      : [];
  const stuck = (planned?.plan.shards ?? []).flatMap(({ row, step, place }) => {
    if (step.action === 'stuck') return `${title}: shard ${row.shardIndex} is not rebuilt: ${step.reason}`;
    if (step.action === 'move' && place === undefined && done === undefined)
      return `${title}: nobody takes shard ${row.shardIndex} now: \`stowmarket market explain ${toHex(object.objectKey)}\` says why`;
    return [];
  });
  const failed = (done?.failed ?? []).map(
    ({ row, reason }) =>
      `${title}: shard ${row.shardIndex} is not rebuilt yet, and is tried again in the next pass: ${reason}`,
  );
  return [...desperate, ...stuck, ...failed];
}

/** Shards that had to be rebuilt and were not, or would not be. */
export function unrepaired({ dryRun, planned, done }: RepairReport): number {
  const shards = planned?.plan.shards ?? [];
  const stuck = shards.filter(({ step }) => step.action === 'stuck').length;
  const placeless = dryRun ? shards.filter(({ step, place }) => step.action === 'move' && place === undefined) : [];
  return stuck + placeless.length + (done?.failed.length ?? 0);
}

function placeOf(planned: PlannedObject | undefined, row: AgreementRow): Record<string, unknown> | undefined {
  const place = planned?.plan.shards.find(({ row: { id } }) => id === row.id)?.place;
  return place === undefined ? undefined : { provider: place.provider, pricePerUnitPeriod: place.pricePerUnitPeriod };
}
