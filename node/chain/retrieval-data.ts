import { type LocalAccount, type TypedDataDomain, hashTypedData } from 'viem';

import type { Address, CloseRequest, Closing, Hex, RetrievalContract, Voucher } from '../market/messages.ts';
import type { Deployment } from './deployment.ts';
import { isSignedBy } from './signed-by.ts';
import { domain } from './typed-data.ts';

/** EIP-712 types of paid reads, member for member as in `contracts/types` where a contract checks them. */
export const voucherTypes = {
  Voucher: [
    { name: 'channel', type: 'uint64' },
    { name: 'amount', type: 'uint96' },
    { name: 'readBytes', type: 'uint64' },
    { name: 'firstByteMs', type: 'uint32' },
    { name: 'kibPerSecond', type: 'uint8' },
  ],
} as const;

export const closingTypes = {
  ...voucherTypes,
  Closing: [
    { name: 'voucher', type: 'Voucher' },
    { name: 'deadline', type: 'uint64' },
  ],
} as const;

export const retrievalContractTypes = {
  RetrievalContract: [
    { name: 'channel', type: 'uint64' },
    { name: 'shardRoot', type: 'bytes32' },
    { name: 'maxBytes', type: 'uint64' },
    { name: 'pricePerMiB', type: 'uint64' },
    { name: 'freeBytes', type: 'uint64' },
    { name: 'deadline', type: 'uint64' },
    { name: 'nonce', type: 'uint64' },
  ],
} as const;

export const closeRequestTypes = {
  CloseRequest: [
    { name: 'channel', type: 'uint64' },
    { name: 'expiry', type: 'uint64' },
  ],
} as const;

/** Domain of what the RetrievalChannels contract checks, and of what stands behind it. */
export function channelsDomain(deployment: Deployment): TypedDataDomain {
  return domain('Stowmarket RetrievalChannels', deployment, deployment.contracts.retrievalChannels);
}

export async function signVoucher(account: LocalAccount, deployment: Deployment, voucher: Voucher): Promise<Hex> {
  return account.signTypedData(voucherData(deployment, voucher));
}

/** Whether `signature` is `client`'s over the voucher, for this chain and contract. */
export function verifyVoucher(deployment: Deployment, voucher: Voucher, signature: Hex, client: Address): boolean {
  return isSignedBy(client, signature, () => hashTypedData(voucherData(deployment, voucher)));
}

/** A provider's consent to close, by its node key. */
export async function signClosing(nodeKey: LocalAccount, deployment: Deployment, closing: Closing): Promise<Hex> {
  return nodeKey.signTypedData(closingData(deployment, closing));
}

/** Whether `signature` is `node`'s over the closing. */
export function verifyClosing(deployment: Deployment, closing: Closing, signature: Hex, node: Address): boolean {
  return isSignedBy(node, signature, () => hashTypedData(closingData(deployment, closing)));
}

export async function signCloseRequest(
  account: LocalAccount,
  deployment: Deployment,
  request: CloseRequest,
): Promise<Hex> {
  return account.signTypedData(closeRequestData(deployment, request));
}

/** Whether `signature` is `client`'s over the request. */
export function verifyCloseRequest(
  deployment: Deployment,
  request: CloseRequest,
  signature: Hex,
  client: Address,
): boolean {
  return isSignedBy(client, signature, () => hashTypedData(closeRequestData(deployment, request)));
}

/** Digest of a contract: what both sides sign, and what reads name it by. */
export function hashRetrievalContract(deployment: Deployment, contract: RetrievalContract): Hex {
  return hashTypedData(contractData(deployment, contract));
}

/** The client's signature, or the node key's. */
export async function signRetrievalContract(
  account: LocalAccount,
  deployment: Deployment,
  contract: RetrievalContract,
): Promise<Hex> {
  return account.signTypedData(contractData(deployment, contract));
}

/** Whether `signature` is `signer`'s over the contract. */
export function verifyRetrievalContract(
  deployment: Deployment,
  contract: RetrievalContract,
  signature: Hex,
  signer: Address,
): boolean {
  return isSignedBy(signer, signature, () => hashRetrievalContract(deployment, contract));
}

function voucherData(deployment: Deployment, message: Voucher) {
  return { domain: channelsDomain(deployment), types: voucherTypes, primaryType: 'Voucher', message } as const;
}

function closingData(deployment: Deployment, message: Closing) {
  return { domain: channelsDomain(deployment), types: closingTypes, primaryType: 'Closing', message } as const;
}

function closeRequestData(deployment: Deployment, message: CloseRequest) {
  return {
    domain: channelsDomain(deployment),
    types: closeRequestTypes,
    primaryType: 'CloseRequest',
    message,
  } as const;
}

function contractData(deployment: Deployment, message: RetrievalContract) {
  return {
    domain: channelsDomain(deployment),
    types: retrievalContractTypes,
    primaryType: 'RetrievalContract',
    message,
  } as const;
}
