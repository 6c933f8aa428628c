import type { ArgsOf, ReplayContext } from './context.ts';

/** A word of nonces holds so many. */
const WORD_BITS = 256n;

/** Which nonces cannot be used any more, as far as events tell: those of renewals and handovers are not announced. */
export class Nonces {
  readonly #context: ReplayContext;
  readonly #used = new Map<string, Set<bigint>>();

  constructor(context: ReplayContext) {
    this.#context = context;
  }

  /** @yields signer and nonce */
  *all(): Generator<[`0x${string}`, bigint]> {
    for (const [signer, nonces] of this.#used) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys are addresses
      for (const nonce of nonces) yield [signer as `0x${string}`, nonce];
    }
  }

  use(signer: string, nonce: bigint): void {
    const subject = nonceName(signer, nonce);
    this.#context.findings.touch(subject);
    this.#context.findings.event(subject, 'whether it was used before', false, this.#of(signer).has(nonce));
    this.#of(signer).add(nonce);
  }

  revoke({ signer, word, mask }: ArgsOf<'agreements', 'NoncesRevoked'>): void {
    for (let bit = 0n; bit < WORD_BITS; bit += 1n) {
      if (((mask >> bit) & 1n) === 0n) continue;
      const nonce = word * WORD_BITS + bit;
      this.#context.findings.touch(nonceName(signer, nonce));
      this.#of(signer).add(nonce);
    }
  }

  #of(signer: string): Set<bigint> {
    const nonces = this.#used.get(signer) ?? new Set<bigint>();
    this.#used.set(signer, nonces);
    return nonces;
  }
}

export function nonceName(signer: string, nonce: bigint): string {
  return `nonce ${nonce} of ${signer}`;
}
