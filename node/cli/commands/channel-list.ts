import type { ChannelRow } from '../../chain/market-index.ts';
import type { ChannelPhase } from '../../market/channel.ts';
import { readChannelClock } from '../channel-clock.ts';
import { withSession } from '../client-setup.ts';
import { formatAmount, formatTable, instant } from '../format.ts';
import type { Run } from '../program-context.ts';

export interface ChannelListOptions {
  all?: boolean;
}

/** A channel as it is shown. */
interface Shown {
  row: ChannelRow;
  /** Token wei that this machine promised, or that was redeemed where that is more. */
  promised: bigint;
  phase: ChannelPhase;
  /** Unix seconds from which it takes no vouchers. */
  closesAt: number;
}

/** `channel list` */
export async function listChannels(run: Run, options: ChannelListOptions): Promise<void> {
  const { output, signal } = run;
  await withSession(run, { wallet: false }, async (session) => {
    const { phaseOf, closesAtOf } = await readChannelClock(session, { signal });
    const all = await session.market.index.channelsOfClient(session.address);
    const shown = all
      .filter(({ status }) => options.all === true || status !== 'closed')
      .map((row): Shown => {
        const promised = session.payments.promised(row.channel).amount;
        return {
          row,
          promised: promised > row.redeemed ? promised : row.redeemed,
          phase: phaseOf(row),
          closesAt: closesAtOf(row),
        };
      });
    for (const { row, promised, phase, closesAt } of shown)
      output.record({ type: 'channel', ...row, promised, left: leftOf(row, promised), phase, closesAt });
    if (shown.length === 0) output.talk('no channels; `stowmarket channel open PROVIDER AMOUNT` opens one');
    else output.text(tableOf(shown));
  });
}

function leftOf({ deposit, status }: ChannelRow, promised: bigint): bigint {
  return status === 'closed' ? 0n : deposit - promised;
}

function tableOf(shown: readonly Shown[]): string {
  return formatTable(
    ['CHANNEL', 'PROVIDER', 'DEPOSIT', 'PROMISED', 'REDEEMED', 'LEFT', 'STATE'],
    shown.map(({ row, promised, phase, closesAt }) => [
      String(row.channel),
      String(row.provider),
      formatAmount(row.deposit),
      formatAmount(promised),
      formatAmount(row.redeemed),
      formatAmount(leftOf(row, promised)),
      stateOf(row, phase, closesAt),
    ]),
  );
}

function stateOf({ channel, expiry }: ChannelRow, phase: ChannelPhase, closesAt: number): string {
  const states: Record<ChannelPhase, string> = {
    open: `open until ${instant(expiry)}`,
    closing: `closing: the rest is yours from ${instant(closesAt)} on`,
    expired: `expired: the rest is yours from ${instant(closesAt)} on`,
    over: `over: \`stowmarket channel close ${channel}\` gives the rest back`,
    closed: 'closed',
  };
  return states[phase];
}
