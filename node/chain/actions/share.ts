import { type TransactionReceipt, zeroAddress } from 'viem';

import type { Address, Hex } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { catalogAbi } from '../abi/catalog.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface Share {
  readonly objectKey: Hex;
  /** Zero for everybody. */
  readonly reader: Address;
  /** Unix seconds from which the reader may read no more. */
  readonly until: number;
  /** The object's description: sealed for the reader, or in the clear for everybody. */
  readonly envelope: Hex;
}

/** Lets a reader, or everybody, read an object of the sender. */
export async function share(
  sender: Sender,
  { objectKey, reader, until, envelope }: Share,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const whom = reader === zeroAddress ? 'everybody' : reader;
  const call = contractCall(`share object ${objectKey} with ${whom}`, {
    address: sender.view.deployment.contracts.catalog,
    abi: catalogAbi,
    functionName: 'share',
    args: [objectKey, reader, until, envelope],
  });
  return sender.send(call, options);
}
