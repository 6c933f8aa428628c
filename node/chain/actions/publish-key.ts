import type { TransactionReceipt } from 'viem';

import type { Hex } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { catalogAbi } from '../abi/catalog.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

/** Publishes the sender's X25519 public key (32 bytes, raw), under which others seal for it. */
export async function publishKey(
  sender: Sender,
  { key }: { key: Hex },
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall('publish the public key', {
    address: sender.view.deployment.contracts.catalog,
    abi: catalogAbi,
    functionName: 'publishKey',
    args: [key],
  });
  return sender.send(call, options);
}
