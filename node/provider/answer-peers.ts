import type { LocalAccount } from 'viem';

import { Acceptor, type AcceptorComponents } from '../agreements/acceptor.ts';
import { BidDesk, type BidDeskInit } from '../agreements/bid-desk.ts';
import { serveControl } from '../agreements/control-server.ts';
import type { MarketParameters } from '../chain/actions/read-market-parameters.ts';
import type { ChainView } from '../chain/client.ts';
import { signAgreement, verifyReserveRequest } from '../chain/typed-data.ts';
import type { Logger } from '../core/logger.ts';
import type { Hex, StorageAgreement } from '../market/messages.ts';
import type { AgreementMirror } from './agreement-mirror.ts';
import type { Asks } from './ask-service.ts';
import { BidAnswerer } from './bid-answerer.ts';
import type { ChainClock } from './chain-clock.ts';
import type { Reservations } from './ledger/reservations.ts';
import type { PeerNetwork } from './peer-network.ts';
import type { ProviderChain } from './provider-chain.ts';

export interface AnswerPeersComponents {
  view: ChainView;
  parameters: MarketParameters;
  chain: ProviderChain;
  chainClock: ChainClock;
  network: Pick<PeerNetwork, 'rpc' | 'bulk'>;
  book: Reservations;
  mirror: Pick<AgreementMirror, 'sync'>;
  room: { freeUnits(): number };
  shards: AcceptorComponents['shards'];
  asks: Asks;
  account: LocalAccount;
  logger: (part: string) => Logger;
}

interface Service {
  start(): Promise<void> | void;
  stop(): Promise<void> | void;
}

/** From here on, clients are answered: room is reserved, agreements are signed, and bids whose shards are here are taken. */
export async function answerPeers(
  components: AnswerPeersComponents,
  init: BidDeskInit,
  run: (name: string, service: Service) => Promise<void>,
): Promise<void> {
  const { view, parameters, chain, chainClock, network, book, mirror, room, shards, asks, account, logger } =
    components;
  const { deployment } = view;
  const nowS = (): number => chainClock.nowS();
  const score = async (signal?: AbortSignal): Promise<number> =>
    (await chain.reputation(chainClock.head.period, signal)).score;
  const sign = (agreement: StorageAgreement): Promise<Hex> => signAgreement(account, deployment, agreement);
  const acceptor = new Acceptor(
    {
      book,
      chain: {
        ...chain,
        nowS,
        sync: (signal) => mirror.sync(signal),
        askNow: (askId, signal) => asks.askNow(askId, signal),
      },
      room,
      shards,
      asks,
      bids: new BidDesk({ chain: { ...chain, nowS, score }, book, room }, init),
      bulk: () => network.bulk,
      verifyReserve: (request, signature) => verifyReserveRequest(deployment, request, signature),
      signAgreement: sign,
      logger: logger('acceptor'),
    },
    {
      provider: chain.provider,
      chainId: deployment.chainId,
      agreements: deployment.contracts.agreements,
      burnBps: parameters.burnBps,
    },
  );
  await serveControl(network.rpc, acceptor);
  const answerer = { chain, chainClock, book, signAgreement: sign, logger: logger('bid-answerer') };
  await run('bid answerer', new BidAnswerer(answerer));
}
