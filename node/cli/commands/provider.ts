import { Command } from 'commander';

import { runCommand, type ProgramContext, type Run } from '../program-context.ts';
import { initProvider } from './provider-init.ts';
import { registerProvider } from './provider-register.ts';
import { addSetupOptions, type SetupOptions } from './provider-setup.ts';
import { startProvider } from './provider-start.ts';
import { showProviderStatus } from './provider-status.ts';
import { stopProvider } from './provider-stop.ts';
import type { ExitCode } from '../../core/errors.ts';

type Handler = (run: Run, options: SetupOptions) => Promise<ExitCode | void>;

const SUBCOMMANDS: readonly [name: string, description: string, handler: Handler][] = [
  ['init', 'write the configuration and create the keys; overwrites nothing', initProvider],
  ['register', 'register, lock the bond and stake, without starting', registerProvider],
  ['start', 'run the provider in the foreground; registers it first when it has to and can', startProvider],
  ['status', 'show what the running provider holds, earns and owes', showProviderStatus],
  ['stop', 'stop the running provider and wait until it has ended', stopProvider],
];

/** `stowmarket provider …`: sell storage. */
export function providerCommand(context: ProgramContext): Command {
  const provider = new Command('provider').description('sell storage: run a provider on this machine');
  for (const [name, description, handler] of SUBCOMMANDS) {
    const command = addSetupOptions(new Command(name).description(description));
    command.action(async (options: SetupOptions) => runCommand(context, command, (run) => handler(run, options)));
    provider.addCommand(command);
  }
  return provider;
}
