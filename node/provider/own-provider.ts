import { readProviderOfNode } from '../chain/actions/read-provider-of-node.ts';
import { type ChainView, connectChain } from '../chain/client.ts';
import type { DrySender } from '../chain/dry-sender.ts';
import type { Sender } from '../chain/tx-sender.ts';
import type { ProviderConfig } from '../config/provider-config.ts';
import { systemClock } from '../core/clock.ts';
import { ExitCode, StowError } from '../core/errors.ts';
import type { Address } from '../market/messages.ts';
import { openDrySenders, openSenders, type ProviderAddresses, type SendersInit } from './senders.ts';

export type OwnProviderInit = SendersInit & { signal?: AbortSignal | undefined };

/** A provider and what sends for it. */
export interface OwnProvider<S extends Sender = Sender> {
  view: ChainView;
  provider: number;
  sender: S;
}

/**
 * The provider of a node key, for a transaction beside a running node or without one. Signed by the operator's key where it is at hand:
 * the node key belongs to the running node, and two programs that send from one key get in each other's way.
 * @throws StowError `provider-not-registered`
 */
export async function openOwnProvider(init: OwnProviderInit): Promise<OwnProvider> {
  const { signal, config } = init;
  const view = await connectChain(config.chain, { signal });
  const { nodeKey, nodeSender, operatorSender } = openSenders(view, init, systemClock);
  const provider = await providerOf(view, nodeKey.address, signal);
  return { view, provider, sender: operatorSender ?? nodeSender };
}

/** As `openOwnProvider`, where nothing is to be sent. @throws StowError `provider-not-registered` */
export async function viewOwnProvider({
  config,
  addresses,
  signal,
}: {
  config: ProviderConfig;
  addresses: ProviderAddresses;
  signal?: AbortSignal | undefined;
}): Promise<OwnProvider<DrySender>> {
  const view = await connectChain(config.chain, { signal });
  const { nodeSender, operatorSender } = openDrySenders(view, config, addresses);
  const provider = await providerOf(view, addresses.node, signal);
  return { view, provider, sender: operatorSender ?? nodeSender };
}

async function providerOf(view: ChainView, node: Address, signal: AbortSignal | undefined): Promise<number> {
  const provider = await readProviderOfNode(view, node, { signal });
  if (provider === 0) throw notRegistered(node);
  return provider;
}

function notRegistered(nodeAddress: string): StowError {
  return new StowError({
    code: 'provider-not-registered',
    message: `node key ${nodeAddress} belongs to no provider of this market`,
    hint: 'register it with `stowmarket provider register`, or check --rpc and the key',
    exitCode: ExitCode.notFound,
  });
}
