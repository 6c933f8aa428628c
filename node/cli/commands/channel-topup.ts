import { planTopUpFromWallet, topUpChannelFromWallet } from '../../chain/actions/fund-channel.ts';
import { topUpChannel } from '../../chain/actions/top-up-channel.ts';
import { readBalances } from '../../chain/actions/read-balances.ts';
import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { ownChannel } from '../channel-errors.ts';
import { withSession } from '../client-setup.ts';
import { confirm } from '../confirm.ts';
import { accountOf, type DryRunOption, reportDryRun } from '../dry-run.ts';
import { fundingOf, fundingText, walletText } from '../escrow-funds.ts';
import { formatAmount, instant } from '../format.ts';
import { mayBeMined, tellingWhatWasDone } from '../interrupt.ts';
import { type Expiry, expiryFrom } from '../parse-options.ts';
import type { Run } from '../program-context.ts';

export interface ChannelTopUpOptions extends DryRunOption {
  expires?: Expiry;
  fromWallet?: boolean;
  yes?: boolean;
}

const MAY_BE_MINED = mayBeMined('`stowmarket channel list` shows it');

/** `channel topup` */
export async function topUpOne(
  run: Run,
  { channel, amount }: { channel: bigint; amount: bigint },
  options: ChannelTopUpOptions,
): Promise<void> {
  const { output, signal, io } = run;
  const isDry = options.dryRun === true;
  await withSession(run, { wallet: !isDry }, async (session, { config }) => {
    const { chain, index } = session.market;
    const row = await ownChannel(index, channel, session.address);
    if (row.status === 'closed') throw closed(channel, row.provider);
    const funding = fundingOf(amount, await readBalances(chain, session.address, { signal }), options);
    const { fromEscrow, fromWallet } = funding;
    const { seconds } = await readChainTime(chain, { signal });
    const expiry = options.expires === undefined ? row.expiry : expiryFrom(options.expires, seconds);
    const wanted = { channel, amount, expiry };
    if (isDry) {
      const dry = session.drySender();
      if (fromWallet > 0n) await planTopUpFromWallet(dry, { ...wanted, fromWallet }, { signal });
      else await topUpChannel(dry, wanted, { signal });
      const to = `channel ${channel}`;
      return reportDryRun(run, {
        command: 'channel topup',
        record: { ...wanted, fromWallet },
        lines: [`would put ${formatAmount(amount)} more behind channel ${channel}, until ${instant(expiry)}`],
        moves: [
          { amount: fromEscrow, from: accountOf(session.address), to },
          { amount: fromWallet, from: `wallet ${session.address}`, to },
        ],
        senders: [dry],
        tokensPerCoin: config.quote.tokensPerCoin,
      });
    }
    if (options.yes !== true && amount > 0n)
      await confirm(io, `Lock ${formatAmount(amount)}${fundingText(funding)} behind channel ${channel}?`);
    const sender = await session.sender();
    const { transactionHash } = await tellingWhatWasDone(signal, MAY_BE_MINED, async () =>
      fromWallet > 0n
        ? topUpChannelFromWallet(sender, { ...wanted, fromWallet }, { signal })
        : topUpChannel(sender, wanted, { signal }),
    );
    const deposit = row.deposit + amount;
    output.result(
      { type: 'channel-topped-up', ...wanted, fromWallet, deposit, transaction: transactionHash },
      `${formatAmount(deposit)} stand behind channel ${channel}, until ${instant(expiry)}${walletText(funding)}`,
    );
    return undefined;
  });
}

function closed(channel: bigint, provider: number): StowError {
  return new StowError({
    code: 'channel-closed',
    message: `channel ${channel} is closed; nothing was sent`,
    hint: `open another with \`stowmarket channel open ${provider} AMOUNT\``,
    exitCode: ExitCode.usage,
  });
}
