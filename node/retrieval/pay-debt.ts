import { ExitCode, StowError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Address, Hex, RetrievalContract, Voucher } from '../market/messages.ts';
import { formatTokens } from '../market/money.ts';
import type { Holder } from '../transfer/read/holder.ts';
import type { ChannelPayer } from './channel-payer.ts';
import { Credit } from './credit.ts';
import type { AgreeAnswer } from './messages.ts';
import type { SentVouchers } from './voucher-store.ts';

export interface DebtComponents {
  readonly client: Address;
  readonly sent: SentVouchers;
  readonly verifyVoucher: (voucher: Voucher, signature: Hex, client: Address) => boolean;
  readonly logger: Logger;
}

/**
 * Takes over a voucher of this wallet that the provider has and this machine does not know of: it lost its record, or another machine pays, too.
 * @throws StowError `retrieval-countersignature-bad`
 */
export function adoptLast(
  { client, sent, verifyVoucher, logger }: DebtComponents,
  holder: Holder,
  { channel }: RetrievalContract,
  { last }: AgreeAnswer,
): void {
  if (last === undefined || last.voucher.amount <= sent.promised(channel).amount) return;
  if (last.voucher.channel !== channel || !verifyVoucher(last.voucher, last.signature, client))
    throw new StowError({
      code: 'retrieval-countersignature-bad',
      message: `provider ${holder.provider.id} shows a voucher over channel ${channel} that this wallet never signed`,
      hint: 'it is read elsewhere where enough other shards are left; close the channel',
      exitCode: ExitCode.integrity,
    });
  sent.adopt(last);
  logger.warn({ channel }, 'the provider has a higher voucher than this machine knows of: going on from that');
}

/**
 * Pays what the provider waits for: what was promised last may have been lost on its way, with the process that promised it.
 * @throws StowError `retrieval-disputed`
 */
export async function payDebt(
  { sent, logger }: DebtComponents,
  holder: Holder,
  payer: ChannelPayer,
  { contract, answer }: { contract: RetrievalContract; answer: AgreeAnswer },
): Promise<void> {
  const { channel, pricePerMiB } = contract;
  const conceded = concede(sent, payer, { pricePerMiB, due: answer.due });
  if (conceded === undefined) throw disputed(holder, channel, answer.due - sent.promised(channel).amount);
  if (conceded > 0n) logger.warn({ channel, conceded }, 'paid for bytes that the provider sent and that never came');
  const { amount } = sent.promised(channel);
  if (amount > (answer.last?.voucher.amount ?? 0n)) await payer.sendPromised(conceded);
}

/**
 * The provider counts more as sent than was paid: a connection broke, or this machine crashed. That is given up, up to one credit over the channel's
 * whole life; so an honest pair goes on, and a provider that makes it up gains no more than it risks itself.
 * @returns token wei that are promised for that, and not yet sent; undefined when it is more than is given up
 */
function concede(
  sent: SentVouchers,
  { channel, deposit }: ChannelPayer,
  { pricePerMiB, due }: { pricePerMiB: bigint; due: bigint },
): bigint | undefined {
  const { amount } = sent.promised(channel);
  if (due <= amount) return 0n;
  const mostConceded = (paidFor: bigint): bigint => new Credit(paidFor).limit(pricePerMiB);
  const promised = sent.concede(channel, due - amount, { most: deposit, mostConceded });
  return promised === undefined ? undefined : due - amount;
}

function disputed(holder: Holder, channel: bigint, wanted: bigint): StowError {
  return new StowError({
    code: 'retrieval-disputed',
    message: `provider ${holder.provider.id} wants ${formatTokens(wanted)} over channel ${channel} for bytes that never came, more than is given up for a channel`,
    hint: `it is read elsewhere where enough other shards are left; close the channel: stowmarket channel close ${channel}`,
    exitCode: ExitCode.funds,
  });
}
