import { type TransactionReceipt, parseEventLogs, slice } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';

import { assert } from '../../core/assert.ts';
import type { CallOptions } from '../abortable.ts';
import { nodeRegistryAbi } from '../abi/node-registry.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';
import { signNodeBinding } from '../typed-data.ts';
import { readChainTime } from './read-chain-time.ts';

/** The node key's consent is used at once; an hour covers a chain whose clock runs ahead and a transaction that waits. */
const CONSENT_SECONDS = 3_600;

export interface RegisterProviderParameters {
  nodeKey: PrivateKeyAccount;
  /** ISO 3166-1 numeric, 0 = undeclared. */
  region: number;
  /** Multiaddrs of last resort, for when the DHT lies or stalls. */
  addresses: readonly string[];
}

/**
 * Registers the sender as operator of a node key. The bond is locked out of the sender's escrow account. The placement id has to be
 * assigned afterwards, from the next block on (`assignPlacement`).
 */
export async function registerProvider(
  sender: Sender,
  parameters: RegisterProviderParameters,
  options: CallOptions = {},
): Promise<{ provider: number; receipt: TransactionReceipt }> {
  const { nodeKey, region, addresses } = parameters;
  const { view } = sender;
  const { seconds } = await readChainTime(view, options);
  const deadline = BigInt(seconds + CONSENT_SECONDS);
  const signature = await signNodeBinding(nodeKey, view.deployment, { operator: sender.address, region, deadline });
  // The account's key starts with 0x04, the mark of an uncompressed point (SEC 1, 2.3.3); the contract takes x || y.
  const publicKey = slice(nodeKey.publicKey, 1);
  const call = contractCall(`register node key ${nodeKey.address}`, {
    address: view.deployment.contracts.nodeRegistry,
    abi: nodeRegistryAbi,
    functionName: 'register',
    args: [publicKey, region, addresses.join('\n'), deadline, signature],
  });
  const receipt = await sender.send(call, options);
  const [registered] = parseEventLogs({ abi: nodeRegistryAbi, eventName: 'ProviderRegistered', logs: receipt.logs });
  assert(registered !== undefined, 'a registration has its event');
  return { provider: registered.args.provider, receipt };
}
