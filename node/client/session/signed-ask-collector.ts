import { randomInt } from 'node:crypto';
import { SignedAskJudge } from '../../agreements/signed-ask-judge.ts';
import { ASKS_PROTOCOL, asksResponseSchema, MAX_ANSWER_BYTES } from '../../agreements/signed-ask-messages.ts';
import { MAX_POOLED } from '../../agreements/signed-ask-pool.ts';
import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import { readSeries } from '../../chain/actions/read-series.ts';
import type { ChainView } from '../../chain/client.ts';
import type { MarketIndex } from '../../chain/market-index.ts';
import { signedAskId, verifySignedAsk } from '../../chain/typed-data.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { PostedAsk } from '../../market/eligibility.ts';
import type { SignedOffer } from '../../market/messages.ts';
import { asksCid } from '../../network/asks-cid.ts';
import { parsePeerId } from '../../network/identity.ts';
import type { RpcTarget } from '../../network/rpc.ts';
import type { KnownProvider } from '../market-view.ts';
import { mapLimited } from './map-limited.ts';
import { controlAddresses } from './peer-book.ts';
import type { ControlNetwork } from './control-network.ts';

/** All of it: a purchase that finds nobody to ask goes on with the asks that are on chain. */
const COLLECT_MS = 6_000;
/** The DHT's part of it: a network without signed asks has no record of them, and a lookup that finds nothing takes its whole time. */
const LOOKUP_MS = 1_500;
/** Providers of the registry that are asked beside those of the DHT: what one hides or lacks, another tells. */
const ASKED_OF_REGISTRY = 3;
const ASKED_OF_DHT = 3;
/** Signatures checked at once; each may read a provider's series. */
const PARALLEL_CHECKS = 16;

interface CallOptions {
  signal?: AbortSignal | undefined;
}

export interface SignedAskCollectorComponents {
  chain: ChainView;
  index: Pick<MarketIndex, 'providerCount' | 'providers'>;
  providersOf: (ids: readonly number[]) => Promise<ReadonlyMap<number, KnownProvider>>;
  network: () => Promise<Pick<ControlNetwork, 'rpc' | 'dht'>>;
  logger: Logger;
}

/** Providers that are drawn so that some of them say where they are. */
const DRAWN_OF_REGISTRY = 32;

/**
 * Asks several peers for the signed asks that they know, once in a session, and keeps those that the chain would take: signed by the
 * node key of a registered provider for this order book, in its current series, not run out. Of a provider, the one signed last.
 */
export class SignedAskCollector {
  readonly #components: SignedAskCollectorComponents;
  #collecting: Promise<readonly PostedAsk[]> | undefined;

  constructor(components: SignedAskCollectorComponents) {
    this.#components = { ...components, logger: components.logger.child({ part: 'signed-asks' }) };
  }

  /** Never throws but for the caller's signal: without peers, there are the asks on chain. */
  async collect(options: CallOptions): Promise<readonly PostedAsk[]> {
    this.#collecting ??= this.#collect(options).catch((error: unknown) => {
      options.signal?.throwIfAborted();
      this.#components.logger.debug({ reason: messageOf(error) }, 'no signed asks collected');
      return [];
    });
    return this.#collecting;
  }

  async #collect(options: CallOptions): Promise<readonly PostedAsk[]> {
    const { chain, index } = this.#components;
    if ((await index.providerCount()) === 0) return [];
    const deadline = AbortSignal.timeout(COLLECT_MS);
    const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline]);
    const answers = await this.#askAll(signal);
    const { seconds: time } = await readChainTime(chain, options);
    const distinct = new Map(answers.flat().map((offer) => [`${signedAskId(offer.signed)} ${offer.signature}`, offer]));
    const offers = [...distinct.values()].slice(0, MAX_POOLED);
    const signers = await index.providers(offers.map(({ signed }) => signed.ask.provider));
    const judge = new SignedAskJudge({
      chain: {
        nowS: () => time,
        signerOf: async (provider) => signers.get(provider)?.nodeAddress,
        seriesOf: async (provider) => readSeries(chain, provider, options),
      },
      verify: (offer, signer) => verifySignedAsk(chain.deployment, offer, signer),
      idOf: signedAskId,
    });
    const good = await mapLimited(offers, PARALLEL_CHECKS, async (offer) => {
      const judged = await judge.judge(offer);
      return judged.verdict === 'good' ? { askId: judged.askId, ask: offer.signed.ask, offer } : undefined;
    });
    return newestOfEach(good.filter((posted) => posted !== undefined));
  }

  /** What each of some peers knows; a peer that does not answer knows nothing. */
  async #askAll(signal: AbortSignal): Promise<SignedOffer[][]> {
    const { rpc } = await this.#components.network();
    const targets = await this.#targets(signal);
    return Promise.all(
      targets.map(async (target) => {
        try {
          const call = { schema: asksResponseSchema, maxResponseBytes: MAX_ANSWER_BYTES, signal };
          return (await rpc.call(target, ASKS_PROTOCOL, {}, call)).offers;
        } catch (error) {
          this.#components.logger.debug({ reason: messageOf(error) }, 'a peer tells no signed asks');
          return [];
        }
      }),
    );
  }

  /** Peers that said in the DHT that they sign asks, and some of the registry by lot. */
  async #targets(signal: AbortSignal): Promise<RpcTarget[]> {
    const { chain, index, providersOf, network } = this.#components;
    const { dht } = await network();
    const { chainId, contracts } = chain.deployment;
    const lookup = AbortSignal.any([signal, AbortSignal.timeout(LOOKUP_MS)]);
    const found = dht
      .findProviders(asksCid({ chainId, orderBook: contracts.orderBook }), { signal: lookup, limit: ASKED_OF_DHT })
      .catch(() => []);
    const drawn = byLot(await index.providerCount(), DRAWN_OF_REGISTRY);
    const known = await providersOf(drawn);
    const registered = drawn
      .flatMap((id) => known.get(id) ?? [])
      // Where they said that they are: looking each up would cost more than asking another.
      .map(({ peerId, addresses }) => ({ peerId: parsePeerId(peerId), addrs: controlAddresses(addresses) }))
      .filter(({ addrs }) => addrs.length > 0)
      .slice(0, ASKED_OF_REGISTRY);
    const targets = new Map<string, RpcTarget>(registered.map((target) => [target.peerId.toString(), target]));
    for (const { id, multiaddrs } of await found) {
      if (!targets.has(id.toString())) targets.set(id.toString(), { peerId: id, addrs: multiaddrs });
    }
    return [...targets.values()];
  }
}

function newestOfEach(asks: readonly (PostedAsk & { offer: SignedOffer })[]): PostedAsk[] {
  const newest = new Map<number, PostedAsk & { offer: SignedOffer }>();
  for (const posted of asks) {
    const known = newest.get(posted.ask.provider);
    if (known === undefined || known.offer.signed.nonce < posted.offer.signed.nonce)
      newest.set(posted.ask.provider, posted);
  }
  return [...newest.values()];
}

/** So many different numbers from 1 to `count`, by lot; all of them where there are no more. */
function byLot(count: number, max: number): number[] {
  const drawn = new Set<number>();
  while (drawn.size < Math.min(count, max)) drawn.add(randomInt(1, count + 1));
  return [...drawn];
}
