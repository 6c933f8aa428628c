import { z } from 'zod';
import type { LocalAccount } from 'viem';

import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import type { ChainView } from '../../chain/client.ts';
import type { ChannelRow } from '../../chain/market-index.ts';
import { signCloseRequest, verifyClosing, verifyVoucher } from '../../chain/retrieval-data.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import type { Closing, Hex } from '../../market/messages.ts';
import {
  CLOSE_CHANNEL_PROTOCOL,
  type CloseAnswer,
  closeAnswerSchema,
  closeMessageSchema,
  MAX_CLOSING_BYTES,
} from '../../retrieval/closing-messages.ts';
import type { KnownProvider } from '../market-view.ts';
import { callProvider, type CallProviderComponents } from './call-provider.ts';

/** How far ahead a request expires: enough for clocks and queues, within the 15 minutes that providers allow. */
const REQUEST_SECONDS = 10 * 60;

export interface AskToCloseComponents extends CallProviderComponents {
  chain: ChainView;
  account: LocalAccount;
}

/** A provider's consent to the end of a channel: what `RetrievalChannels.closeTogether` takes. */
export interface CloseConsent extends Closing {
  readonly signature: Hex;
}

/**
 * Asks a provider to agree to the end of a channel, with what was promised last. It serves nothing over it from then on.
 * @throws StowError what the provider refuses with; `rpc-*` when it is not there; `provider-bad-closing` for an answer that no contract would take
 */
export async function askToClose(
  components: AskToCloseComponents,
  provider: KnownProvider,
  row: ChannelRow,
  options: { signal?: AbortSignal | undefined },
): Promise<CloseConsent> {
  const { chain, account } = components;
  const { seconds } = await readChainTime(chain, options);
  const request = { channel: row.channel, expiry: BigInt(seconds + REQUEST_SECONDS) };
  const signature = await signCloseRequest(account, chain.deployment, request);
  const message = z.encode(closeMessageSchema, { request, signature });
  const answer = await callProvider(
    components,
    provider,
    {
      protocol: CLOSE_CHANNEL_PROTOCOL,
      message,
      schema: closeAnswerSchema,
      maxResponseBytes: MAX_CLOSING_BYTES,
    },
    options,
  );
  const fault = faultOf(chain, provider, row, answer);
  if (fault !== undefined) throw badClosing(provider.id, row.channel, fault);
  return { voucher: answer.voucher, deadline: answer.deadline, signature: answer.signature };
}

/** Why an answer cannot be used; undefined when nothing speaks against it. No more is paid than this wallet signed for. */
function faultOf(
  { deployment }: ChainView,
  provider: KnownProvider,
  row: ChannelRow,
  { voucher, voucherSignature, deadline, signature }: CloseAnswer,
): string | undefined {
  if (voucher.channel !== row.channel) return 'it is about another channel';
  if (voucher.amount < row.redeemed) return 'it promises less than was paid already';
  if (voucher.amount > row.deposit) return 'it promises more than stands behind the channel';
  const isOurs = voucherSignature !== undefined && verifyVoucher(deployment, voucher, voucherSignature, row.client);
  if (voucher.amount > row.redeemed && !isOurs) return 'this wallet did not sign for the amount';
  if (!verifyClosing(deployment, { voucher, deadline }, signature, provider.nodeAddress))
    return 'it is not signed by its node key';
  return undefined;
}

function badClosing(provider: number, channel: bigint, fault: string): StowError {
  return new StowError({
    code: 'provider-bad-closing',
    message: `the consent of provider ${provider} to the end of channel ${channel} cannot be used: ${fault}`,
    hint: 'close from one side (--one-sided)',
    exitCode: ExitCode.integrity,
  });
}
