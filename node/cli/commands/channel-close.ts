import type { TransactionReceipt } from 'viem';

import { closeChannel } from '../../chain/actions/close-channel.ts';
import { startClosing } from '../../chain/actions/start-closing.ts';
import { withdrawChannel } from '../../chain/actions/withdraw-channel.ts';
import type { ChannelRow } from '../../chain/market-index.ts';
import type { CloseConsent } from '../../client/session/ask-to-close.ts';
import type { ClientSession } from '../../client/session/open-session.ts';
import { messageOf } from '../../core/errors.ts';
import type { ChannelPhase } from '../../market/channel.ts';
import { readChannelClock } from '../channel-clock.ts';
import { ownChannel } from '../channel-errors.ts';
import { withSession } from '../client-setup.ts';
import { accountOf, type DryRunOption, reportDryRun } from '../dry-run.ts';
import { formatAmount, instant } from '../format.ts';
import { mayBeMined, tellingWhatWasDone } from '../interrupt.ts';
import type { Run } from '../program-context.ts';

export interface ChannelCloseOptions extends DryRunOption {
  oneSided?: boolean;
}

/** A close with both sides' consent (`snapshots/gas.json`), rounded up. */
const CLOSE_GAS = 60_000n;
const MAY_BE_MINED = mayBeMined('`stowmarket channel list --all` tells');

/** A channel that is to end, and where it stands. */
interface Ending {
  row: ChannelRow;
  phase: ChannelPhase;
  /** Unix seconds from which it takes no vouchers. */
  closesAt: number;
  /** Seconds that its provider has once its client starts to close it. */
  disputeSeconds: number;
}

/** `channel close` */
export async function closeOne(run: Run, channel: bigint, options: ChannelCloseOptions): Promise<void> {
  const { signal } = run;
  const isDry = options.dryRun === true;
  await withSession(run, { wallet: !isDry }, async (session, { config }) => {
    const row = await ownChannel(session.market.index, channel, session.address);
    const clock = await readChannelClock(session, { signal });
    const phase = clock.phaseOf(row);
    const ending = { row, phase, closesAt: clock.closesAtOf(row), disputeSeconds: clock.disputeSeconds };
    if (phase === 'closed') return reportClosed(run, row, { how: 'earlier' });
    if (isDry) return plan(run, session, ending, { ...options, tokensPerCoin: config.quote.tokensPerCoin });
    if (phase === 'over') return withdraw(run, session, row);
    const consent = options.oneSided === true ? undefined : await consentTo(run, session, row);
    if (consent !== undefined) return closeTogether(run, session, row, consent);
    return phase === 'open' ? startAlone(run, session, row) : reportClosing(run, row, { closesAt: ending.closesAt });
  });
}

/** The provider's consent; undefined when it is not there, or does not agree. */
async function consentTo(run: Run, session: ClientSession, row: ChannelRow): Promise<CloseConsent | undefined> {
  const { output, signal } = run;
  output.talk(`asking provider ${row.provider} to agree`);
  try {
    return await session.askToClose(row, { signal });
  } catch (error) {
    signal.throwIfAborted();
    output.warn(`provider ${row.provider} does not agree: ${messageOf(error)}`);
    return undefined;
  }
}

async function closeTogether(run: Run, session: ClientSession, row: ChannelRow, consent: CloseConsent): Promise<void> {
  const { signal } = run;
  const { voucher, ...closing } = consent;
  const sender = await session.sender();
  const receipt = await tellingWhatWasDone(signal, MAY_BE_MINED, async () =>
    closeChannel(sender, { voucher, closing }, { signal }),
  );
  reportClosed(run, row, { how: 'agreed', receipt, paid: voucher.amount });
}

async function withdraw(run: Run, session: ClientSession, row: ChannelRow): Promise<void> {
  const { signal } = run;
  const sender = await session.sender();
  const receipt = await tellingWhatWasDone(signal, MAY_BE_MINED, async () =>
    withdrawChannel(sender, { channel: row.channel }, { signal }),
  );
  reportClosed(run, row, { how: 'withdrawn', receipt, paid: row.redeemed });
}

async function startAlone(run: Run, session: ClientSession, row: ChannelRow): Promise<void> {
  const { signal } = run;
  const { channel } = row;
  const sender = await session.sender();
  const receipt = await tellingWhatWasDone(signal, MAY_BE_MINED, async () =>
    startClosing(sender, { channel }, { signal }),
  );
  await session.market.syncTo(receipt.blockNumber, { signal });
  const { closesAt = 0 } = (await session.market.index.channels([channel])).get(channel) ?? {};
  reportClosing(run, row, { closesAt, receipt });
}

function reportClosed(
  { output }: Run,
  { channel, deposit }: ChannelRow,
  { how, receipt, paid }: { how: 'agreed' | 'withdrawn' | 'earlier'; receipt?: TransactionReceipt; paid?: bigint },
): void {
  const refunded = paid === undefined ? undefined : deposit - paid;
  output.result(
    { type: 'channel-closed', channel, how, paid, refunded, transaction: receipt?.transactionHash },
    refunded === undefined
      ? `channel ${channel} is closed already`
      : `channel ${channel} is closed: ${formatAmount(paid ?? 0n)} were paid over it, and ${formatAmount(refunded)} are free in escrow again`,
  );
}

function reportClosing(
  { output }: Run,
  { channel, deposit, redeemed }: ChannelRow,
  { closesAt, receipt }: { closesAt: number; receipt?: TransactionReceipt },
): void {
  output.result(
    {
      type: 'channel-closing',
      channel,
      closesAt,
      atMost: deposit - redeemed,
      transaction: receipt?.transactionHash,
    },
    `channel ${channel} is closing: its provider may show its last voucher until ${instant(closesAt)}; ` +
      `run \`stowmarket channel close ${channel}\` again after that, and the rest, ${formatAmount(deposit - redeemed)} at most, is yours`,
  );
}

async function plan(
  run: Run,
  session: ClientSession,
  { row, phase, closesAt, disputeSeconds }: Ending,
  { oneSided, tokensPerCoin }: ChannelCloseOptions & { tokensPerCoin?: bigint | undefined },
): Promise<void> {
  const { signal } = run;
  const { channel, deposit, redeemed, provider } = row;
  const dry = session.drySender();
  const promised = session.payments.promised(channel).amount;
  const paid = promised > redeemed ? promised : redeemed;
  const back = { amount: deposit - paid, from: `channel ${channel}`, to: accountOf(session.address) };
  const lines: string[] = [];
  if (phase === 'over') {
    await withdrawChannel(dry, { channel }, { signal });
    lines.push(`channel ${channel} would be closed`);
  } else if (oneSided !== true) {
    const to = session.market.chain.deployment.contracts.retrievalChannels;
    await dry.assume({ doing: `close channel ${channel}`, to, gas: CLOSE_GAS }, { signal });
    lines.push(
      `would ask provider ${provider} to agree, and close channel ${channel} at once; without its consent, from one side`,
    );
  } else if (phase === 'open') {
    await startClosing(dry, { channel }, { signal });
    lines.push(`channel ${channel} would be closing; what is left would be yours ${disputeSeconds} seconds later`);
  } else lines.push(`nothing to do before ${instant(closesAt)}`);
  const isPaidOut = phase === 'over' || oneSided !== true;
  const due = { amount: paid - redeemed, from: `channel ${channel}`, to: `provider ${provider}` };
  await reportDryRun(run, {
    command: 'channel close',
    record: { channel, phase, closesAt, promised: paid },
    lines,
    moves: isPaidOut ? (phase === 'over' ? [{ ...back, amount: deposit - redeemed }] : [due, back]) : [],
    senders: [dry],
    tokensPerCoin,
  });
}
