import { createHash } from 'node:crypto';

import {
  gossipsub,
  StrictNoSign,
  TopicValidatorResult,
  type GossipSub,
  type GossipSubComponents,
} from '@libp2p/gossipsub';
import { createTopicScoreParams } from '@libp2p/gossipsub/score';

import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import {
  GOSSIP_MAX_INBOUND_BYTES,
  GOSSIP_MESSAGES_PER_PEER,
  GOSSIP_RATE_WINDOW_MS,
  MAX_CONNECTIONS,
} from './limits.ts';

/** Passed on; kept to ourselves; kept to ourselves, and held against its sender. */
export type GossipVerdict = 'accept' | 'ignore' | 'reject';

const RESULTS = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
} as const;

/**
 * One invalid message takes a peer out of the mesh (the score of 0 that it needs), ten silence it (gossipsub's graylist at -80), and it
 * is forgotten within minutes of good conduct: a bug of a new version must not split the network for good.
 */
const TOPIC_SCORE = createTopicScoreParams({
  topicWeight: 1,
  timeInMeshWeight: 0,
  firstMessageDeliveriesWeight: 0,
  // The topic is quiet: nobody is late with messages that are not there.
  meshMessageDeliveriesWeight: 0,
  meshFailurePenaltyWeight: 0,
  invalidMessageDeliveriesWeight: -1,
  invalidMessageDeliveriesDecay: 0.97,
});

/** The gossip service of a host. Messages carry the signatures that count themselves, so gossip's own are left out. */
export function gossipService(init: {
  topics: readonly string[];
  devnet: boolean;
}): (components: GossipSubComponents) => GossipSub {
  return gossipsub({
    globalSignaturePolicy: StrictNoSign,
    msgIdFn: ({ topic, data }) => createHash('sha256').update(topic).update(data).digest(),
    allowedTopics: [...init.topics],
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    maxInboundDataLength: GOSSIP_MAX_INBOUND_BYTES,
    doPX: false,
    scoreParams: {
      topics: Object.fromEntries(init.topics.map((topic) => [topic, TOPIC_SCORE])),
      // On a devnet all peers share an address.
      ...(init.devnet ? { IPColocationFactorWeight: 0 } : {}),
    },
  });
}

/** One topic of a host that gossips. */
export class Gossip {
  readonly #service: GossipSub;
  readonly #logger: Logger;
  readonly #topic: string;
  /** Messages by peer since the window began. */
  readonly #counts = new Map<string, number>();
  #windowStartMs = 0;

  constructor(components: { service: GossipSub; logger: Logger }, init: { topic: string }) {
    this.#service = components.service;
    this.#logger = components.logger.child({ part: 'gossip' });
    this.#topic = init.topic;
  }

  /** Takes part in the topic. What `judge` throws is our own trouble: the message goes no further, and its sender is not blamed. */
  start(judge: (data: Uint8Array) => Promise<GossipVerdict>): void {
    this.#service.topicValidators.set(this.#topic, async (peer, { data }) => {
      if (!this.#isWithinRate(peer.toString())) return TopicValidatorResult.Ignore;
      try {
        return RESULTS[await judge(data)];
      } catch (error) {
        this.#logger.debug({ peer: peer.toString(), reason: messageOf(error) }, 'message not judged');
        return TopicValidatorResult.Ignore;
      }
    });
    this.#service.subscribe(this.#topic);
  }

  stop(): void {
    this.#service.unsubscribe(this.#topic);
    this.#service.topicValidators.delete(this.#topic);
  }

  /** @returns how many peers it was sent to */
  async publish(data: Uint8Array): Promise<number> {
    return (await this.#service.publish(this.#topic, data)).recipients.length;
  }

  /** A recovery of a signature costs a millisecond: a peer gets so many of them. */
  #isWithinRate(peer: string): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#windowStartMs > GOSSIP_RATE_WINDOW_MS || this.#counts.size > MAX_CONNECTIONS) {
      this.#windowStartMs = nowMs;
      this.#counts.clear();
    }
    const count = (this.#counts.get(peer) ?? 0) + 1;
    this.#counts.set(peer, count);
    return count <= GOSSIP_MESSAGES_PER_PEER;
  }
}
