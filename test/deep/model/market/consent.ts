import type { Market } from './market.ts';
import { need } from './refusal.ts';
import type { Address, Signature, Signer } from './types.ts';

/**
 * A provider agrees by its node key or its operator's wallet, with a deadline that it has not made void.
 * @param index place in the batch, for the error
 */
export function requireProviderConsent(
  market: Market,
  provider: number,
  index: number,
  deadline: bigint,
  signer: Signer,
): void {
  const { nodeAddress, operator, voidThrough } = market.registry.get(provider);
  const at = BigInt(index);
  need(deadline > voidThrough, 'Agreements_SignatureRevoked', at, deadline, voidThrough);
  const agreed = signer === nodeAddress || market.signedBy(operator, signer);
  need(agreed, 'Agreements_BadProviderSignature', at, signer, nodeAddress);
}

/**
 * A client agrees by calling or by signing; without a signature, one of its session keys calls.
 * @returns whose budget pays: the client's own is all that it has
 */
export function payingKey(market: Market, caller: Address, client: Address, signature: Signature): Address {
  // In the order book stands the client's bid.
  if (caller === client || caller === market.orderBook || market.signedBy(client, signature.signer)) return client;
  need(signature.bytes === '0x', 'Agreements_BadClientSignature', client);
  return caller;
}
