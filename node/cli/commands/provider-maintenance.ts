import { ExitCode, StowError } from '../../core/errors.ts';
import { createLogger } from '../../core/logger.ts';
import { planMaintenance, type MaintenancePlan, type MaintenanceResult } from '../../provider/maintenance.ts';
import { openOwnProvider, viewOwnProvider } from '../../provider/own-provider.ts';
import { type DryRunOption, reportDryRun } from '../dry-run.ts';
import type { Run } from '../program-context.ts';
import {
  loadSetup,
  openNodeKey,
  openOperatorKey,
  passwordSource,
  readAddresses,
  type SetupOptions,
} from './provider-setup.ts';

const QUESTION = 'Password of the keystores: ';

export interface MaintenanceOptions extends SetupOptions, DryRunOption {
  from?: number;
  periods?: number;
  cancel?: boolean;
}

/** `provider maintenance`: declares periods without duty, or takes them back. */
export async function manageMaintenance(run: Run, options: MaintenanceOptions): Promise<void> {
  const plan = planOf(options);
  const setup = await loadSetup(run, options);
  const passwords = passwordSource(setup, run.io, QUESTION);
  const { config } = setup;
  const { signal } = run;
  if (options.dryRun === true) {
    const addresses = await readAddresses(setup, passwords);
    const own = await viewOwnProvider({ config, addresses, signal });
    const planned = await planMaintenance(own, plan, { signal });
    return reportDryRun(run, {
      command: 'provider maintenance',
      record: { provider: planned.provider, period: planned.period, ...planned.stretch },
      lines: [describePlan(planned)],
      moves: [],
      senders: [own.sender],
    });
  }
  const nodeKey = await openNodeKey(setup, passwords);
  const operatorKey = await openOperatorKey(setup, passwords);
  const own = await openOwnProvider({
    config,
    nodeKey: nodeKey.privateKey,
    operatorKey: operatorKey?.privateKey,
    logger: createLogger({ level: run.globals.debug ? 'debug' : 'warn' }),
    signal,
  });
  const result = await planMaintenance(own, plan, { signal });
  const { provider, period, maintenance } = result;
  const { fromPeriod, untilPeriod } = maintenance ?? {};
  run.output.result({ type: 'provider-maintenance', provider, period, fromPeriod, untilPeriod }, describe(result));
  return undefined;
}

function planOf({ from, periods, cancel }: MaintenanceOptions): MaintenancePlan {
  if (cancel === true && from === undefined && periods === undefined) return 'cancel';
  if (cancel !== true && periods !== undefined) return { fromPeriod: from, periods };
  throw new StowError({
    code: 'maintenance-what',
    message: 'it takes either --periods, with --from or without, or --cancel alone',
    hint: 'such as `stowmarket provider maintenance --from 120 --periods 2`',
    exitCode: ExitCode.usage,
  });
}

function describePlan({ provider, period, stretch: { fromPeriod, periods } }: MaintenanceResult): string {
  const what =
    periods === 0
      ? `take back the maintenance from period ${fromPeriod} on`
      : `declare maintenance from period ${fromPeriod} to ${fromPeriod + periods - 1}`;
  return `provider ${provider} would ${what}; now is period ${period}; no tokens would move`;
}

function describe({ provider, period, maintenance }: MaintenanceResult): string {
  if (maintenance === undefined) return `provider ${provider} has no maintenance ahead`;
  const { fromPeriod, untilPeriod } = maintenance;
  return `provider ${provider} is in maintenance from period ${fromPeriod} to ${untilPeriod - 1}; now is period ${period}`;
}
