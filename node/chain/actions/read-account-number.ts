import type { Address } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { escrowAbi } from '../abi/escrow.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** Number of an owner's escrow account, given once for all; 0 while it has none. */
export async function readAccountNumber(view: ChainView, owner: Address, options: CallOptions = {}): Promise<number> {
  const { escrow: address } = view.deployment.contracts;
  const call = { address, abi: escrowAbi, functionName: 'accountOf', args: [owner] } as const;
  return readContract(view, `read the account of ${owner}`, call, options);
}
