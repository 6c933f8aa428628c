import { join } from 'node:path';
import { type LocalAccount, parseGwei, zeroAddress } from 'viem';

import { bringAsk } from '../../chain/actions/bring-ask.ts';
import type { IndexPlace } from '../../chain/index/open-index.ts';
import type { ChannelRow } from '../../chain/market-index.ts';
import { formAgreements } from '../../chain/actions/form-agreements.ts';
import { readProviderOfNode } from '../../chain/actions/read-provider-of-node.ts';
import { readHoldersOf } from '../../chain/actions/read-holders-of.ts';
import { DrySender } from '../../chain/dry-sender.ts';
import { TxSender } from '../../chain/tx-sender.ts';
import type { ClientConfig } from '../../config/client-config.ts';
import { assert } from '../../core/assert.ts';
import { to0x } from '../../core/bytes.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { Catalogue } from '../catalogue.ts';
import { EvidenceLog } from '../evidence/evidence-log.ts';
import { openReadPayer } from '../retrieval/open-read-payer.ts';
import { SentVouchersFile } from '../retrieval/sent-vouchers.ts';
import type { Address } from '../../market/messages.ts';
import { evmAddress, publicKeyOfPeerId } from '../../network/identity.ts';
import type { PutComponents } from '../put/put-types.ts';
import type { Holder } from '../../transfer/read/holder.ts';
import { UnfinishedPuts } from '../put/unfinished/unfinished-puts.ts';
import type { BidComponents } from '../bid/bid-types.ts';
import type { CloseConsent } from './ask-to-close.ts';
import { bidChain } from './bid-chain.ts';
import type { BulkTransfer } from './bulk-transfer.ts';
import type { CacheFinder } from './cache-finder.ts';
import type { ControlNetwork } from './control-network.ts';
import { clientWallet, type ClientWallet } from './client-wallet.ts';
import { openMarket, type MarketSession } from './market-session.ts';
import type { NetworkSession } from './network-session.ts';
import { SignedAskCollector } from './signed-ask-collector.ts';
import type { KnownProvider, MarketView } from '../market-view.ts';
import { isStowError } from '../../core/errors.ts';

/** Among the newest so many, some have addresses through which the network can be joined. */
const PROVIDERS_TO_JOIN = 32;

export interface SessionInit {
  config: ClientConfig;
  /** The client's address, known without its key. */
  address: Address;
  /** Opens the key; asked for once, and only when something is to be signed or read. */
  unlock: () => Promise<LocalAccount>;
  /** File of the local catalogue. */
  cataloguePath: string;
  /** Folder of wrong answers of providers, one folder in it for each market. */
  evidenceFolder: string;
  /** File of what was promised for reads. */
  paymentsPath: string;
  /** Where puts are kept until they come to their end. */
  unfinishedFolder: string;
  indexPlace: IndexPlace;
  logger: Logger;
  clock: Clock;
  signal: AbortSignal;
}

/**
 * Everything that one command of a client works with: constructed here in order, stopped in reverse. The network starts when
 * something first needs it, as many commands need only the chain.
 */
export class ClientSession {
  readonly market: MarketSession;
  readonly address: Address;
  readonly catalogue: Catalogue;
  readonly evidence: EvidenceLog;
  /** Puts that were cut off. */
  readonly unfinished: UnfinishedPuts;
  /** What was promised over channels. Opened when it is first needed. */
  readonly payments: SentVouchersFile;
  readonly #init: SessionInit;
  #wallet: Promise<ClientWallet> | undefined;
  #sender: Promise<TxSender> | undefined;
  #network: Promise<NetworkSession> | undefined;
  #transfer: Promise<BulkTransfer> | undefined;
  #publicTransfer: Promise<BulkTransfer> | undefined;
  #signedAsks: SignedAskCollector | undefined;

  /** @throws StowError of connecting, and `catalogue-unusable` */
  static async open(init: SessionInit): Promise<ClientSession> {
    const { config, logger, clock, indexPlace, signal } = init;
    const market = await openMarket(config.chain, { logger, clock, indexPlace }, { signal });
    try {
      return new ClientSession(init, market);
    } catch (error) {
      await market.close();
      throw error;
    }
  }

  private constructor(init: SessionInit, market: MarketSession) {
    this.#init = init;
    this.market = market;
    this.address = init.address;
    const { chainId, contracts } = market.chain.deployment;
    const scope = { chainId, market: contracts.agreements, client: init.address };
    const folder = join(init.evidenceFolder, `${chainId}-${contracts.agreements.toLowerCase()}`);
    this.evidence = new EvidenceLog(folder, init);
    const { retrievalChannels: channels } = contracts;
    this.payments = new SentVouchersFile(init.paymentsPath, { chainId, channels, client: init.address });
    this.unfinished = new UnfinishedPuts({ folder: init.unfinishedFolder, scope, clock: init.clock });
    // The last, as it opens a file.
    this.catalogue = new Catalogue(init.cataloguePath, scope);
  }

  /** The unlocked wallet. @throws StowError `keystore-*`, `password-missing` */
  async wallet(): Promise<ClientWallet> {
    this.#wallet ??= this.#init.unlock().then(clientWallet);
    return this.#wallet;
  }

  /** Sends the wallet's transactions. */
  async sender(): Promise<TxSender> {
    this.#sender ??= this.#openSender();
    return this.#sender;
  }

  /** Takes the place of `sender` where nothing is to be sent; opens no wallet. A fresh one at each call. */
  drySender(): DrySender {
    const { market, address } = this;
    return new DrySender({ view: market.chain, address }, { maxFeePerGas: this.#maxFeePerGas() });
  }

  /** What storing an object works with. */
  async putComponents(): Promise<PutComponents> {
    const { market, catalogue } = this;
    const { logger, clock } = this.#init;
    const { account, address, ownerKey } = await this.wallet();
    const sender = await this.sender();
    const { peers, rpc } = await this.#controlled();
    const { RpcControl } = await import('./rpc-control.ts');
    return {
      market: this.view(),
      control: new RpcControl({ rpc, peers, chain: market.chain, account }),
      uploader: await this.transfer(),
      bring: async (offer, options) => {
        await bringAsk(sender, offer, options).catch(unlessKnown);
      },
      form: async (signed, options) => {
        const agreements = signed.map(({ agreement }) => agreement);
        const providerSignatures = signed.map(({ signature }) => signature);
        const { ids, receipt } = await formAgreements(sender, { agreements, providerSignatures }, options);
        const { transactionHash: txHash, blockNumber, gasUsed } = receipt;
        return { ids, txHash, blockNumber, gasUsed };
      },
      holders: async (objectKey, options) => readHoldersOf(market.chain, address, to0x(objectKey), options),
      catalogue,
      unfinished: this.unfinished,
      owner: { address, publicKey: ownerKey.publicKey, privateKey: ownerKey.privateKey },
      clock,
      logger,
    };
  }

  /** What storing an object by a bid works with. */
  async bidComponents(): Promise<BidComponents> {
    const { form: _form, bring: _bring, holders: _holders, ...put } = await this.putComponents();
    const chain = bidChain(await this.sender(), this.market);
    return { ...put, chain, clock: this.#init.clock };
  }

  /** What a purchase has to know of the market, signed asks among it: starts the network once providers are asked for. */
  view(): MarketView {
    const { chain, index } = this.market;
    const { logger } = this.#init;
    this.#signedAsks ??= new SignedAskCollector({
      chain,
      index,
      providersOf: async (ids) => this.market.providers(ids),
      network: async () => this.#controlled(),
      logger,
    });
    return this.market.viewFor(this.address, this.#signedAsks);
  }

  /** Reading and writing shard bytes. */
  async transfer(): Promise<BulkTransfer> {
    this.#transfer ??= this.wallet().then(async ({ account }) => this.#openTransfer(account));
    return this.#transfer;
  }

  /** Reading what is public, as nobody: needs no wallet, but where it is to be paid for. */
  async publicTransfer(): Promise<BulkTransfer> {
    this.#publicTransfer ??= this.#openTransfer(undefined);
    return this.#publicTransfer;
  }

  /** Who else has shards, and sells reads of them through a transfer. Joins the network. */
  async findCaches(
    transfer: BulkTransfer,
    ...[holders, options]: Parameters<CacheFinder['find']>
  ): Promise<readonly Holder[]> {
    const { market } = this;
    const { logger, config } = this.#init;
    const { dht } = await this.#controlled();
    const { CacheFinder } = await import('./cache-finder.ts');
    const finder = new CacheFinder({
      dht,
      transfer,
      providerOf: async (peer) => {
        const id = await readProviderOfNode(market.chain, evmAddress(publicKeyOfPeerId(peer)));
        return (await market.providers([id])).get(id);
      },
      mostOf: async ({ agreement }) => {
        const ceiling = (await market.index.agreements([agreement])).get(agreement)?.retrievalCeiling ?? 0n;
        const { maxPricePerMib: rule = ceiling } = config.retrieval;
        return rule < ceiling ? rule : ceiling;
      },
      logger,
    });
    return finder.find(holders, options);
  }

  /** Asks a provider to agree to the end of a channel. Joins the network. */
  async askToClose(row: ChannelRow, options: { signal?: AbortSignal | undefined }): Promise<CloseConsent> {
    const { chain } = this.market;
    const { account } = await this.wallet();
    const provider = (await this.market.providers([row.provider])).get(row.provider);
    assert(provider !== undefined, 'a channel leads to a registered provider');
    const { peers, rpc } = await this.#controlled();
    const { askToClose } = await import('./ask-to-close.ts');
    return askToClose({ rpc, peers, chain, account }, provider, row, options);
  }

  /** Closes everything. Safe to call after a failure, and twice. */
  async stop(): Promise<void> {
    const network = this.#network;
    this.#network = undefined;
    const transfers = [this.#transfer, this.#publicTransfer];
    await Promise.all(transfers.map(async (opened) => opened?.then((open) => open.settle()).catch(() => undefined)));
    this.catalogue.close();
    this.payments.close();
    await this.market.close();
    await network?.then(async (open) => open.stop()).catch(() => undefined);
  }

  async #connected(): Promise<NetworkSession> {
    const { config, logger } = this.#init;
    this.#network ??= import('./network-session.ts').then(async ({ NetworkSession }) =>
      NetworkSession.open(config.network, {
        logger,
        providers: await providersToJoin(this.market),
        memory: this.catalogue,
      }),
    );
    return this.#network;
  }

  /** With the network joined. */
  async #controlled(): Promise<ControlNetwork & Pick<NetworkSession, 'peers'>> {
    const network = await this.#connected();
    return { ...(await network.control()), peers: network.peers };
  }

  async #openSender(): Promise<TxSender> {
    const { logger, clock, config } = this.#init;
    const { confirmations, poll } = config.chain;
    const { account } = await this.wallet();
    return new TxSender(
      { view: this.market.chain, account, logger, clock },
      { confirmations, pollMs: poll, maxFeePerGas: this.#maxFeePerGas() },
    );
  }

  #maxFeePerGas(): bigint | undefined {
    const { maxFeeGwei } = this.#init.config.chain;
    return maxFeeGwei === undefined ? undefined : parseGwei(String(maxFeeGwei));
  }

  async #openTransfer(account: LocalAccount | undefined): Promise<BulkTransfer> {
    const { bulk, peers } = await this.#connected();
    const { evidence, market, payments: sent } = this;
    const { logger, clock, config } = this.#init;
    const unlock = async (): Promise<LocalAccount> => (await this.wallet()).account;
    const sender = async (): Promise<TxSender> => this.sender();
    const payer =
      this.address === zeroAddress
        ? undefined
        : openReadPayer({ market, address: this.address, unlock, sent, sender, clock, logger }, config.retrieval);
    const { BulkTransfer } = await import('./bulk-transfer.ts');
    return new BulkTransfer({ bulk, peers, chain: this.market.chain, account, payer, clock, evidence });
  }
}

/** Providers through which the network may be joined, newest first. */
export async function providersToJoin(market: MarketSession): Promise<KnownProvider[]> {
  const ids = (await market.index.newestProviders(PROVIDERS_TO_JOIN)).map(({ id }) => id);
  const known = await market.providers(ids);
  return ids.flatMap((id) => known.get(id) ?? []);
}

/** Somebody else brought it first: it is in the book all the same. */
function unlessKnown(error: unknown): void {
  if (!isStowError(error, 'order-book-ask-known')) throw error;
}
