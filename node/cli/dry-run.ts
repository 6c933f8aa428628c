import type { Command } from 'commander';

import type { DrySender } from '../chain/dry-sender.ts';
import { gasInTokens } from '../market/all-in.ts';
import { formatAmount, formatCount, plural } from './format.ts';
import type { JsonRecord } from './output.ts';
import type { Run } from './program-context.ts';

/** What every command that moves money takes. */
export interface DryRunOption {
  dryRun?: boolean;
}

/** Tokens that would change hands. */
export interface Move {
  /** Token wei. */
  amount: bigint;
  /** As people read them: `wallet 0x…`, `escrow account of 0x…`. */
  from: string;
  to: string;
}

/** What a command would have done. */
export interface DryRun {
  /** The command, without the program's name: `wallet withdraw`. */
  command: string;
  /** What programs need to know beside that. */
  record?: Record<string, unknown>;
  /** What it would do, in words. */
  lines: readonly string[];
  moves: readonly Move[];
  /** Those that would have sent: one for each wallet. */
  senders: readonly DrySender[];
  /** What one of the chain's coins is worth in tokens, token wei; undefined when nobody said. */
  tokensPerCoin?: bigint | undefined;
}

/** Said at the end of every dry run. */
export const NOTHING_SENT = 'nothing was sent (--dry-run)';

export function addDryRunOption(command: Command): Command {
  return command.option('--dry-run', 'say what would be sent and moved, and send nothing; asks for no password');
}

export function accountOf(owner: string): string {
  return `escrow account of ${owner}`;
}

/** Says what would be sent and moved, and what that would cost. */
export async function reportDryRun({ output, signal }: Run, dry: DryRun): Promise<void> {
  const sending = await sendingOf(dry, { signal });
  const moves = dry.moves.filter(({ amount }) => amount > 0n);
  output.result(
    { type: 'dry-run', command: dry.command, ...dry.record, moves, ...sending.record },
    [
      ...dry.lines,
      ...moves.map(({ amount, from, to }) => `  ${formatAmount(amount)} from ${from} to ${to}`),
      ...sending.lines,
      NOTHING_SENT,
    ].join('\n'),
  );
}

/** The transactions of a dry run and their gas, for programs and for people. */
export async function sendingOf(
  { senders, tokensPerCoin }: Pick<DryRun, 'senders' | 'tokensPerCoin'>,
  options: { signal: AbortSignal },
): Promise<{ record: Omit<JsonRecord, 'type'>; lines: string[] }> {
  const transactions = senders.flatMap(({ address, planned }) => planned.map((call) => ({ ...call, sender: address })));
  const gas = transactions.reduce((sum, call) => sum + call.gas, 0n);
  const costs = await Promise.all(senders.map(async (sender) => sender.costWei(options)));
  const gasWei = costs.reduce((sum, cost) => sum + cost, 0n);
  const gasTokens = gasInTokens(gasWei, tokensPerCoin);
  const inTokens = gasTokens === undefined ? '' : `, or ${formatAmount(gasTokens)}`;
  return {
    record: {
      transactions: transactions.map(({ doing, sender, to, gas: used, simulated }) => ({
        doing,
        sender,
        to,
        gas: used,
        simulated,
      })),
      gas,
      gasWei,
      gasTokens,
    },
    lines:
      transactions.length === 0
        ? ['no transaction']
        : [
            ...transactions.map(
              ({ doing, simulated }) =>
                `  ${doing}${simulated ? '' : ' (not tried: it needs a signature or an earlier one)'}`,
            ),
            `${plural(transactions.length, 'transaction')}, about ${formatCount(gas)} gas: ${formatAmount(gasWei, "of the chain's coin")}${inTokens}`,
          ],
  };
}
