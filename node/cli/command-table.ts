import type { Command } from 'commander';

import type { ProgramContext } from './program-context.ts';

export interface CommandEntry {
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /** Loads the command. Most bring the chain's or the network's libraries along, which takes a second that `--help` need not wait for. */
  load: () => Promise<(context: ProgramContext) => Command>;
}

/** All commands, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'put',
    summary: 'store a file, a folder, or standard input',
    load: async () => (await import('./commands/put.ts')).putCommand,
  },
  {
    name: 'get',
    summary: 'bring an object back, every byte of it checked',
    load: async () => (await import('./commands/get.ts')).getCommand,
  },
  {
    name: 'ls',
    summary: 'list what this wallet has stored',
    load: async () => (await import('./commands/ls.ts')).lsCommand,
  },
  {
    name: 'rm',
    summary: 'end the agreements over an object; what was locked for later comes back',
    load: async () => (await import('./commands/rm.ts')).rmCommand,
  },
  {
    name: 'pack',
    summary: 'see and tidy the pack, in which small files share agreements',
    load: async () => (await import('./commands/pack.ts')).packCommand,
  },
  {
    name: 'recover',
    summary: 'bring everything back on a new machine, from the wallet alone',
    load: async () => (await import('./commands/recover.ts')).recoverCommand,
  },
  {
    name: 'share',
    summary: 'let another wallet, or everybody, read an object',
    load: async () => (await import('./commands/share.ts')).shareCommand,
  },
  {
    name: 'unshare',
    summary: 'let somebody read an object no more, and store it anew under a fresh key',
    load: async () => (await import('./commands/unshare.ts')).unshareCommand,
  },
  {
    name: 'extend',
    summary: 'store an object for longer, with the same providers at the same price',
    load: async () => (await import('./commands/extend.ts')).extendCommand,
  },
  {
    name: 'renew',
    summary: 'renew what is about to end, here or where it is cheaper, and warn of what cannot be',
    load: async () => (await import('./commands/renew.ts')).renewCommand,
  },
  {
    name: 'repair',
    summary: 'rebuild what failed providers held, onto new ones',
    load: async () => (await import('./commands/repair.ts')).repairCommand,
  },
  {
    name: 'status',
    summary: 'show who holds an object, and whether they prove it',
    load: async () => (await import('./commands/status.ts')).statusCommand,
  },
  {
    name: 'quote',
    summary: 'show what storing something costs now',
    load: async () => (await import('./commands/quote.ts')).quoteCommand,
  },
  {
    name: 'agreements',
    summary: "list this wallet's agreements and what was paid under them",
    load: async () => (await import('./commands/agreements.ts')).agreementsCommand,
  },
  {
    name: 'settle',
    summary: 'collect refunds and compensation, close what is over',
    load: async () => (await import('./commands/settle.ts')).settleCommand,
  },
  {
    name: 'channel',
    summary: 'pay for reads: put tokens behind channels to providers, and get the rest back',
    load: async () => (await import('./commands/channel.ts')).channelCommand,
  },
  {
    name: 'challenge',
    summary: 'make the providers of an object show that they still hold it, behind a bond',
    load: async () => (await import('./commands/challenge.ts')).challengeCommand,
  },
  {
    name: 'demand',
    summary: 'force units of an object out of its providers, on chain, behind a bond for each',
    load: async () => (await import('./commands/demand.ts')).demandCommand,
  },
  {
    name: 'reputation',
    summary: 'show what the chain has seen of a provider',
    load: async () => (await import('./commands/reputation.ts')).reputationCommand,
  },
  {
    name: 'market',
    summary: 'look at the market and its prices',
    load: async () => (await import('./commands/market.ts')).marketCommand,
  },
  {
    name: 'bid',
    summary: 'take back a bid that `put --bid` posted',
    load: async () => (await import('./commands/bid.ts')).bidCommand,
  },
  {
    name: 'audit',
    summary: 'replay every event of the market and compare the outcome with the chain, to the wei',
    load: async () => (await import('./commands/audit.ts')).auditCommand,
  },
  {
    name: 'wallet',
    summary: 'create or import a wallet, see and move its tokens',
    load: async () => (await import('./commands/wallet.ts')).walletCommand,
  },
  {
    name: 'provider',
    summary: 'sell storage: run a provider on this machine',
    load: async () => (await import('./commands/provider.ts')).providerCommand,
  },
  {
    name: 'config',
    summary: 'explain the configuration',
    load: async () => (await import('./commands/config.ts')).configCommand,
  },
];
