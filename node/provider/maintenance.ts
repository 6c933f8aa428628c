import { declareMaintenance } from '../chain/actions/declare-maintenance.ts';
import { readCurrentPeriod } from '../chain/actions/read-current-period.ts';
import { readMaintenance } from '../chain/actions/read-maintenance.ts';
import type { ChainView } from '../chain/client.ts';
import type { Maintenance } from '../chain/records.ts';
import { ExitCode, StowError } from '../core/errors.ts';
import type { OwnProvider } from './own-provider.ts';

/** What to declare: periods from one on, by default the next; or to take back what was declared and has not begun. */
export type MaintenancePlan = { fromPeriod?: number | undefined; periods: number } | 'cancel';

export interface MaintenanceResult {
  provider: number;
  /** Period in which it was declared. */
  period: number;
  /** What was asked for; no periods to take one back. */
  stretch: { fromPeriod: number; periods: number };
  /** As it stands now. Undefined once taken back. */
  maintenance: Maintenance | undefined;
}

/**
 * Declares a provider's maintenance, beside a running node or without one.
 * @throws StowError `provider-not-registered`, `no-maintenance`, `possession-proofs-maintenance-…`
 */
export async function planMaintenance(
  { view, provider, sender }: OwnProvider,
  plan: MaintenancePlan,
  { signal }: { signal?: AbortSignal | undefined },
): Promise<MaintenanceResult> {
  const period = await readCurrentPeriod(view, { signal });
  const stretch =
    plan === 'cancel'
      ? { fromPeriod: await startOfPlanned(view, provider, period, signal), periods: 0 }
      : { fromPeriod: plan.fromPeriod ?? period + 1, periods: plan.periods };
  await declareMaintenance(sender, { provider, ...stretch }, { signal });
  return { provider, period, stretch, maintenance: await readMaintenance(view, provider, { signal }) };
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
