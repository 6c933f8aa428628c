import { Command, Option } from 'commander';

import { addDryRunOption } from '../dry-run.ts';
import { parseAmount, parseChannel, parseExpiry, parseProviderId } from '../parse-options.ts';
import { runCommand, type ProgramContext } from '../program-context.ts';
import type { ChannelCloseOptions } from './channel-close.ts';
import type { ChannelListOptions } from './channel-list.ts';
import type { ChannelOpenOptions } from './channel-open.ts';
import type { ChannelTopUpOptions } from './channel-topup.ts';

/** A month of reading: long enough not to be thought of, short enough that a forgotten deposit is back soon. */
const DEFAULT_LIFE = '30d';

/** `stowmarket channel …`: deposits out of which reads are paid. */
export function channelCommand(context: ProgramContext): Command {
  return new Command('channel')
    .description('pay for reads: put tokens behind a channel to a provider, see what is left, and get it back')
    .addCommand(listCommand(context), { isDefault: true })
    .addCommand(openCommand(context))
    .addCommand(topUpCommand(context))
    .addCommand(closeCommand(context));
}

function listCommand(context: ProgramContext): Command {
  const command = new Command('list')
    .description("list this wallet's channels: what stands behind them, was promised, was redeemed and is left")
    .option('--all', 'also those that are closed')
    .addHelpText('after', '\nExamples:\n  stowmarket channel list\n  stowmarket channel list --all --json\n');
  command.action(async (options: ChannelListOptions) =>
    runCommand(context, command, async (run) => (await import('./channel-list.ts')).listChannels(run, options)),
  );
  return command;
}

function openCommand(context: ProgramContext): Command {
  const command = addDryRunOption(
    new Command('open')
      .description(
        'put tokens of the escrow account, and of the wallet where that holds too few, behind a channel to a provider',
      )
      .argument('<provider>', 'its number', parseProviderId)
      .argument('<amount>', 'tokens', parseAmount)
      .addOption(
        new Option('--expires <duration|date>', 'when it closes by itself, such as 12h, 30d or 2030-01-31')
          .argParser(parseExpiry)
          .default(parseExpiry(DEFAULT_LIFE), DEFAULT_LIFE),
      )
      .option(
        '--from-wallet',
        'take all of it from the wallet, in the same transaction, and leave the escrow account as it is',
      )
      .option('--another', 'open one although one to this provider is open')
      .option('--yes', 'do not ask before tokens are locked'),
  ).addHelpText('after', OPEN_HELP);
  command.action(async (provider: number, amount: bigint, options: ChannelOpenOptions) =>
    runCommand(context, command, async (run) =>
      (await import('./channel-open.ts')).openOne(run, { provider, amount }, options),
    ),
  );
  return command;
}

const OPEN_HELP = `
Reads of a provider that asks for money are paid out of a channel to it, by vouchers that this machine signs as checked bytes arrive; one channel
serves any number of reads of any objects. What the escrow account lacks is taken from the wallet in the same transaction, without a deposit before it. What is not promised by then comes back when the channel is closed.

Examples:
  stowmarket channel open 3 0.5 --dry-run
  stowmarket channel open 3 0.5 --expires 30d --yes
  stowmarket channel open 3 0.5 --from-wallet --yes
`;

function topUpCommand(context: ProgramContext): Command {
  const command = addDryRunOption(
    new Command('topup')
      .description('put more behind a channel, or let it live longer')
      .argument('<channel>', 'its number', parseChannel)
      .argument('<amount>', 'tokens; 0 with --expires for a longer life alone', parseAmount)
      .option(
        '--from-wallet',
        'take all of it from the wallet, in the same transaction, and leave the escrow account as it is',
      )
      .option('--expires <duration|date>', 'when it closes by itself from now on, not earlier than before', parseExpiry)
      .option('--yes', 'do not ask before tokens are locked'),
  ).addHelpText('after', TOP_UP_HELP);
  command.action(async (channel: bigint, amount: bigint, options: ChannelTopUpOptions) =>
    runCommand(context, command, async (run) =>
      (await import('./channel-topup.ts')).topUpOne(run, { channel, amount }, options),
    ),
  );
  return command;
}

const TOP_UP_HELP = `
What the escrow account lacks is taken from the wallet in the same transaction.

Examples:
  stowmarket channel topup 1 0.5 --yes
  stowmarket channel topup 1 0 --expires 60d --yes
`;

function closeCommand(context: ProgramContext): Command {
  const command = addDryRunOption(
    new Command('close')
      .description('end a channel, and get back what was not promised')
      .argument('<channel>', 'its number', parseChannel)
      .option('--one-sided', 'do not ask the provider: it then has the dispute window to show its last voucher'),
  ).addHelpText('after', CLOSE_HELP);
  command.action(async (channel: bigint, options: ChannelCloseOptions) =>
    runCommand(context, command, async (run) => (await import('./channel-close.ts')).closeOne(run, channel, options)),
  );
  return command;
}

const CLOSE_HELP = `
The provider is asked to agree: then the channel ends at once. Where it does not answer or agree, the closing starts from one side; run the command
again once the dispute window is over (it says when), and the rest comes back. Running it once too often does no harm.

Examples:
  stowmarket channel close 1 --dry-run
  stowmarket channel close 1
`;
