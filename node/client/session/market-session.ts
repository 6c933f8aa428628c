import { readBalances } from '../../chain/actions/read-balances.ts';
import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import { readCurrentPeriod } from '../../chain/actions/read-current-period.ts';
import { readGasPrice } from '../../chain/actions/read-gas-price.ts';
import { readMarketParameters, type MarketParameters } from '../../chain/actions/read-market-parameters.ts';
import { readQuote } from '../../chain/actions/read-quote.ts';
import { connectChain, type ChainView } from '../../chain/client.ts';
import { LogWatcher } from '../../chain/log-watcher.ts';
import type { MarketIndex } from '../../chain/market-index.ts';
import { type IndexPlace, openIndex } from '../../chain/index/open-index.ts';
import type { ClientConfig } from '../../config/client-config.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { PostedAsk } from '../../market/eligibility.ts';
import type { Address } from '../../market/messages.ts';
import type { KnownProvider, MarketView } from '../market-view.ts';
import { contactsOf, findProviders } from './find-providers.ts';

interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** The chain and the market on it, as one command sees them. */
export interface MarketSession {
  readonly chain: ChainView;
  readonly parameters: MarketParameters;
  /** The market's events up to the newest block at the last `sync`. */
  readonly index: MarketIndex;
  sync(options?: CallOptions): Promise<void>;
  /** As `sync`, at least up to this block. */
  syncTo(block: bigint, options?: CallOptions): Promise<void>;
  /** What purchases of this client need. */
  viewFor(client: Address, signedAsks?: SignedAskSource): MarketView;
  /** Registered providers by id, for reaching them: without asks. */
  providers(ids: readonly number[]): Promise<ReadonlyMap<number, KnownProvider>>;
  /** Lets the index go. Safe to call twice. */
  close(): Promise<void>;
}

export interface OpenMarketComponents {
  logger: Logger;
  clock: Clock;
  indexPlace: IndexPlace;
}

/** Connects and reads the market's events. @throws StowError `chain-unreachable`, `chain-wrong`, `deployment-*`, `index-*` */
export async function openMarket(
  config: ClientConfig['chain'],
  { logger, clock, indexPlace }: OpenMarketComponents,
  options: CallOptions,
): Promise<MarketSession> {
  const chain = await connectChain(config, options);
  const parameters = await readMarketParameters(chain, options);
  const { halfLifePeriods } = parameters.reputation;
  const halfLifeBlocks = halfLifePeriods * BigInt(parameters.periodBlocks);
  const terms = { bond: parameters.bond, halfLifePeriods, halfLifeBlocks };
  const index = await openIndex({ view: chain, place: indexPlace, terms, logger }, options);
  try {
    const watcher = new LogWatcher(
      { view: chain, sink: index, logger, clock },
      { confirmations: config.confirmations, pollMs: config.poll },
    );
    await watcher.syncOnce(options);
    return {
      chain,
      parameters,
      index,
      sync: async (call) => watcher.syncOnce(call),
      syncTo: async (block, call) => watcher.syncTo(block, call),
      viewFor: (client, signedAsks = noSignedAsks) =>
        viewFor({ chain, parameters, index, watcher }, client, signedAsks),
      providers: async (ids) => contactsOf({ index, parameters }, ids),
      close: async () => index.close(),
    };
  } catch (error) {
    await index.close();
    throw error;
  }
}

/** Where signed asks come from: those that can be brought to the book now. */
export interface SignedAskSource {
  collect(options: CallOptions): Promise<readonly PostedAsk[]>;
}

/** For questions that no ask decides. */
const noSignedAsks: SignedAskSource = { collect: async () => [] };

interface Parts {
  chain: ChainView;
  parameters: MarketParameters;
  index: MarketIndex;
  watcher: LogWatcher;
}

function viewFor(
  { chain, parameters, index, watcher }: Parts,
  client: Address,
  signedAsks: SignedAskSource,
): MarketView {
  return {
    terms: { burnBps: parameters.burnBps, holdbackBps: parameters.holdbackBps, minValue: parameters.minValue },
    async providers(wish, options) {
      const [period, quote, signed] = await Promise.all([
        readCurrentPeriod(chain, options),
        readQuote(chain, options),
        watcher.syncOnce(options).then(async () => signedAsks.collect(options)),
      ]);
      return findProviders({ index, parameters, period, quote, block: (await index.block()) ?? 0n }, wish, signed);
    },
    time: async (options) => (await readChainTime(chain, options)).seconds,
    balances: async (options) => readBalances(chain, client, options),
    gasPrice: async (options) => readGasPrice(chain, options),
  };
}
