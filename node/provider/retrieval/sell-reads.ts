import type { LocalAccount } from 'viem';

import type { ChainView } from '../../chain/client.ts';
import {
  hashRetrievalContract,
  signRetrievalContract,
  verifyRetrievalContract,
  verifyVoucher,
} from '../../chain/retrieval-data.ts';
import type { ProviderConfig } from '../../config/provider-config.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { Allowance } from '../../retrieval/allowance.ts';
import { PaidReads } from '../../retrieval/paid-reads.ts';
import type { ReadBook } from '../../retrieval/read-book.ts';
import type { ShardCache } from '../cache/shard-cache.ts';
import type { ChainClock } from '../chain-clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { ChannelMirror } from './channel-mirror.ts';
import { readPriceFor } from './read-price.ts';

export interface SellReadsComponents {
  readonly view: ChainView;
  readonly mirror: Pick<ChannelMirror, 'find' | 'sync'>;
  readonly chainClock: Pick<ChainClock, 'nowS' | 'head'>;
  readonly ledger: Pick<Ledger, 'vouchers' | 'channels' | 'readCeilings'>;
  readonly cache: ShardCache | undefined;
  readonly book: ReadBook;
  readonly account: LocalAccount;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface SellReadsInit extends Pick<ProviderConfig, 'ask' | 'retrieval' | 'cache'> {
  disputeSeconds: number;
}

/** What this provider takes for reads, and how it is paid. */
export function sellReads(
  { view, mirror, chainClock, ledger, cache, book, account, clock, logger }: SellReadsComponents,
  { disputeSeconds, ...config }: SellReadsInit,
): PaidReads {
  const { deployment } = view;
  const nowS = (): number => chainClock.nowS();
  const { retrievalPricePerMib: ceiling } = config.ask;
  const { pricePerMib: wanted = ceiling, freePerDay, maxContract, maxReadsPerClient: maxReads } = config.retrieval;
  const price = wanted < ceiling ? wanted : ceiling;
  const ceilings = ledger.readCeilings;
  return new PaidReads(
    {
      channels: mirror,
      vouchers: ledger.vouchers,
      allowance: new Allowance({ nowS, book }, { bytesPerDay: BigInt(freePerDay) }),
      book,
      hasAgreedToEnd: (channel) => (ledger.channels.consentUntil(channel) ?? 0) >= nowS(),
      nowS,
      hashContract: (contract) => hashRetrievalContract(deployment, contract),
      verifyContract: (contract, signature, signer) => verifyRetrievalContract(deployment, contract, signature, signer),
      signContract: (contract) => signRetrievalContract(account, deployment, contract),
      verifyVoucher: (voucher, signature, client) => verifyVoucher(deployment, voucher, signature, client),
      pricePerMiB: readPriceFor({ ceilings, chainClock, cache }, { price, cachePrice: config.cache.pricePerMib }),
      channelsOf: (client) => ledger.channels.openOf(client),
      clock,
      logger,
    },
    { maxContractBytes: BigInt(maxContract), maxReads, disputeSeconds },
  );
}
