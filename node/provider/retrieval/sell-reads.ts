import type { LocalAccount } from 'viem';

import { readChannel } from '../../chain/actions/read-channel.ts';
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
import { ChannelLookup } from '../../retrieval/channel-lookup.ts';
import { PaidReads } from '../../retrieval/paid-reads.ts';
import type { ChainClock } from '../chain-clock.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { ProviderChain } from '../provider-chain.ts';
import { readPriceFor } from './read-price.ts';

export interface SellReadsComponents {
  readonly view: ChainView;
  readonly chain: Pick<ProviderChain, 'provider'>;
  readonly chainClock: Pick<ChainClock, 'nowS' | 'head'>;
  readonly ledger: Pick<Ledger, 'vouchers' | 'channels' | 'readCeilings'>;
  readonly account: LocalAccount;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What this provider takes for reads, and how it is paid. */
export function sellReads(
  { view, chain, chainClock, ledger, account, clock, logger }: SellReadsComponents,
  { ask, retrieval }: Pick<ProviderConfig, 'ask' | 'retrieval'>,
): PaidReads {
  const { deployment } = view;
  const nowS = (): number => chainClock.nowS();
  const { retrievalPricePerMib: ceiling } = ask;
  const { pricePerMib: wanted = ceiling, freePerDay, maxContract, maxReadsPerClient: maxReads } = retrieval;
  const price = wanted < ceiling ? wanted : ceiling;
  const ceilings = ledger.readCeilings;
  return new PaidReads(
    {
      channels: new ChannelLookup(
        { chain: { channel: (channel) => readChannel(view, channel), nowS }, clock },
        { provider: chain.provider },
      ),
      vouchers: ledger.vouchers,
      allowance: new Allowance({ nowS }, { bytesPerDay: BigInt(freePerDay) }),
      isEnding: (channel) => (ledger.channels.consentUntil(channel) ?? 0) >= nowS(),
      nowS,
      hashContract: (contract) => hashRetrievalContract(deployment, contract),
      verifyContract: (contract, signature, signer) => verifyRetrievalContract(deployment, contract, signature, signer),
      signContract: (contract) => signRetrievalContract(account, deployment, contract),
      verifyVoucher: (voucher, signature, client) => verifyVoucher(deployment, voucher, signature, client),
      pricePerMiB: readPriceFor({ ceilings, chainClock }, { price }),
      channelsOf: (client) => ledger.channels.openOf(client),
      clock,
      logger,
    },
    { maxContractBytes: BigInt(maxContract), maxReads },
  );
}
