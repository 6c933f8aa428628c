import type { Address } from '../../market/messages.ts';
import { type CallOptions, abortable } from '../abortable.ts';
import { escrowAbi } from '../abi/escrow.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';
import { toChainError } from '../errors.ts';
import { tokenAbi } from '../token-abi.ts';

export interface Balances {
  /** Token wei in the escrow account, free to use or withdraw. */
  escrow: bigint;
  /** Token wei in the wallet itself. */
  wallet: bigint;
  /** Wei of the chain's own coin, for gas. */
  gas: bigint;
}

/** Everything that an address owns and can spend. */
export async function readBalances(view: ChainView, owner: Address, options: CallOptions = {}): Promise<Balances> {
  const { escrow, token } = view.deployment.contracts;
  const doing = `read the balances of ${owner}`;
  const [inEscrow, inWallet, gas] = await Promise.all([
    readContract(view, doing, { address: escrow, abi: escrowAbi, functionName: 'availableOf', args: [owner] }, options),
    readContract(view, doing, { address: token, abi: tokenAbi, functionName: 'balanceOf', args: [owner] }, options),
    readCoin(view, owner, doing, options),
  ]);
  return { escrow: inEscrow, wallet: inWallet, gas };
}

async function readCoin(view: ChainView, owner: Address, doing: string, options: CallOptions): Promise<bigint> {
  try {
    return await abortable(view.client.getBalance({ address: owner }), options.signal);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw toChainError(error, doing);
  }
}
