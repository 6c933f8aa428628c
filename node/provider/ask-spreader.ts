import { z } from 'zod';

import type { ControlTransport } from '../agreements/control-server.ts';
import type { SignedAskJudge } from '../agreements/signed-ask-judge.ts';
import {
  ASKS_PROTOCOL,
  asksRequestSchema,
  asksResponseSchema,
  decodeGossip,
  encodeGossip,
  MAX_OFFER_BYTES,
  MAX_OFFERS_PER_ANSWER,
} from '../agreements/signed-ask-messages.ts';
import type { SignedAskPool } from '../agreements/signed-ask-pool.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { SignedOffer } from '../market/messages.ts';
import type { Gossip, GossipVerdict } from '../network/gossip.ts';
import { ASKS_RECORD_EVERY_MS, ASKS_RECORD_RETRY_MS, SPREAD_EVERY_MS, SPREAD_SOON_MS } from './limits.ts';

export interface AskSpreaderComponents {
  gossip: Pick<Gossip, 'start' | 'stop' | 'publish'>;
  rpc: ControlTransport;
  /** Announces this node in the DHT as one that signs asks. @returns how many peers took it */
  announce: (signal: AbortSignal) => Promise<{ stored: number }>;
  judge: Pick<SignedAskJudge, 'judge'>;
  pool: SignedAskPool;
  chainClock: { nowS(): number };
  clock: Clock;
  logger: Logger;
}

interface OwnAsk {
  offer: SignedOffer;
  askId: bigint;
}

/**
 * Spreads this provider's signed asks and those of others: by gossip among providers, and by answering clients, which come for a moment
 * only and ask for all at once. Every provider takes part, whether it signs asks itself or not.
 */
export class AskSpreader {
  readonly #components: AskSpreaderComponents;
  readonly #stopping = new AbortController();
  #own: OwnAsk | undefined;
  #wake = new AbortController();
  #loops: Promise<unknown> | undefined;

  constructor(components: AskSpreaderComponents) {
    this.#components = components;
  }

  async start(): Promise<void> {
    const { gossip, rpc, pool, chainClock } = this.#components;
    gossip.start((data) => this.judge(data));
    await rpc.handle(ASKS_PROTOCOL, {
      maxRequestBytes: MAX_OFFER_BYTES,
      schema: asksRequestSchema,
      handler: async () => {
        const offers = pool.newest(chainClock.nowS());
        return z.encode(asksResponseSchema, { offers: offers.slice(-MAX_OFFERS_PER_ANSWER) });
      },
    });
    const { signal } = this.#stopping;
    this.#loops = Promise.all([this.#spread(signal), this.#announce(signal)]);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake.abort();
    await this.#loops;
    this.#components.gossip.stop();
  }

  /** Spreads an ask of this provider from now on, in place of the one before. */
  offer(offer: SignedOffer, askId: bigint): void {
    this.#own = { offer, askId };
    this.#wake.abort();
  }

  /** What becomes of a gossiped message: good news is passed on, echoes are not, and who forges is held to it. */
  async judge(data: Uint8Array): Promise<GossipVerdict> {
    const { judge, pool, chainClock, logger } = this.#components;
    const offer = data.byteLength > MAX_OFFER_BYTES ? undefined : decodeGossip(data);
    if (offer === undefined) return 'reject';
    const judged = await judge.judge(offer);
    if (judged.verdict === 'forged') {
      logger.warn({ provider: offer.signed.ask.provider, reason: judged.reason }, 'forged ask refused');
      return 'reject';
    }
    if (judged.verdict !== 'good') return 'ignore';
    const outcome = pool.add(judged.askId, offer, chainClock.nowS());
    return outcome === 'fresh' || outcome === 'renewed' ? 'accept' : 'ignore';
  }

  /** Soon after an ask is signed several times, as a mesh may only be forming, and then now and then. */
  async #spread(signal: AbortSignal): Promise<void> {
    const { gossip, pool, chainClock, clock, logger } = this.#components;
    let sent: OwnAsk | undefined;
    let times = 0;
    while (!signal.aborted) {
      // Before the look at what there is: an ask that is signed from here on wakes the sleep below.
      this.#wake = new AbortController();
      const own = this.#own;
      if (own !== sent) times = 0;
      sent = own;
      try {
        if (own !== undefined) {
          const nowS = chainClock.nowS();
          pool.add(own.askId, own.offer, nowS);
          await gossip.publish(encodeGossip(own.offer, nowS));
        }
      } catch (error) {
        logger.warn({ reason: messageOf(error) }, 'ask not spread; tried again later');
      }
      const waitMs = SPREAD_SOON_MS[times] ?? SPREAD_EVERY_MS;
      times += 1;
      await clock.sleep(waitMs, { signal: AbortSignal.any([signal, this.#wake.signal]) }).catch(() => undefined);
    }
  }

  async #announce(signal: AbortSignal): Promise<void> {
    const { announce, clock, logger } = this.#components;
    while (!signal.aborted) {
      let stored = 0;
      try {
        if (this.#own !== undefined) ({ stored } = await announce(signal));
      } catch (error) {
        if (!signal.aborted) logger.debug({ reason: messageOf(error) }, 'record of signed asks not stored');
      }
      const waitMs = stored > 0 ? ASKS_RECORD_EVERY_MS : ASKS_RECORD_RETRY_MS;
      await clock.sleep(waitMs, { signal }).catch(() => undefined);
    }
  }
}
