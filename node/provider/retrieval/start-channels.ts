import type { LocalAccount } from 'viem';

import { signClosing, verifyCloseRequest } from '../../chain/retrieval-data.ts';
import type { ChainView } from '../../chain/client.ts';
import type { Logger } from '../../core/logger.ts';
import { ClosingDesk } from '../../retrieval/closing-desk.ts';
import { serveClosing } from '../../retrieval/closing-server.ts';
import type { ChainClock } from '../chain-clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { PeerNetwork } from '../peer-network.ts';
import type { ProviderChain } from '../provider-chain.ts';
import { ChannelMirror } from './channel-mirror.ts';

export interface StartChannelsComponents {
  view: ChainView;
  chain: ProviderChain;
  chainClock: ChainClock;
  network: Pick<PeerNetwork, 'rpc'>;
  ledger: Ledger;
  account: LocalAccount;
  logger: (part: string) => Logger;
}

interface Service {
  start(): Promise<void> | void;
  stop(): Promise<void> | void;
}

/** Follows the channels to this provider, and agrees to their ends. */
export async function startChannels(
  { view, chain, chainClock, network, ledger, account, logger }: StartChannelsComponents,
  init: { firstBlock: bigint },
  run: (name: string, service: Service) => Promise<void>,
): Promise<void> {
  const { deployment } = view;
  const mirror = new ChannelMirror({ chain, chainClock, ledger, logger: logger('channel-mirror') }, init);
  await run('channel mirror', mirror);
  const desk = new ClosingDesk({
    channels: mirror,
    book: ledger.channels,
    vouchers: ledger.vouchers,
    chain: chainClock,
    verifyRequest: (request, signature, client) => verifyCloseRequest(deployment, request, signature, client),
    signClosing: (closing) => signClosing(account, deployment, closing),
    logger: logger('closing-desk'),
  });
  await serveClosing(network.rpc, desk);
}
