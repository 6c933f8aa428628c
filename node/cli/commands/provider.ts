import { Command } from 'commander';

import type { ExitCode } from '../../core/errors.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';
import { addDryRunOption, type DryRunOption } from '../dry-run.ts';
import { parseAddress, parseCount } from '../parse-options.ts';
import type { CacheAddOptions } from './provider-cache.ts';
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
  return provider.addCommand(maintenanceCommand(context)).addCommand(cacheCommand(context));
}

function cacheCommand(context: ProgramContext): Command {
  const add = addSetupOptions(
    new Command('add')
      .description(
        'read shards of an object, with the wallet of the client, and have the running provider cache them: as many as give the object back, those that cost least first',
      )
      .argument('<object>', 'name of the object, its key, or the start of its key')
      .option('--from <owner>', "an object of another wallet, by that wallet's address", parseAddress)
      .option('--all', 'all of its shards'),
  );
  add.action(async (reference: string, options: CacheAddOptions) =>
    runCommand(context, add, async (run) => (await import('./provider-cache.ts')).addToCache(run, reference, options)),
  );
  const ls = addSetupOptions(new Command('ls').description('list what is cached, the most recently read first'));
  ls.action(async (options: SetupOptions) =>
    runCommand(context, ls, async (run) => (await import('./provider-cache.ts')).listCache(run, options)),
  );
  const rm = addSetupOptions(
    new Command('rm')
      .description('forget what is cached')
      .argument('<root|object>', 'root of a shard, key of an object, or the start of either'),
  );
  rm.action(async (reference: string, options: SetupOptions) =>
    runCommand(context, rm, async (run) =>
      (await import('./provider-cache.ts')).removeFromCache(run, reference, options),
    ),
  );
  return new Command('cache')
    .description(
      "sell reads of others' shards without an agreement: a copy that readers find and that owes nobody anything",
    )
    .addCommand(add)
    .addCommand(ls)
    .addCommand(rm)
    .addHelpText('after', CACHE_HELP);
}

const CACHE_HELP = `
The provider caches as much as cache.size says, at cache.price-per-mib; what was read least recently makes room. Who may read a shard may read it here, too.
A node that only caches is a provider without an ask (stake = "0" and ask.publish = "none"): it is registered, as readers pay its node key.

Examples:
  stowmarket provider cache add report.pdf --from 0x8ba1f109551bD432803012645Ac136ddd64DBA72
  stowmarket provider cache add backup/photos --all
  stowmarket provider cache ls
  stowmarket provider cache rm 3fa9c1
`;

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
