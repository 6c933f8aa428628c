import { readProviderOfNode } from '../chain/actions/read-provider-of-node.ts';
import { type ChainView, connectChain } from '../chain/client.ts';
import type { Sender } from '../chain/tx-sender.ts';
import { systemClock } from '../core/clock.ts';
import { ExitCode, StowError } from '../core/errors.ts';
import { openSenders, type SendersInit } from './senders.ts';

export type OwnProviderInit = SendersInit & { signal?: AbortSignal | undefined };

/**
 * The provider of a node key, for a transaction beside a running node or without one. Signed by the operator's key where it is at hand:
 * the node key belongs to the running node, and two programs that send from one key get in each other's way.
 * @throws StowError `provider-not-registered`
 */
export async function openOwnProvider(
  init: OwnProviderInit,
): Promise<{ view: ChainView; provider: number; sender: Sender }> {
  const { signal, config } = init;
  const { rpcUrl, deployments: deploymentsDir, chainId } = config.chain;
  const view = await connectChain({ rpcUrl, deploymentsDir, chainId }, { signal });
  const { nodeKey, nodeSender, operatorSender } = openSenders(view, init, systemClock);
  const provider = await readProviderOfNode(view, nodeKey.address, { signal });
  if (provider === 0) throw notRegistered(nodeKey.address);
  return { view, provider, sender: operatorSender ?? nodeSender };
}

function notRegistered(nodeAddress: string): StowError {
  return new StowError({
    code: 'provider-not-registered',
    message: `node key ${nodeAddress} belongs to no provider of this market`,
    hint: 'register it with `stowmarket provider register`, or check --rpc and the key',
    exitCode: ExitCode.notFound,
  });
}
