import { declareMaintenance } from '../chain/actions/declare-maintenance.ts';
import { readCurrentPeriod } from '../chain/actions/read-current-period.ts';
import { readMaintenance } from '../chain/actions/read-maintenance.ts';
import { readProviderOfNode } from '../chain/actions/read-provider-of-node.ts';
import { type ChainView, connectChain } from '../chain/client.ts';
import type { Maintenance } from '../chain/records.ts';
import { systemClock } from '../core/clock.ts';
import { ExitCode, StowError } from '../core/errors.ts';
import { openSenders, type SendersInit } from './senders.ts';

export type MaintenanceInit = SendersInit & { signal?: AbortSignal | undefined };

/** What to declare: periods from one on, by default the next; or to take back what was declared and has not begun. */
export type MaintenancePlan = { fromPeriod?: number | undefined; periods: number } | 'cancel';

export interface MaintenanceResult {
  provider: number;
  /** Period in which it was declared. */
  period: number;
  /** Undefined once taken back. */
  maintenance: Maintenance | undefined;
}

/**
 * Declares a provider's maintenance, beside a running node or without one. Signed by the operator's key where it is at hand: the node
 * key belongs to the running node, and two programs that send from one key get in each other's way.
 * @throws StowError `provider-not-registered`, `no-maintenance`, `possession-proofs-maintenance-…`
 */
export async function planMaintenance(init: MaintenanceInit, plan: MaintenancePlan): Promise<MaintenanceResult> {
  const { signal, config } = init;
  const { rpcUrl, deployments: deploymentsDir, chainId } = config.chain;
  const view = await connectChain({ rpcUrl, deploymentsDir, chainId }, { signal });
  const { nodeKey, nodeSender, operatorSender } = openSenders(view, init, systemClock);
  const provider = await readProviderOfNode(view, nodeKey.address, { signal });
  if (provider === 0) throw notRegistered(nodeKey.address);
  const period = await readCurrentPeriod(view, { signal });
  const stretch =
    plan === 'cancel'
      ? { fromPeriod: await startOfPlanned(view, provider, period, signal), periods: 0 }
      : { fromPeriod: plan.fromPeriod ?? period + 1, periods: plan.periods };
  await declareMaintenance(operatorSender ?? nodeSender, { provider, ...stretch }, { signal });
  return { provider, period, maintenance: await readMaintenance(view, provider, { signal }) };
}

async function startOfPlanned(
  view: ChainView,
  provider: number,
  period: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const stretch = await readMaintenance(view, provider, { signal });
  if (stretch !== undefined && stretch.fromPeriod > period) return stretch.fromPeriod;
  throw new StowError({
    code: 'no-maintenance',
    message: `provider ${provider} has no maintenance ahead to take back: now is period ${period}`,
    hint: 'maintenance that has begun stays; the provider may prove in it and is paid for it',
    exitCode: ExitCode.notFound,
  });
}

function notRegistered(nodeAddress: string): StowError {
  return new StowError({
    code: 'provider-not-registered',
    message: `node key ${nodeAddress} belongs to no provider of this market`,
    hint: 'register it with `stowmarket provider register`, or check --rpc and the key',
    exitCode: ExitCode.notFound,
  });
}
