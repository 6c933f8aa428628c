import { formatTokens, gibPriceOfUnitPrice } from '../../market/money.ts';
import { fetchStatus } from '../../provider/admin-client.ts';
import type { ProviderStatus } from '../../provider/status.ts';
import { formatAmount, formatBytes, formatSeconds, formatTable, plural } from '../format.ts';
import type { Run } from '../program-context.ts';
import { loadSetup, type SetupOptions } from './provider-setup.ts';

/** `provider status`: asks the running provider of the data folder. */
export async function showProviderStatus(run: Run, options: SetupOptions): Promise<void> {
  const { config } = await loadSetup(run, options);
  const status = await fetchStatus(config.dataDir);
  run.output.result({ type: 'provider-status', ...status }, describe(status));
}

function describe(status: ProviderStatus): string {
  const { agreements, stake, earnings, proof } = status;
  const rows = [
    ['peer id', status.peerId],
    ['addresses', status.addresses.join(' ')],
    ['node key', `${status.nodeAddress}, ${formatTokens(BigInt(status.nodeGas), "of the chain's coin")}`],
    ['operator', status.operator],
    ['chain', `${status.chainId}, block ${status.block}, period ${status.period}`],
    [
      'this period',
      proof.state === 'done'
        ? 'proven, or nothing due'
        : `due by block ${proof.deadlineBlock}, ${proof.blocksLeft} blocks left`,
    ],
    ['next deadline', proof.state === 'done' ? 'in the next period' : `block ${proof.deadlineBlock}`],
    ['periods', `${status.periodsProven} proven, ${status.periodsMissed} missed`],
    [
      'shards',
      `${status.shards}, ${formatBytes(status.bytes)} on disk, ${formatBytes(status.freeBytes)} of ${formatBytes(status.capacityBytes)} free`,
    ],
    [
      'agreements',
      `${agreements.active} active, ${agreements.kept} kept, ${agreements.handedOver} handed over, ${agreements.failed} failed`,
    ],
    ['audits', describeAnswers(status.audits)],
    ['demanded units', describeAnswers(status.demands)],
    ['maintenance', describeMaintenance(status)],
    ['reservations', String(status.reservations)],
    ['asks', status.asks.join(', ') || 'none'],
    ['bids that fit', describeBids(status)],
    [
      'repairs',
      `${status.repairs.stored} shards rebuilt that others lost, ${status.repairs.open} under way, ${status.repairs.failed} in vain`,
    ],
    [
      'stake',
      `${tokens(stake.free)} free (${tokens(stake.lockable)} for new agreements), ${tokens(stake.locked)} locked`,
    ],
    ['earnings', `${tokens(earnings.paid)} paid, ${tokens(earnings.heldBack)} held back`],
    ['report fees', `${tokens(status.reportFees.paid)} paid, ${tokens(status.reportFees.owed)} owed`],
    ['running for', formatSeconds(status.uptimeSeconds)],
  ];
  const failed = status.failed ? '\nThis provider missed too many periods: the market has ended it for good.' : '';
  return formatTable(['provider', String(status.provider)], rows) + failed;
}

function describeAnswers({ open, answered, failed, voided }: ProviderStatus['audits']): string {
  return `${open} open, ${answered} answered, ${failed} failed, ${voided} void`;
}

function describeBids({ bids: { fitting, shards, bestPrice } }: ProviderStatus): string {
  if (fitting === 0) return 'none stands';
  const best = formatAmount(gibPriceOfUnitPrice(BigInt(bestPrice)));
  return `${fitting} stand, ${plural(shards, 'shard')} left; the best pays ${best} a GiB and period now`;
}

function describeMaintenance({ maintenance, period }: ProviderStatus): string {
  if (maintenance === undefined) return 'none declared';
  const { fromPeriod, untilPeriod } = maintenance;
  return `periods ${fromPeriod} to ${untilPeriod - 1}: neither pay nor slash ${fromPeriod <= period ? 'now' : 'then'}`;
}

function tokens(wei: string): string {
  return formatTokens(BigInt(wei));
}
