import type { SignedOffer } from '../market/messages.ts';

/** Asks kept of one provider: one that counts, and those it replaces while clients still know them. */
export const MAX_POOLED_PER_PROVIDER = 4;
/** All asks kept: below 2 MiB of memory, and more signing providers than a market of this kind has. */
export const MAX_POOLED = 4_000;
/** A provider's next new ask is taken after so long: an honest one signs one a period at most. */
export const NEW_ASK_GAP_S = 10;
/** A known ask that comes again is passed on after so long: late-comers hear of it, and an echo does not go round. */
export const RENEW_GAP_S = 60;

interface Pooled {
  askId: bigint;
  offer: SignedOffer;
  /** Unix seconds of the chain. */
  addedAt: number;
  passedAt: number;
}

/** `fresh` and `renewed` are worth passing on; `known`, `old` and `full` are not. */
export type PoolOutcome = 'fresh' | 'renewed' | 'known' | 'old' | 'full';

/** Signed asks that were judged good, so many of each provider and in all, whatever arrives. */
export class SignedAskPool {
  readonly #ofProvider = new Map<number, Pooled[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @param time unix seconds of the chain */
  add(askId: bigint, offer: SignedOffer, time: number): PoolOutcome {
    const { provider } = offer.signed.ask;
    const held = this.#ofProvider.get(provider) ?? [];
    const known = held.find((pooled) => pooled.askId === askId);
    if (known !== undefined) {
      if (time - known.passedAt < RENEW_GAP_S) return 'known';
      known.passedAt = time;
      return 'renewed';
    }
    if (held.some(({ addedAt }) => time - addedAt < NEW_ASK_GAP_S)) return 'old';
    const [oldest] = held;
    const isFull = held.length >= MAX_POOLED_PER_PROVIDER;
    // Nonces of a provider grow with time.
    if (isFull && oldest !== undefined && offer.signed.nonce <= oldest.offer.signed.nonce) return 'old';
    if (!isFull && this.#size >= MAX_POOLED) {
      this.prune(time);
      if (this.#size >= MAX_POOLED) return 'full';
    }
    const kept = isFull ? held.slice(1) : held;
    const next = [...kept, { askId, offer, addedAt: time, passedAt: time }];
    this.#put(
      provider,
      next.toSorted((a, b) => (a.offer.signed.nonce < b.offer.signed.nonce ? -1 : 1)),
    );
    return 'fresh';
  }

  /** The newest ask of each provider that has not run out. */
  newest(time: number): SignedOffer[] {
    return [...this.#ofProvider.values()].flatMap((held) => {
      const last = held.findLast(({ offer }) => offer.signed.ask.expiry > time);
      return last === undefined ? [] : [last.offer];
    });
  }

  /** Forgets what has run out. */
  prune(time: number): void {
    for (const [provider, held] of this.#ofProvider) {
      const live = held.filter(({ offer }) => offer.signed.ask.expiry > time);
      if (live.length < held.length) this.#put(provider, live);
    }
  }

  #put(provider: number, held: Pooled[]): void {
    this.#size += held.length - (this.#ofProvider.get(provider)?.length ?? 0);
    if (held.length === 0) this.#ofProvider.delete(provider);
    else this.#ofProvider.set(provider, held);
  }
}
