import { zeroAddress } from 'viem';

import type { Address } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { escrowAbi } from '../abi/escrow.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';
import { tokenAbi } from '../token-abi.ts';

export interface Permit2Approval {
  /** The Permit2 contract that the market takes deposits through. */
  permit2: Address;
  /** Token wei of the owner that it may move. */
  allowance: bigint;
}

/** The market's Permit2 contract and what an owner approved it for; undefined when the market was deployed without one. */
export async function readPermit2(
  view: ChainView,
  owner: Address,
  options: CallOptions = {},
): Promise<Permit2Approval | undefined> {
  const { escrow, token } = view.deployment.contracts;
  const doing = 'look for Permit2';
  const permit2 = await readContract(
    view,
    doing,
    { address: escrow, abi: escrowAbi, functionName: 'permit2' },
    options,
  );
  if (permit2 === zeroAddress) return undefined;
  const args = [owner, permit2] as const;
  const allowance = await readContract(
    view,
    doing,
    { address: token, abi: tokenAbi, functionName: 'allowance', args },
    options,
  );
  return { permit2, allowance };
}
