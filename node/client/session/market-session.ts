import { readBalances } from '../../chain/actions/read-balances.ts';
import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import { readCurrentPeriod } from '../../chain/actions/read-current-period.ts';
import { readGasPrice } from '../../chain/actions/read-gas-price.ts';
import { readMarketParameters, type MarketParameters } from '../../chain/actions/read-market-parameters.ts';
import { readQuote } from '../../chain/actions/read-quote.ts';
import { readReputation } from '../../chain/actions/read-reputation.ts';
import { connectChain, type ChainView } from '../../chain/client.ts';
import { LogWatcher } from '../../chain/log-watcher.ts';
import type { MarketIndex, ProviderRow } from '../../chain/market-index.ts';
import { MemoryMarketIndex } from '../../chain/memory-index.ts';
import type { ClientConfig } from '../../config/client-config.ts';
import { concat, fromHex } from '../../core/bytes.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { Address } from '../../market/messages.ts';
import type { PostedAsk } from '../../market/eligibility.ts';
import { askAt } from '../../market/peg.ts';
import { peerIdOfPublicKey } from '../../network/identity.ts';
import type { KnownProvider, MarketView } from '../market-view.ts';
import { mapLimited } from './map-limited.ts';

/** SEC 1's mark of an uncompressed point; the registry stores the 64 bytes after it. */
const UNCOMPRESSED = Uint8Array.of(4);
/** Score reads in flight: a hosted endpoint refuses bursts of hundreds. */
const PARALLEL_READS = 16;

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
  provider(id: number): KnownProvider | undefined;
}

/** Connects and reads the market's events. @throws StowError `chain-unreachable`, `chain-wrong`, `deployment-*` */
export async function openMarket(
  config: ClientConfig['chain'],
  components: { logger: Logger; clock: Clock },
  options: CallOptions,
): Promise<MarketSession> {
  const chain = await connectChain(
    { rpcUrl: config.rpcUrl, deploymentsDir: config.deployments, chainId: config.chainId },
    options,
  );
  const index = new MemoryMarketIndex();
  const watcher = new LogWatcher(
    { view: chain, sinks: [index], ...components },
    { confirmations: config.confirmations, pollMs: config.poll },
  );
  const [parameters] = await Promise.all([readMarketParameters(chain, options), watcher.syncOnce(options)]);
  return {
    chain,
    parameters,
    index,
    sync: async (call) => watcher.syncOnce(call),
    syncTo: async (block, call) => watcher.syncTo(block, call),
    viewFor: (client, signedAsks = noSignedAsks) => viewFor({ chain, parameters, index, watcher }, client, signedAsks),
    provider: (id) => {
      const row = index.provider(id);
      return row === undefined ? undefined : knownProvider(row, index, parameters, 0);
    },
  };
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
    async providers(options) {
      await watcher.syncOnce(options);
      const [period, quote, signed] = await Promise.all([
        readCurrentPeriod(chain, options),
        readQuote(chain, options),
        signedAsks.collect(options),
      ]);
      // A provider without an ask is listed for the reasons' sake; its score decides nothing.
      return mapLimited(index.providers(), PARALLEL_READS, async (row) => {
        // One that was brought is in the index, with what is left of it.
        const unbrought = signed.filter(({ askId, ask }) => ask.provider === row.id && index.ask(askId) === undefined);
        const asks = [...index.asksOf(row.id), ...unbrought];
        const score =
          asks.length === 0 ? 0 : (await readReputation(chain, { provider: row.id, period }, options)).score;
        const known = knownProvider(row, index, parameters, score);
        return { ...known, asks: asks.map((posted) => ({ ...posted, ask: askAt(posted.ask, quote) })) };
      });
    },
    time: async (options) => (await readChainTime(chain, options)).seconds,
    balances: async (options) => readBalances(chain, client, options),
    gasPrice: async (options) => readGasPrice(chain, options),
  };
}

function knownProvider(
  row: ProviderRow,
  index: MarketIndex,
  parameters: MarketParameters,
  score: number,
): KnownProvider {
  const lockable = row.free - parameters.bond;
  return {
    id: row.id,
    operator: row.operator,
    nodeAddress: row.nodeAddress,
    peerId: peerIdOfPublicKey(concat(UNCOMPRESSED, fromHex(row.nodePublicKey, 64))).toString(),
    addresses: row.addresses,
    region: row.region,
    placementId: row.placementId === undefined ? undefined : fromHex(row.placementId, 32),
    failed: row.failed,
    lockable: lockable > 0n ? lockable : 0n,
    freeCapacity: Math.max(0, row.capacity - row.heldUnits),
    score,
    asks: index.asksOf(row.id),
  };
}
