import { randomBytes } from 'node:crypto';
import type { LocalAccount } from 'viem';

import { openChannel } from '../../chain/actions/open-channel.ts';
import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import { readChannel } from '../../chain/actions/read-channel.ts';
import {
  hashRetrievalContract,
  signRetrievalContract,
  signVoucher,
  verifyRetrievalContract,
  verifyVoucher,
} from '../../chain/retrieval-data.ts';
import type { Sender } from '../../chain/tx-sender.ts';
import type { ClientConfig } from '../../config/client-config.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { Address } from '../../market/messages.ts';
import { evmAddress, parsePeerId, publicKeyOfPeerId } from '../../network/identity.ts';
import { ReadPayer } from '../../retrieval/read-payer.ts';
import type { SentVouchers } from '../../retrieval/voucher-store.ts';
import type { MarketSession } from '../session/market-session.ts';
import { ChannelBook } from './channel-book.ts';

/** Bytes of a contract's nonce: random, as several processes may sign for one wallet. */
const NONCE_BYTES = 8;

export interface OpenReadPayerComponents {
  readonly market: Pick<MarketSession, 'chain' | 'index'>;
  readonly address: Address;
  /** Opens the key; asked for when something is to be signed. */
  readonly unlock: () => Promise<LocalAccount>;
  readonly sent: SentVouchers;
  /** Asked for when a channel is to be opened. */
  readonly sender: () => Promise<Sender>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Pays for what a wallet reads, by the client's configuration. */
export function openReadPayer(
  { market, address, unlock, sent, sender, clock, logger }: OpenReadPayerComponents,
  { maxPricePerMib, budget }: ClientConfig['retrieval'],
): ReadPayer {
  const { chain, index } = market;
  const { deployment } = chain;
  const nowS = async (): Promise<number> => (await readChainTime(chain)).seconds;
  const channels = new ChannelBook(
    {
      channel: (channel) => readChannel(chain, channel),
      ofClient: () => index.channelsOfClient(address),
      sent,
      nowS,
      open: async (wish) => (await openChannel(await sender(), wish)).channel,
      logger,
    },
    { budget },
  );
  return new ReadPayer(
    {
      client: address,
      sent,
      channels,
      ceilingOf: async ({ agreement }) => (await index.agreements([agreement])).get(agreement)?.retrievalCeiling,
      nodeOf: ({ provider }) => evmAddress(publicKeyOfPeerId(parsePeerId(provider.peerId))),
      nowS,
      signVoucher: async (voucher) => signVoucher(await unlock(), deployment, voucher),
      verifyVoucher: (voucher, signature, client) => verifyVoucher(deployment, voucher, signature, client),
      hashContract: (contract) => hashRetrievalContract(deployment, contract),
      signContract: async (contract) => signRetrievalContract(await unlock(), deployment, contract),
      verifyContract: (contract, signature, signer) => verifyRetrievalContract(deployment, contract, signature, signer),
      nonce: () => randomBytes(NONCE_BYTES).readBigUInt64BE(),
      clock,
      logger,
    },
    { maxPricePerMiB: maxPricePerMib },
  );
}
