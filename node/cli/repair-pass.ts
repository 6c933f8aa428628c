import { cancelBid, endBidCall } from '../chain/actions/end-bid.ts';
import { endAgreement } from '../chain/actions/end-agreement.ts';
import { readBid } from '../chain/actions/read-bid.ts';
import { readCompensation } from '../chain/actions/read-compensation.ts';
import { readCurrentPeriod } from '../chain/actions/read-current-period.ts';
import { readRepair } from '../chain/actions/read-repair.ts';
import { readRepairsAmong } from '../chain/actions/read-repairs-among.ts';
import { DrySender } from '../chain/dry-sender.ts';
import { closeFailed } from '../client/retender/close-failed.ts';
import { repairPlanner, type RepairRule } from '../client/retender/plan-repair.ts';
import { RepairBids } from '../client/retender/repair-bids.ts';
import { repairNeed } from '../client/retender/repair-need.ts';
import type { ClientSession } from '../client/session/open-session.ts';
import { type StoredObject, titleOf } from '../client/stored-object.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import type { ClientSetup } from './client-setup.ts';
import { plural } from './format.ts';
import { lookAtEach } from './object-pass.ts';
import type { Run } from './program-context.ts';
import { repairLines, repairRecord, type RepairReport, repairWarnings, unrepaired } from './repair-view.ts';
import { carryOutObject, type KnownObject, type PlannedObject, planObject } from './retender.ts';

export interface RepairPass {
  /** The live objects that are looked at, as the chain stands. */
  list: () => Promise<StoredObject[]>;
  rule: RepairRule;
  dryRun: boolean;
}

/** One look at each object: failed agreements are closed, and where too few shards are left the lost are rebuilt. @returns shards that could not be */
export async function repairOnce(
  run: Run,
  session: ClientSession,
  setup: ClientSetup,
  pass: RepairPass,
): Promise<number> {
  const { output, signal } = run;
  const { market } = session;
  const period = await readCurrentPeriod(market.chain, { signal });
  const { objects, unclosed } = await closedFirst(run, session, pass, period);
  const compensationBps = await readCompensation(market.chain, { signal });
  let busy = 0;
  const left = await lookAtEach(run, objects, pass, async (object) => {
    const report = await repairOne(run, session, setup.config, object, { ...pass, period, compensationBps });
    output.progress.clear();
    const lines = repairLines(report);
    output.record(repairRecord(report));
    for (const line of lines) output.text(line);
    for (const warning of repairWarnings(report)) output.warn(warning);
    if (lines.length > 0) busy++;
    return unrepaired(report);
  });
  if (busy === 0) output.talk(`${plural(objects.length, 'object')}: nothing to repair`);
  output.record({ type: 'repair-pass', period, objects: objects.length, left: left + unclosed });
  return left + unclosed;
}

type OneInit = Pick<RepairPass, 'rule' | 'dryRun'> & { period: number; compensationBps: bigint };

async function repairOne(
  { output, signal }: Run,
  session: ClientSession,
  config: ClientSetup['config'],
  object: KnownObject,
  { rule, dryRun, period, compensationBps }: OneInit,
): Promise<RepairReport> {
  const { k, n } = object.entry;
  const need = repairNeed({ agreements: object.agreements, k, n }, period, rule.threshold);
  const { chain } = session.market;
  const repairs = await readRepairsAmong(
    chain,
    need.lost.map(({ id }) => id),
    { signal },
  );
  const report = { object, need, dryRun, compensationBps, repairs };
  if (!need.isDue) return report;
  const sender = dryRun ? session.drySender() : await session.sender();
  const cancelled: bigint[] = [];
  const bids = await RepairBids.read(
    {
      repair: async (lost, options) => readRepair(chain, lost, options),
      bid: async (bidId, options) => readBid(chain, bidId, options),
      cancel: async (bidId, options) => {
        if (dryRun) await sender.send(endBidCall(chain, { how: 'cancel', bidId }), options);
        else await cancelBid(sender, { bidId }, options);
        cancelled.push(bidId);
      },
    },
    need.lost,
    { burnBps: session.market.parameters.burnBps, signal },
  );
  const planned = await planObject(session, config, object, repairPlanner(rule), { signal });
  if (dryRun) await bids.cancel(placedShards(planned), { signal });
  const options = { signal, bids, onProgress: output.progress.listener };
  const done = dryRun ? undefined : await carryOutObject(session, planned, options);
  if (cancelled.length > 0) {
    output.record({ type: 'bids-cancelled', bids: cancelled, sent: !dryRun });
    output.talk(`bid ${cancelled.join(', ')} for lost shards ${dryRun ? 'would be' : 'was'} cancelled first`);
  }
  return done === undefined ? { ...report, planned } : { ...report, planned, done };
}

/** Shards that the market has a place for. */
function placedShards({ plan }: PlannedObject): number[] {
  return plan.shards.flatMap(({ row, step, place }) =>
    step.action === 'move' && place !== undefined ? row.shardIndex : [],
  );
}

/**
 * Closes what failed, so that compensation and unserved rent pay for the repair. In a dry run the chain is asked which it would let be closed, and these count as closed.
 */
async function closedFirst(
  { output, signal }: Run,
  session: ClientSession,
  { list, dryRun }: RepairPass,
  period: number,
): Promise<{ objects: StoredObject[]; unclosed: number }> {
  const objects = await list();
  const titles = new Map(objects.flatMap((object) => object.agreements.map(({ id }) => [id, titleOf(object)])));
  const sender = dryRun ? session.drySender() : await session.sender();
  const { closed, failed } = await closeFailed(
    {
      end: async (id, options) => void (await endAgreement(sender, { id }, options)),
      index: session.market.index,
    },
    objects.flatMap(({ agreements }) => agreements),
    period,
    { signal },
  );
  for (const { row, reason } of failed)
    output.warn(`${titles.get(row.id)}: agreement ${formatAgreementId(row.id)} is still open: ${reason}`);
  if (closed.length === 0) return { objects, unclosed: failed.length };
  output.record({ type: 'closed', agreements: closed.map(formatAgreementId), sent: !dryRun });
  if (sender instanceof DrySender) return { objects: objects.map((one) => asClosed(one, closed)), unclosed: 0 };
  await session.market.sync({ signal });
  return { objects: await list(), unclosed: failed.length };
}

function asClosed(object: StoredObject, closed: readonly bigint[]): StoredObject {
  const agreements = object.agreements.map((row) =>
    closed.includes(row.id) ? { ...row, status: 'failed' as const } : row,
  );
  return { ...object, agreements };
}
