import { Command } from 'commander';

import { addDryRunOption, type DryRunOption } from '../dry-run.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';
import { importWallet, newWallet, showAddress } from './wallet-keys.ts';
import { publishWalletKey } from './wallet-publish.ts';
import { sessionCommand } from './wallet-session.ts';
import { depositTokens, showBalance, withdrawTokens, type WithdrawOptions } from './wallet-money.ts';

/** `stowmarket wallet …`: the client's key and money. */
export function walletCommand(context: ProgramContext): Command {
  const wallet = new Command('wallet').description("the client's wallet: its key, and its tokens in escrow");
  const add = (command: Command, handler: (run: Run, ...args: string[]) => Promise<void>): void => {
    command.action(async (...params: unknown[]) =>
      runCommand(context, command, async (run) => handler(run, ...params.filter((param) => typeof param === 'string'))),
    );
    wallet.addCommand(command);
  };
  add(new Command('new').description('create a wallet in a new keystore').addHelpText('after', NEW_HELP), newWallet);
  add(
    new Command('import')
      .description('put an existing private key into a new keystore')
      .argument('[file]', 'file with the key in hex, or - for standard input (default: STOWMARKET_KEY, or a question)')
      .addHelpText('after', IMPORT_HELP),
    importWallet,
  );
  add(new Command('address').description("show the wallet's address"), showAddress);
  add(new Command('balance').description('show what is in escrow, in the wallet, and left for gas'), showBalance);
  wallet.addCommand(depositCommand(context));
  wallet.addCommand(withdrawCommand(context));
  wallet.addCommand(publishCommand(context));
  wallet.addCommand(sessionCommand(context));
  return wallet;
}

function depositCommand(context: ProgramContext): Command {
  const command = addDryRunOption(
    new Command('deposit')
      .description('move tokens from the wallet into its escrow account')
      .argument('<tokens>', 'how many, such as 12.5'),
  ).addHelpText('after', DEPOSIT_HELP);
  command.action(async (amount: string, options: DryRunOption) =>
    runCommand(context, command, async (run) => depositTokens(run, amount, options)),
  );
  return command;
}

function withdrawCommand(context: ProgramContext): Command {
  const command = addDryRunOption(
    new Command('withdraw')
      .description('move free tokens out of escrow')
      .argument('<tokens|all>', 'how many, such as 12.5, or all')
      .option('--to <address>', "who gets them (default: the wallet's own address)"),
  ).addHelpText(
    'after',
    '\nExamples:\n  stowmarket wallet withdraw 12.5\n  stowmarket wallet withdraw all --dry-run\n  stowmarket wallet withdraw all --to 0x8ba1f109551bD432803012645Ac136ddd64DBA72\n',
  );
  command.action(async (amount: string, options: WithdrawOptions) =>
    runCommand(context, command, async (run) => withdrawTokens(run, amount, options)),
  );
  return command;
}

function publishCommand(context: ProgramContext): Command {
  const command = addDryRunOption(
    new Command('publish-key').description(
      "publish the wallet's public key, so that others can share their objects with it",
    ),
  ).addHelpText('after', '\nExamples:\n  stowmarket wallet publish-key --dry-run\n  stowmarket wallet publish-key\n');
  command.action(async (options: DryRunOption) =>
    runCommand(context, command, async (run) => publishWalletKey(run, options)),
  );
  return command;
}

const DEPOSIT_HELP = `
In one transaction where the token has permits (ERC-2612), or the wallet approved Permit2 for it and the market has one; else in two.

Examples:
  stowmarket wallet deposit 100 --dry-run
  stowmarket wallet deposit 100
`;

const NEW_HELP = `
Examples:
  stowmarket wallet new
  stowmarket wallet new --account savings --password-file ~/.stowmarket-password
`;

const IMPORT_HELP = `
Examples:
  stowmarket wallet import key.txt
  STOWMARKET_KEY=0x… stowmarket wallet import
`;
