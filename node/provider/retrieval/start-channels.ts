import type { LocalAccount } from 'viem';

import type { MarketParameters } from '../../chain/actions/read-market-parameters.ts';
import { signClosing, verifyCloseRequest } from '../../chain/retrieval-data.ts';
import type { ChainView } from '../../chain/client.ts';
import type { ProviderConfig } from '../../config/provider-config.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { ClosingDesk } from '../../retrieval/closing-desk.ts';
import { serveClosing } from '../../retrieval/closing-server.ts';
import type { PaidReads } from '../../retrieval/paid-reads.ts';
import { ReadBook } from '../../retrieval/read-book.ts';
import type { ShardCache } from '../cache/shard-cache.ts';
import type { ChainClock } from '../chain-clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { PeerNetwork } from '../peer-network.ts';
import type { ProviderChain } from '../provider-chain.ts';
import type { Prover } from '../prover.ts';
import { ChannelMirror } from './channel-mirror.ts';
import { Redeemer } from './redeemer.ts';
import { sellReads } from './sell-reads.ts';

export interface StartChannelsComponents {
  view: ChainView;
  parameters: Pick<MarketParameters, 'channels'>;
  chain: ProviderChain;
  chainClock: ChainClock;
  network: Pick<PeerNetwork, 'rpc'>;
  ledger: Ledger;
  cache: ShardCache | undefined;
  prover: Prover;
  account: LocalAccount;
  clock: Clock;
  logger: (part: string) => Logger;
}

interface Service {
  start(): Promise<void> | void;
  stop(): Promise<void> | void;
}

export interface StartChannelsInit extends Pick<ProviderConfig, 'ask' | 'retrieval' | 'cache' | 'duties'> {
  /** Block in which this provider registered. */
  firstBlock: bigint;
}

/**
 * Follows the channels to this provider, agrees to their ends, and redeems what is promised over them.
 * @returns the reads that are sold over them
 */
export async function startChannels(
  {
    view,
    parameters,
    chain,
    chainClock,
    network,
    ledger,
    cache,
    prover,
    account,
    clock,
    logger,
  }: StartChannelsComponents,
  init: StartChannelsInit,
  run: (name: string, service: Service) => Promise<void>,
): Promise<PaidReads> {
  const { deployment } = view;
  const { disputeSeconds } = parameters.channels;
  const mirror = new ChannelMirror({ chain, chainClock, ledger, clock, logger: logger('channel-mirror') }, init);
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
  const { vouchers } = ledger;
  const redeemer = new Redeemer(
    { chain, chainClock, vouchers, mirror, prover, logger: logger('redeemer') },
    { ...init.duties, disputeSeconds },
  );
  await run('redeemer', redeemer);
  const book = new ReadBook({ kept: ledger.reads, clock, logger: logger('read-book') });
  await run('read book', { start: () => undefined, stop: () => book.flush() });
  return sellReads(
    { view, mirror, chainClock, ledger, cache, book, account, clock, logger: logger('paid-reads') },
    { ...init, disputeSeconds },
  );
}
