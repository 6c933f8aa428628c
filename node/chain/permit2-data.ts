import { type LocalAccount, hashTypedData } from 'viem';

import type { Address, Hex } from '../market/messages.ts';

/** EIP-712 types of Permit2's `SignatureTransfer`, member for member. Source: its `PermitHash` library. */
export const permitTransferTypes = {
  TokenPermissions: [
    { name: 'token', type: 'address' },
    { name: 'amount', type: 'uint256' },
  ],
  PermitTransferFrom: [
    { name: 'permitted', type: 'TokenPermissions' },
    { name: 'spender', type: 'address' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
} as const;

/** Lets `spender`, and nobody else, move up to an amount of a token, once. */
export interface PermitTransfer {
  permitted: { token: Address; /** Token wei. */ amount: bigint };
  spender: Address;
  nonce: bigint;
  /** Unix seconds. */
  deadline: bigint;
}

/** Which Permit2 contract checks it. */
export interface Permit2Domain {
  chainId: number;
  permit2: Address;
}

export function hashPermitTransfer(domain: Permit2Domain, message: PermitTransfer): Hex {
  return hashTypedData(permitData(domain, message));
}

export async function signPermitTransfer(
  account: LocalAccount,
  domain: Permit2Domain,
  message: PermitTransfer,
): Promise<Hex> {
  return account.signTypedData(permitData(domain, message));
}

/** Permit2's domain has a name and no version. */
function permitData({ chainId, permit2 }: Permit2Domain, message: PermitTransfer) {
  return {
    domain: { name: 'Permit2', chainId, verifyingContract: permit2 },
    types: permitTransferTypes,
    primaryType: 'PermitTransferFrom',
    message,
  } as const;
}
