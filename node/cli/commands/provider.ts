import { Command } from 'commander';

import type { ExitCode } from '../../core/errors.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';
import { addSetupOptions, type SetupOptions } from './provider-setup.ts';

type Handler = (run: Run, options: SetupOptions) => Promise<ExitCode | void>;

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
    command.action(async (options: SetupOptions) =>
      runCommand(context, command, async (run) => (await load())(run, options)),
    );
    provider.addCommand(command);
  }
  return provider;
}
