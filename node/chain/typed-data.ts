import { type LocalAccount, type TypedDataDomain, hashStruct, hashTypedData } from 'viem';

import type {
  Address,
  Hex,
  NodeBinding,
  ReadTicket,
  ReserveRequest,
  SignedAsk,
  SignedOffer,
  StorageAgreement,
} from '../market/messages.ts';
import type { Deployment } from './deployment.ts';
import { isSignedBy } from './signed-by.ts';

/** Ids of signed asks: those of posted ones count from 1 and never get there. */
const SIGNED_ID_BIT = 1n << 63n;
const ID_MASK = SIGNED_ID_BIT - 1n;

/** EIP-712 types, member for member as in `contracts/types` where a contract checks them. */
export const storageAgreementTypes = {
  StorageAgreement: [
    { name: 'client', type: 'address' },
    { name: 'provider', type: 'uint32' },
    { name: 'objectKey', type: 'bytes32' },
    { name: 'shardIndex', type: 'uint8' },
    { name: 'shardRoot', type: 'bytes32' },
    { name: 'units', type: 'uint32' },
    { name: 'pricePerUnitPeriod', type: 'uint64' },
    { name: 'periods', type: 'uint24' },
    { name: 'collateral', type: 'uint96' },
    { name: 'askId', type: 'uint64' },
    { name: 'bidId', type: 'uint64' },
    { name: 'nonce', type: 'uint64' },
    { name: 'deadline', type: 'uint64' },
  ],
} as const;

export const agreementBatchTypes = {
  ...storageAgreementTypes,
  AgreementBatch: [{ name: 'agreements', type: 'StorageAgreement[]' }],
} as const;

export const nodeBindingTypes = {
  NodeBinding: [
    { name: 'operator', type: 'address' },
    { name: 'region', type: 'uint16' },
    { name: 'deadline', type: 'uint256' },
  ],
} as const;

export const reserveRequestTypes = {
  ReserveRequest: [
    { name: 'client', type: 'address' },
    { name: 'provider', type: 'uint32' },
    { name: 'objectKey', type: 'bytes32' },
    { name: 'shardIndex', type: 'uint8' },
    { name: 'units', type: 'uint32' },
    { name: 'periods', type: 'uint24' },
    { name: 'askId', type: 'uint64' },
    { name: 'bidId', type: 'uint64' },
    { name: 'expiry', type: 'uint64' },
  ],
} as const;

export const readTicketTypes = {
  ReadTicket: [
    { name: 'client', type: 'address' },
    { name: 'provider', type: 'uint32' },
    { name: 'shardRoot', type: 'bytes32' },
    { name: 'expiry', type: 'uint64' },
  ],
} as const;

/** Domain of what the Agreements contract checks. */
export function agreementsDomain(deployment: Deployment): TypedDataDomain {
  return domain('Stowmarket Agreements', deployment, deployment.contracts.agreements);
}

export const signedAskTypes = {
  Ask: [
    { name: 'provider', type: 'uint32' },
    { name: 'pricePerUnitPeriod', type: 'uint64' },
    { name: 'unitsLeft', type: 'uint32' },
    { name: 'minUnits', type: 'uint32' },
    { name: 'maxUnits', type: 'uint32' },
    { name: 'expiry', type: 'uint40' },
    { name: 'collateralPeriods', type: 'uint24' },
    { name: 'minPeriods', type: 'uint24' },
    { name: 'maxPeriods', type: 'uint24' },
    { name: 'region', type: 'uint16' },
    { name: 'minClientDeposit', type: 'uint96' },
    { name: 'retrievalPricePerMiB', type: 'uint64' },
    { name: 'premiumBps', type: 'uint16' },
    { name: 'ceiling', type: 'uint64' },
  ],
  SignedAsk: [
    { name: 'ask', type: 'Ask' },
    { name: 'nonce', type: 'uint64' },
    { name: 'series', type: 'uint32' },
  ],
} as const;

/** Domain of what the OrderBook contract checks. */
export function orderBookDomain(deployment: Deployment): TypedDataDomain {
  return domain('Stowmarket OrderBook', deployment, deployment.contracts.orderBook);
}

/** Domain of what the NodeRegistry contract checks. */
export function nodeRegistryDomain(deployment: Deployment): TypedDataDomain {
  return domain('Stowmarket NodeRegistry', deployment, deployment.contracts.nodeRegistry);
}

/** Domain of messages between client and provider that no contract sees. Bound to the deployment all the same. */
export function transferDomain(deployment: Deployment): TypedDataDomain {
  return domain('Stowmarket Transfer', deployment, deployment.contracts.agreements);
}

/** Digest of an agreement, as `Agreements.digestOf` gives it: what the provider's node key signs. */
export function hashAgreement(deployment: Deployment, agreement: StorageAgreement): Hex {
  return hashTypedData(agreementData(deployment, agreement));
}

export async function signAgreement(
  account: LocalAccount,
  deployment: Deployment,
  agreement: StorageAgreement,
): Promise<Hex> {
  return account.signTypedData(agreementData(deployment, agreement));
}

/** Whether `signature` is `signer`'s over the agreement. Malformed signatures are not, rather than an error. */
export async function verifyAgreement(
  deployment: Deployment,
  agreement: StorageAgreement,
  signature: Hex,
  signer: Address,
): Promise<boolean> {
  return isSignedBy(signer, signature, () => hashTypedData(agreementData(deployment, agreement)));
}

/** The client's one signature over a batch, for when somebody else sends the transaction. */
export async function signAgreementBatch(
  account: LocalAccount,
  deployment: Deployment,
  agreements: readonly StorageAgreement[],
): Promise<Hex> {
  return account.signTypedData({
    domain: agreementsDomain(deployment),
    types: agreementBatchTypes,
    primaryType: 'AgreementBatch',
    message: { agreements },
  });
}

export async function signAsk(account: LocalAccount, deployment: Deployment, signed: SignedAsk): Promise<Hex> {
  return account.signTypedData(signedAskData(deployment, signed));
}

/** Whether `signature` is `signer`'s over the ask, for this chain and order book. */
export async function verifySignedAsk(
  deployment: Deployment,
  { signed, signature }: SignedOffer,
  signer: Address,
): Promise<boolean> {
  return isSignedBy(signer, signature, () => hashTypedData(signedAskData(deployment, signed)));
}

/** Id that a signed ask has in the order book, as `SignedAskLib.idOf` gives it: the upper bit, and 63 bits of its hash. */
export function signedAskId(signed: SignedAsk): bigint {
  const hash = hashStruct({ types: signedAskTypes, primaryType: 'SignedAsk', data: signed });
  return (BigInt(hash) & ID_MASK) | SIGNED_ID_BIT;
}

export async function signNodeBinding(
  nodeKey: LocalAccount,
  deployment: Deployment,
  binding: NodeBinding,
): Promise<Hex> {
  return nodeKey.signTypedData({
    domain: nodeRegistryDomain(deployment),
    types: nodeBindingTypes,
    primaryType: 'NodeBinding',
    message: binding,
  });
}

export async function signReserveRequest(
  account: LocalAccount,
  deployment: Deployment,
  request: ReserveRequest,
): Promise<Hex> {
  return account.signTypedData(reserveData(deployment, request));
}

/** Whether `signature` is that of the request's own client. */
export async function verifyReserveRequest(
  deployment: Deployment,
  request: ReserveRequest,
  signature: Hex,
): Promise<boolean> {
  return isSignedBy(request.client, signature, () => hashTypedData(reserveData(deployment, request)));
}

export async function signReadTicket(account: LocalAccount, deployment: Deployment, ticket: ReadTicket): Promise<Hex> {
  return account.signTypedData(ticketData(deployment, ticket));
}

/** Whether `signature` is that of the ticket's own client. */
export async function verifyReadTicket(deployment: Deployment, ticket: ReadTicket, signature: Hex): Promise<boolean> {
  return isSignedBy(ticket.client, signature, () => hashTypedData(ticketData(deployment, ticket)));
}

function agreementData(deployment: Deployment, message: StorageAgreement) {
  return {
    domain: agreementsDomain(deployment),
    types: storageAgreementTypes,
    primaryType: 'StorageAgreement',
    message,
  } as const;
}

function signedAskData(deployment: Deployment, message: SignedAsk) {
  return { domain: orderBookDomain(deployment), types: signedAskTypes, primaryType: 'SignedAsk', message } as const;
}

function reserveData(deployment: Deployment, message: ReserveRequest) {
  return {
    domain: transferDomain(deployment),
    types: reserveRequestTypes,
    primaryType: 'ReserveRequest',
    message,
  } as const;
}

function ticketData(deployment: Deployment, message: ReadTicket) {
  return { domain: transferDomain(deployment), types: readTicketTypes, primaryType: 'ReadTicket', message } as const;
}

/** One of the market's own domains. */
export function domain(name: string, deployment: Deployment, verifyingContract: Address): TypedDataDomain {
  return { name, version: '1', chainId: deployment.chainId, verifyingContract };
}
