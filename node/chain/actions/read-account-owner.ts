import type { Address } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { escrowAbi } from '../abi/escrow.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** Whose escrow account a number is; the zero address for one that was never opened. */
export async function readAccountOwner(view: ChainView, account: number, options: CallOptions = {}): Promise<Address> {
  const [owner] = await readContract(
    view,
    `read the owner of escrow account ${account}`,
    { address: view.deployment.contracts.escrow, abi: escrowAbi, functionName: 'accounts', args: [account] },
    options,
  );
  return owner;
}
