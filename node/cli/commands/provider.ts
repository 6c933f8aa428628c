import { Command } from 'commander';

import type { ExitCode } from '../../core/errors.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';
import { addDryRunOption, type DryRunOption } from '../dry-run.ts';
import { parseCount } from '../parse-options.ts';
import type { MaintenanceOptions } from './provider-maintenance.ts';
import { addSetupOptions, type SetupOptions } from './provider-setup.ts';

type Handler = (run: Run, options: SetupOptions & DryRunOption) => Promise<ExitCode | void>;

/** Those that send transactions and end. */
const WITH_DRY_RUN: ReadonlySet<string> = new Set(['register', 'void-asks']);

/** Loaded when they are run: `status` needs no libp2p, and starts in a fraction of the time without it. */
const SUBCOMMANDS: readonly [name: string, description: string, load: () => Promise<Handler>][] = [
  [
    'init',
    'write the configuration and create the keys; overwrites nothing',
    async () => (await import('./provider-init.ts')).initProvider,
  ],
  [
    'register',
    'register, lock the bond and stake, without starting',
    async () => (await import('./provider-register.ts')).registerProvider,
  ],
  [
    'start',
    'run the provider in the foreground; registers it first when it has to and can',
    async () => (await import('./provider-start.ts')).startProvider,
  ],
  [
    'status',
    'show what the running provider holds, earns and owes',
    async () => (await import('./provider-status.ts')).showProviderStatus,
  ],
  [
    'earnings',
    'show what the running provider earned by storing and by reads, what is pending, and what is at risk',
    async () => (await import('./provider-earnings.ts')).showEarnings,
  ],
  [
    'void-asks',
    'void all asks that the provider signed so far and that nobody has brought to the chain',
    async () => (await import('./provider-void-asks.ts')).voidAsks,
  ],
  [
    'stop',
    'stop the running provider and wait until it has ended',
    async () => (await import('./provider-stop.ts')).stopProvider,
  ],
];

/** `stowmarket provider …`: sell storage. */
export function providerCommand(context: ProgramContext): Command {
  const provider = new Command('provider').description('sell storage: run a provider on this machine');
  for (const [name, description, load] of SUBCOMMANDS) {
    const command = addSetupOptions(new Command(name).description(description));
    if (WITH_DRY_RUN.has(name)) addDryRunOption(command);
    command.action(async (options: SetupOptions & DryRunOption) =>
      runCommand(context, command, async (run) => (await load())(run, options)),
    );
    provider.addCommand(command);
  }
  return provider.addCommand(maintenanceCommand(context));
}

function maintenanceCommand(context: ProgramContext): Command {
  const command = addSetupOptions(
    addDryRunOption(new Command('maintenance'))
      .description('say beforehand that the provider may not prove for some periods: they bring neither pay nor slash')
      .option('--from <period>', 'first of them (default: the next period)', parseCount)
      .option('--periods <n>', 'how many', parseCount)
      .option('--cancel', 'take back what was declared and has not begun')
      .addHelpText('after', MAINTENANCE_HELP),
  );
  command.action(async (options: MaintenanceOptions) =>
    runCommand(context, command, async (run) =>
      (await import('./provider-maintenance.ts')).manageMaintenance(run, options),
    ),
  );
  return command;
}

const MAINTENANCE_HELP = `
Signed by the operator's key where it is at hand, else by the node key; the provider may run meanwhile, and proves when it can.
Each market limits how long a stretch may be, and how soon the next may start. Audits that are opened in it can be answered after it.

Examples:
  stowmarket provider maintenance --periods 2
  stowmarket provider maintenance --from 120 --periods 3
  stowmarket provider maintenance --cancel
`;
