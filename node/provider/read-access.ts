import { MayRead } from '../agreements/may-read.ts';
import { onceABlock } from '../agreements/once-a-block.ts';
import { publicRule } from '../agreements/public-rule.ts';
import { ReadGate } from '../agreements/read-gate.ts';
import type { ServedShards } from '../agreements/read-rules.ts';
import { repairRule } from '../agreements/repair-rule.ts';
import { ticketRule } from '../agreements/ticket-rule.ts';
import type { ChainView } from '../chain/client.ts';
import { verifyReadTicket } from '../chain/typed-data.ts';
import type { Clock } from '../core/clock.ts';
import { evmAddress, publicKeyOfPeerId } from '../network/identity.ts';
import type { AgreementMirror } from './agreement-mirror.ts';
import type { ShardCache } from './cache/shard-cache.ts';
import type { ChainClock } from './chain-clock.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { ProviderChain } from './provider-chain.ts';
import type { RepairChain } from './repair/repair-chain.ts';
import { readRepairFacts } from './repair/repair-facts.ts';
import { servedShards } from './served-shards.ts';

export interface ReadAccessComponents {
  readonly view: ChainView;
  readonly chain: Pick<ProviderChain, 'provider' | 'sharedUntil'>;
  readonly repairs: Pick<RepairChain, 'repair' | 'bid' | 'holdersOf' | 'isNonceUsed' | 'agreement' | 'providerOfNode'>;
  readonly chainClock: Pick<ChainClock, 'head' | 'nowS'>;
  readonly ledger: Pick<Ledger, 'holdings' | 'reservations'>;
  readonly mirror: Pick<AgreementMirror, 'sync'>;
  /** What is read beside what is held. */
  readonly cache: Pick<ShardCache, 'objectsOf'> | undefined;
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
}

/** The rules by which this provider lets shards be read, one for each scheme of the `authorization` header. */
export function readAccess({
  view,
  chain,
  repairs,
  chainClock,
  ledger,
  mirror,
  cache,
  clock,
}: ReadAccessComponents): ReadGate {
  const nowS = (): number => chainClock.nowS();
  const block = (): bigint => chainClock.head.block;
  /** As long as the chain answers. */
  const seenBlock = (): bigint => {
    nowS();
    return block();
  };
  const held = servedShards({
    holdings: ledger.holdings,
    book: ledger.reservations,
    sync: () => mirror.sync(),
    // As long as the collector keeps it.
    sincePeriod: () => chainClock.head.period - 1,
  });
  const served: ServedShards = {
    of: async (root) => [...(cache?.objectsOf(root) ?? []), ...(await held.of(root))],
  };
  const mayRead = new MayRead({
    chain: { nowS, block, sharedUntil: chain.sharedUntil },
    clock,
  });
  return new ReadGate([
    onceABlock(
      ticketRule(
        {
          chain: { nowS },
          served,
          mayRead,
          verifyTicket: async (ticket, signature) => verifyReadTicket(view.deployment, ticket, signature),
        },
        { provider: chain.provider },
      ),
      seenBlock,
    ),
    onceABlock(publicRule({ served, mayRead }), seenBlock),
    repairRule({
      chain: {
        repairFacts: (lost) => readRepairFacts(repairs, nowS(), lost),
        providerOf: (peer) => repairs.providerOfNode(evmAddress(publicKeyOfPeerId(peer))),
        block,
        period: () => chainClock.head.period,
      },
      // Repairs read for nothing, which only holders owe them.
      served: held,
    }),
  ]);
}
