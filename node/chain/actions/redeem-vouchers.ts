import type { TransactionReceipt } from 'viem';

import type { SignedVoucher } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { retrievalChannelsAbi } from '../abi/retrieval-channels.ts';
import { type ContractCall, contractCall } from '../contract-call.ts';
import type { ChainView } from '../client.ts';
import type { Sender } from '../tx-sender.ts';

/** What `redeemVouchers` sends. One that brings nothing new is passed over, so that nobody can void the others. */
function redeemCall(view: ChainView, redemptions: readonly SignedVoucher[]): ContractCall {
  const contract = { address: view.deployment.contracts.retrievalChannels, abi: retrievalChannelsAbi } as const;
  const [first] = redemptions;
  if (redemptions.length === 1 && first !== undefined) {
    return contractCall(`redeem the voucher over channel ${first.voucher.channel}`, {
      ...contract,
      functionName: 'redeem',
      args: [first.voucher, first.signature],
    });
  }
  return contractCall(`redeem vouchers over ${redemptions.length} channels`, {
    ...contract,
    functionName: 'redeemBatch',
    args: [redemptions],
  });
}

/** Has what vouchers promise paid to their providers. Anybody may. */
export async function redeemVouchers(
  sender: Sender,
  redemptions: readonly SignedVoucher[],
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  return sender.send(redeemCall(sender.view, redemptions), options);
}
