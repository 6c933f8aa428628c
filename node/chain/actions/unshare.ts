import { type TransactionReceipt, zeroAddress } from 'viem';

import type { Address, Hex } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { catalogAbi } from '../abi/catalog.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

/** Takes a share of the sender back at once; zero as the reader is everybody. */
export async function unshare(
  sender: Sender,
  { objectKey, reader }: { objectKey: Hex; reader: Address },
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const whom = reader === zeroAddress ? 'everybody' : reader;
  const call = contractCall(`stop sharing object ${objectKey} with ${whom}`, {
    address: sender.view.deployment.contracts.catalog,
    abi: catalogAbi,
    functionName: 'unshare',
    args: [objectKey, reader],
  });
  return sender.send(call, options);
}
