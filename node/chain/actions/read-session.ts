import type { Address } from '../../market/messages.ts';
import type { CallOptions } from '../abortable.ts';
import { escrowAbi } from '../abi/escrow.ts';
import type { ChainView } from '../client.ts';
import { readContract } from '../contract-call.ts';

/** What a key may still spend of an owner's escrow account. */
export interface Session {
  /** Token wei left. */
  budget: bigint;
  /** Unix seconds from which it may spend nothing. */
  expiry: number;
}

/** Undefined when the owner never authorized the key, or revoked it. */
export async function readSession(
  view: ChainView,
  { owner, key }: { owner: Address; key: Address },
  options: CallOptions = {},
): Promise<Session | undefined> {
  const [budget, expiry] = await readContract(
    view,
    `read the session of ${key}`,
    { address: view.deployment.contracts.escrow, abi: escrowAbi, functionName: 'sessions', args: [owner, key] },
    options,
  );
  return expiry === 0 ? undefined : { budget, expiry };
}
