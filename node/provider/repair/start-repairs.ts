import type { LocalAccount } from 'viem';

import { readBounty } from '../../chain/actions/read-bounty.ts';
import { readCompensation } from '../../chain/actions/read-compensation.ts';
import type { MarketParameters } from '../../chain/actions/read-market-parameters.ts';
import type { ChainView } from '../../chain/client.ts';
import { signAgreement } from '../../chain/typed-data.ts';
import type { Logger } from '../../core/logger.ts';
import type { BidPolicy } from '../../market/bid-rule.ts';
import type { Address, AgreementId } from '../../market/messages.ts';
import type { ShardStore } from '../../store/shard-store.ts';
import { readBidderView } from '../bidder-view.ts';
import type { AgreementMirror } from '../agreement-mirror.ts';
import type { ChainClock } from '../chain-clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { PeerNetwork } from '../peer-network.ts';
import type { ProviderChain } from '../provider-chain.ts';
import { Rebuilder } from './rebuilder.ts';
import { RepairAccess } from './repair-access.ts';
import { RepairAnswerer } from './repair-answerer.ts';
import type { RepairChain } from './repair-chain.ts';
import { RepairPoster } from './repair-poster.ts';
import { RepairService } from './repair-service.ts';

export interface StartRepairsComponents {
  view: ChainView;
  parameters: Pick<MarketParameters, 'burnBps'>;
  chain: Pick<ProviderChain, 'provider' | 'lockable' | 'stake' | 'reputation' | 'concede'>;
  repairs: RepairChain;
  chainClock: ChainClock;
  network: Pick<PeerNetwork, 'bulkClient' | 'dht'>;
  data: { ledger: Ledger; store: Pick<ShardStore, 'create' | 'stat'> };
  mirror: Pick<AgreementMirror, 'sync'>;
  room: { freeUnits(): number };
  account: LocalAccount;
  logger: (part: string) => Logger;
}

export interface StartRepairsInit {
  operator: Address;
  /** Declared region, 0 for none. */
  region: number;
  policy: BidPolicy;
  /** Least that this provider's ask wants, token wei for one unit and period. */
  askPrice: bigint;
  concede: 'auto' | 'never';
}

interface Service {
  start(): Promise<void> | void;
  stop(): Promise<void> | void;
}

/** From here on, shards that others lost are repaired for the bounty, if the operator wants that; what was begun is brought to its end in any case. */
export async function startRepairs(
  components: StartRepairsComponents,
  init: StartRepairsInit,
  run: (name: string, service: Service) => Promise<void>,
): Promise<void> {
  const { view, parameters, chain, repairs, chainClock, network, data, mirror, room, account, logger } = components;
  const { ledger, store } = data;
  const { provider } = chain;
  const reading = { bulk: network.bulkClient, dht: network.dht, logger: logger('repair-access') };
  const accessFor = (lost: AgreementId): RepairAccess => new RepairAccess(reading, lost);
  await run(
    'rebuilder',
    new Rebuilder(
      {
        chain: { ...repairs, concede: chain.concede },
        chainClock,
        book: ledger.repairs,
        holdings: ledger.holdings,
        store,
        accessFor,
        logger: logger('rebuilder'),
      },
      init,
    ),
  );
  if (!init.policy.accept) return;
  const [bounty, compensationBps] = await Promise.all([readBounty(view), readCompensation(view)]);
  const self = { chain, book: ledger.reservations, room };
  const lookAtSelf: ConstructorParameters<typeof RepairPoster>[0]['lookAtSelf'] = (head, signal) =>
    readBidderView(self, init.region, head, signal);
  const posting = { ...init, provider, bounty: { ...bounty, compensationBps, burnBps: parameters.burnBps } };
  await run(
    'repairs',
    new RepairService({
      chain: repairs,
      chainClock,
      poster: new RepairPoster({ chain: repairs, chainClock, lookAtSelf, logger: logger('repair-poster') }, posting),
      answerer: new RepairAnswerer(
        {
          chain: repairs,
          book: ledger.repairs,
          holdings: ledger.holdings,
          store,
          stake: async (signal) => {
            const { free, locked } = await chain.stake(signal);
            return free + locked;
          },
          lookAtSelf,
          accessFor,
          signAgreement: (agreement) => signAgreement(account, view.deployment, agreement),
          sync: (signal) => mirror.sync(signal),
          logger: logger('repair-answerer'),
        },
        posting,
      ),
      logger: logger('repairs'),
    }),
  );
}
