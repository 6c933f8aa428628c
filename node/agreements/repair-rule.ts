import type { PeerId } from '@libp2p/interface';
import { LRUCache } from 'lru-cache';

import { providerOfAgreement } from '../market/agreement-id.ts';
import type { Address, AgreementId, Hex } from '../market/messages.ts';
import { MAX_KNOWN_REPAIRS, MAX_REPAIR_LOOKUPS, MAX_REPAIR_LOOKUPS_PER_PEER, REPAIR_GRACE_PERIODS } from './limits.ts';
import type { Admitted, ReadRule, ServedShards, WantedRead } from './read-rules.ts';
import { malformedTicket } from './read-ticket.ts';
import { refusal } from './refusals.ts';

/** Scheme of the `authorization` header of whoever reads to rebuild a shard that was lost. */
const REPAIR_SCHEME = 'Stowmarket-Repair';
/** Agreement ids have 64 bits. */
const MAX_AGREEMENT_ID = 2n ** 64n - 1n;

/** `Stowmarket-Repair <id of the failed agreement, decimal>`. */
export function encodeRepairClaim(lost: AgreementId): string {
  return `${REPAIR_SCHEME} ${lost}`;
}

/** A failed agreement's shard, and who rebuilds it, as the chain tells. */
export interface RepairFacts {
  readonly client: Address;
  readonly objectKey: Hex;
  /** Whether its bid can still be answered. */
  readonly isOpen: boolean;
  /** The agreement that an answer to the bid formed, while it holds the shard. */
  readonly winner: { readonly id: AgreementId; readonly startPeriod: number } | undefined;
}

export interface RepairRuleComponents {
  chain: {
    /** Undefined when nobody posted a bid for it. */
    repairFacts(lost: AgreementId): Promise<RepairFacts | undefined>;
    /** Provider of a node key; 0 when there is none. */
    providerOf(peer: PeerId): Promise<number>;
    block(): bigint;
    period(): number;
  };
  served: ServedShards;
}

/**
 * While an object's owner is away, the bid for a lost shard is the ticket to the others. As long as it can be answered, every registered provider
 * may see whether it could rebuild the shard: the roots of all units, and the first unit with the header, which is no secret. Whoever answered it
 * may read everything, until the first period that it has to prove is over, and one more. The connection proves who it is.
 */
export function repairRule({ chain, served }: RepairRuleComponents): ReadRule {
  const repairs = new PerBlock<AgreementId, RepairFacts | undefined>(chain);
  const providers = new PerBlock<string, number>(chain);
  return {
    scheme: REPAIR_SCHEME,
    async admit(read: WantedRead): Promise<Admitted> {
      const lost = decodeClaim(read.authorization);
      const peer = read.peer.toString();
      // The ledger's answer costs nothing: what is asked of the chain is about a shard that is here, and a provider that there can be.
      const objects = providerOfAgreement(lost) === 0 ? [] : await served.of(read.root);
      if (objects.length === 0) throw refused('this shard is not of the object that is repaired');
      const provider = await providers.get(peer, peer, async () => chain.providerOf(read.peer));
      if (provider === 0) throw refused('who asks is not a registered provider');
      const repair = await repairs.get(lost, peer, async () => chain.repairFacts(lost));
      if (repair === undefined) throw refused('nobody bids for the shard of that agreement');
      const isOfObject = objects.some(
        ({ client, objectKey }) =>
          client.toLowerCase() === repair.client.toLowerCase() &&
          objectKey.toLowerCase() === repair.objectKey.toLowerCase(),
      );
      if (!isOfObject) throw refused('this shard is not of the object that is repaired');
      if (isWinner(repair, provider, chain.period())) return REPAIRER;
      if (!repair.isOpen) throw refused('the bid for the shard of that agreement is over');
      if (!isPreview(read)) throw refused('before its bid is answered, only unit roots and the first unit are shown');
      return REPAIRER;
    },
  };
}

const REPAIRER: Admitted = { wallet: undefined, isExempt: true };

function isWinner({ winner }: RepairFacts, provider: number, period: number): boolean {
  if (winner === undefined || providerOfAgreement(winner.id) !== provider) return false;
  return period <= winner.startPeriod + REPAIR_GRACE_PERIODS;
}

/** The roots of all units, or the header. */
function isPreview({ from, count }: WantedRead): boolean {
  return from + count <= 1;
}

/** @throws StowError `read-ticket-malformed` */
function decodeClaim(header: string | undefined): AgreementId {
  const match = /^\S+ (\d{1,20})$/.exec(header ?? '');
  const lost = BigInt(match?.[1] ?? -1);
  if (lost < 0n || lost > MAX_AGREEMENT_ID) throw malformedTicket();
  return lost;
}

/** Answers of the chain, each asked for once a block: a rebuild asks for thousands of pieces. */
class PerBlock<key extends string | bigint, answer> {
  readonly #chain: Pick<RepairRuleComponents['chain'], 'block'>;
  readonly #known = new LRUCache<key, { block: bigint; answer: Promise<answer> }>({ max: MAX_KNOWN_REPAIRS });
  #asking = 0;
  readonly #askingByPeer = new Map<string, number>();

  constructor(chain: Pick<RepairRuleComponents['chain'], 'block'>) {
    this.#chain = chain;
  }

  /** @param peer for whom it is asked, if it has to be */
  async get(key: key, peer: string, ask: () => Promise<answer>): Promise<answer> {
    const block = this.#chain.block();
    const known = this.#known.get(key);
    if (known?.block === block) return known.answer;
    const ofPeer = this.#askingByPeer.get(peer) ?? 0;
    if (this.#asking >= MAX_REPAIR_LOOKUPS || ofPeer >= MAX_REPAIR_LOOKUPS_PER_PEER) throw busy();
    this.#count(peer, 1);
    const answer = ask().finally(() => this.#count(peer, -1));
    this.#known.set(key, { block, answer });
    try {
      return await answer;
    } catch (error) {
      // What failed is asked again.
      if (this.#known.get(key)?.answer === answer) this.#known.delete(key);
      throw error;
    }
  }

  #count(peer: string, more: 1 | -1): void {
    this.#asking += more;
    const left = (this.#askingByPeer.get(peer) ?? 0) + more;
    if (left === 0) this.#askingByPeer.delete(peer);
    else this.#askingByPeer.set(peer, left);
  }
}

function refused(reason: string): ReturnType<typeof refusal> {
  return refusal('read-refused', reason, 'answer the bid on chain first, with the node key of this connection');
}

function busy(): ReturnType<typeof refusal> {
  return refusal(
    'provider-busy',
    'this provider is looking up as many repairs as it can at once',
    'try again in a moment, or read from another holder',
    true,
  );
}
