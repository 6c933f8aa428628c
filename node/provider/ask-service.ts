import type { LocalAccount } from 'viem';

import { SignedAskJudge } from '../agreements/signed-ask-judge.ts';
import { SignedAskPool } from '../agreements/signed-ask-pool.ts';
import type { ChainView } from '../chain/client.ts';
import type { ProviderConfig } from '../config/provider-config.ts';
import { signAsk, signedAskId, verifySignedAsk } from '../chain/typed-data.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Address, Ask, SignedAsk } from '../market/messages.ts';
import { asksCid, asksTopic, type MarketName } from '../network/asks-cid.ts';
import { Gossip } from '../network/gossip.ts';
import { AskKeeper, type AskKeeperInit } from './ask-keeper.ts';
import { AskSpreader } from './ask-spreader.ts';
import type { ChainClock } from './chain-clock.ts';
import type { Facts } from './ledger/facts.ts';
import type { PeerNetwork } from './peer-network.ts';
import type { ProviderChain } from './provider-chain.ts';
import type { Prover } from './prover.ts';
import { SignedAskKeeper } from './signed-ask-keeper.ts';
import { voidSigned, withdrawPosted } from './withdraw-asks.ts';

/** A provider that has just registered may wait so long until its asks are taken. */
const COUNT_VALID_S = 60;

/** What the rest of a provider asks of whoever keeps its asks. */
export interface Asks {
  current(): readonly bigint[];
  /** An ask of this provider as it stands, with what it wants in this period. */
  askNow(askId: bigint, signal?: AbortSignal): Promise<Ask>;
}

interface Service {
  start(): Promise<void> | void;
  stop(): Promise<void> | void;
}

export interface AskServiceComponents {
  view: ChainView;
  chain: ProviderChain;
  chainClock: ChainClock;
  network: PeerNetwork;
  room: { freeUnits(): number; readonly capacityUnits: number };
  facts: Facts;
  prover: Pick<Prover, 'duePeriod'>;
  account: LocalAccount;
  clock: Clock;
  logger: (part: string) => Logger;
}

/** The market as peers name it. */
export function marketName({ deployment }: ChainView): MarketName {
  return { chainId: deployment.chainId, orderBook: deployment.contracts.orderBook };
}

/** Starts what spreads signed asks, and what keeps this provider's own: posted, or signed. */
export async function startAsks(
  components: AskServiceComponents,
  init: AskKeeperInit & { publish: ProviderConfig['ask']['publish'] },
  run: (name: string, service: Service) => Promise<void>,
): Promise<Asks> {
  const { chain, chainClock, room, facts, prover, view, account, logger } = components;
  const spreader = openSpreader(components);
  await run('ask spreader', spreader);
  if (init.publish !== 'signed') await voidSigned({ chain, facts, logger: logger('ask-keeper') });
  if (init.publish === 'none') {
    await withdrawPosted({ chain, logger: logger('ask-keeper') });
    return { current: () => [], askNow: chain.askNow };
  }
  if (init.publish === 'chain') {
    const posted = new AskKeeper({ chain, chainClock, room, facts, prover, logger: logger('ask-keeper') }, init);
    await run('ask keeper', posted);
    return { current: () => posted.current(), askNow: chain.askNow };
  }
  const signing = new SignedAskKeeper(
    {
      chain,
      chainClock,
      room,
      facts,
      sign: (signed: SignedAsk) => signAsk(account, view.deployment, signed),
      idOf: signedAskId,
      onSigned: (offer) => spreader.offer(offer, signedAskId(offer.signed)),
      logger: logger('signed-ask-keeper'),
    },
    init,
  );
  await run('signed ask keeper', signing);
  return signing;
}

/** Numbers of providers are given out in order: those beyond the last cost no read, however many are made up. */
function registeredOnly(
  chain: Pick<ProviderChain, 'providerCount' | 'signerOf'>,
  nowS: () => number,
): (provider: number) => Promise<Address | undefined> {
  let count = 0;
  let readAt = -Infinity;
  return async (provider) => {
    if (provider > count && nowS() - readAt >= COUNT_VALID_S) {
      count = await chain.providerCount();
      readAt = nowS();
    }
    return provider > count ? undefined : chain.signerOf(provider);
  };
}

function openSpreader({ view, chain, chainClock, network, clock, logger }: AskServiceComponents): AskSpreader {
  const market = marketName(view);
  const { gossip: service } = network.host.services;
  if (service === undefined) throw new TypeError('a provider gossips');
  const nowS = (): number => chainClock.nowS();
  return new AskSpreader({
    gossip: new Gossip({ service, logger: logger('gossip') }, { topic: asksTopic(market) }),
    rpc: network.rpc,
    announce: (signal) => network.dht.provide(asksCid(market), { signal }),
    judge: new SignedAskJudge({
      chain: {
        nowS,
        signerOf: registeredOnly(chain, nowS),
        seriesOf: (provider) => chain.seriesOf(provider),
      },
      verify: (offer, signer) => verifySignedAsk(view.deployment, offer, signer),
      idOf: signedAskId,
    }),
    pool: new SignedAskPool(),
    chainClock,
    clock,
    logger: logger('ask-spreader'),
  });
}
