import { openChannelFromWallet, planOpenFromWallet } from '../../chain/actions/fund-channel.ts';
import { openChannel, openChannelCall } from '../../chain/actions/open-channel.ts';
import { readBalances } from '../../chain/actions/read-balances.ts';
import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import type { ChannelRow, MarketIndex } from '../../chain/market-index.ts';
import type { ClientSession } from '../../client/session/open-session.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { readChannelClock } from '../channel-clock.ts';
import { withSession } from '../client-setup.ts';
import { confirm } from '../confirm.ts';
import { accountOf, type DryRunOption, reportDryRun } from '../dry-run.ts';
import { fundingOf, fundingText, walletText } from '../escrow-funds.ts';
import { formatAmount, instant } from '../format.ts';
import { mayBeMined, tellingWhatWasDone } from '../interrupt.ts';
import { type Expiry, expiryFrom } from '../parse-options.ts';
import type { Run } from '../program-context.ts';
import { unknownProvider } from '../unknown-provider.ts';

export interface ChannelOpenOptions extends DryRunOption {
  expires: Expiry;
  another?: boolean;
  fromWallet?: boolean;
  yes?: boolean;
}

const MAY_BE_MINED = mayBeMined('`stowmarket channel list` shows it');

/** `channel open` */
export async function openOne(
  run: Run,
  { provider, amount }: { provider: number; amount: bigint },
  options: ChannelOpenOptions,
): Promise<void> {
  const { output, signal, io } = run;
  const isDry = options.dryRun === true;
  await withSession(run, { wallet: !isDry }, async (session, { config }) => {
    const { chain, index } = session.market;
    const row = await index.provider(provider);
    if (row === undefined) throw unknownProvider(String(provider), await index.providerCount());
    if (row.failed) throw failedProvider(provider);
    if (options.another !== true) await requireNoneOpen(session, provider, signal);
    const funding = fundingOf(amount, await readBalances(chain, session.address, { signal }), options);
    const { fromEscrow, fromWallet } = funding;
    const { seconds } = await readChainTime(chain, { signal });
    const expiry = expiryFrom(options.expires, seconds);
    const wanted = { provider, amount, expiry };
    if (isDry) {
      const dry = session.drySender();
      if (fromWallet > 0n) await planOpenFromWallet(dry, { ...wanted, fromWallet }, { signal });
      else await dry.send(openChannelCall(chain, { ...wanted, client: session.address }), { signal });
      const to = `a channel to provider ${provider}`;
      return reportDryRun(run, {
        command: 'channel open',
        record: { ...wanted, fromWallet },
        lines: [`would open a channel of ${formatAmount(amount)} to provider ${provider}, until ${instant(expiry)}`],
        moves: [
          { amount: fromEscrow, from: accountOf(session.address), to },
          { amount: fromWallet, from: `wallet ${session.address}`, to },
        ],
        senders: [dry],
        tokensPerCoin: config.quote.tokensPerCoin,
      });
    }
    if (options.yes !== true)
      await confirm(
        io,
        `Lock ${formatAmount(amount)}${fundingText(funding)} behind a channel to provider ${provider}?`,
      );
    const sender = await session.sender();
    const { channel, receipt } = await tellingWhatWasDone(signal, MAY_BE_MINED, async () =>
      fromWallet > 0n
        ? openChannelFromWallet(sender, { ...wanted, fromWallet }, { signal })
        : openChannel(sender, wanted, { signal }),
    );
    output.result(
      { type: 'channel-opened', channel, ...wanted, fromWallet, transaction: receipt.transactionHash },
      `channel ${channel} to provider ${provider}: ${formatAmount(amount)} stand behind it until ${instant(expiry)}${walletText(funding)}`,
    );
    return undefined;
  });
}

/** What was not finished may be run again: it opens no second channel by mistake. */
async function requireNoneOpen(session: ClientSession, provider: number, signal: AbortSignal): Promise<void> {
  const open = await openTo(session.market.index, session, provider);
  if (open.length === 0) return;
  const { phaseOf } = await readChannelClock(session, { signal });
  const found = open.find((row) => phaseOf(row) === 'open');
  if (found === undefined) return;
  throw new StowError({
    code: 'channel-there',
    message: `channel ${found.channel} to provider ${provider} is open, with ${formatAmount(found.deposit - found.redeemed)} that were not redeemed; nothing was sent`,
    hint: `put more behind it with \`stowmarket channel topup ${found.channel} AMOUNT\`, or open a second one with --another`,
    exitCode: ExitCode.usage,
  });
}

async function openTo(
  index: Pick<MarketIndex, 'channelsOfClient'>,
  { address }: Pick<ClientSession, 'address'>,
  provider: number,
): Promise<ChannelRow[]> {
  const mine = await index.channelsOfClient(address);
  return mine.filter((row) => row.provider === provider && row.status === 'open');
}

function failedProvider(provider: number): StowError {
  return new StowError({
    code: 'provider-failed',
    message: `provider ${provider} failed for good: the market has ended it`,
    hint: 'choose one that runs: `stowmarket market` lists them',
    exitCode: ExitCode.notFound,
  });
}
