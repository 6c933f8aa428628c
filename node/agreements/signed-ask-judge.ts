import type { Address, SignedAsk, SignedOffer } from '../market/messages.ts';
import { isWellFormed, staleReason } from '../market/signed-ask-rule.ts';

/** What the judge asks the chain. */
export interface JudgeChain {
  /** Unix seconds of the chain's clock. */
  nowS(): number;
  /** Address of a provider's node key; undefined when nobody registered under that number. */
  signerOf(provider: number): Promise<Address | undefined>;
  seriesOf(provider: number): Promise<number>;
}

export interface JudgeComponents {
  chain: JudgeChain;
  verify: (offer: SignedOffer, signer: Address) => Promise<boolean>;
  idOf: (signed: SignedAsk) => bigint;
}

/**
 * `forged`: nobody honest sends it, so its sender is at fault. `stale`: of no use now, and nobody's fault.
 */
export type AskVerdict = { verdict: 'good'; askId: bigint } | { verdict: 'forged' | 'stale'; reason: string };

/** For how long what the chain says of a provider is taken for true: series change rarely, and a stale view costs a refused transaction. */
const FACTS_VALID_S = 60;
/** Providers whose facts are kept, those that do not exist included: one entry is 100 bytes, and a flood of numbers makes no more. */
const MAX_FACTS = 10_000;

interface Facts {
  nodeAddress: Address | undefined;
  series: number;
  readAt: number;
}

/** Tells signed asks that can be brought to the book from those that cannot: signature, chain, contract, registration, series, expiry, terms. */
export class SignedAskJudge {
  readonly #components: JudgeComponents;
  readonly #facts = new Map<number, Facts>();

  constructor(components: JudgeComponents) {
    this.#components = components;
  }

  async judge(offer: SignedOffer): Promise<AskVerdict> {
    const { chain, verify, idOf } = this.#components;
    const { signed } = offer;
    const { provider } = signed.ask;
    if (!isWellFormed(signed.ask)) return { verdict: 'forged', reason: 'the book takes no such terms' };
    const time = chain.nowS();
    // The cheapest look first: a replayed old ask costs neither a read nor a recovery.
    if (signed.ask.expiry <= time) return { verdict: 'stale', reason: `it ran out ${time - signed.ask.expiry} s ago` };
    const facts = await this.#factsOf(provider, time);
    const { nodeAddress } = facts;
    if (nodeAddress !== undefined && !(await verify(offer, nodeAddress))) {
      return { verdict: 'forged', reason: `it is not signed by the node key of provider ${provider} for this market` };
    }
    const stale = staleReason(signed, { ...facts, time });
    return stale === undefined ? { verdict: 'good', askId: idOf(signed) } : { verdict: 'stale', reason: stale };
  }

  async #factsOf(provider: number, time: number): Promise<Facts> {
    const known = this.#facts.get(provider);
    if (known !== undefined && time - known.readAt < FACTS_VALID_S) return known;
    const { chain } = this.#components;
    const nodeAddress = await chain.signerOf(provider);
    const series = nodeAddress === undefined ? 0 : await chain.seriesOf(provider);
    const facts = { nodeAddress, series, readAt: time };
    this.#facts.delete(provider);
    this.#facts.set(provider, facts);
    const [oldest] = this.#facts.keys();
    if (this.#facts.size > MAX_FACTS && oldest !== undefined) this.#facts.delete(oldest);
    return facts;
  }
}
