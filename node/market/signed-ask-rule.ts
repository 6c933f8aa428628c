import type { Address, Ask, SignedAsk } from './messages.ts';

/** Half the index to twice: what the contract takes of a pegged ask. */
const MIN_PREMIUM_BPS = 5_000;
const MAX_PREMIUM_BPS = 20_000;

/** What the chain says of whoever signed. */
export interface SignerFacts {
  /** Address of the node key; undefined when the provider is not registered. */
  readonly nodeAddress: Address | undefined;
  /** The series that counts now. */
  readonly series: number;
  /** Unix seconds of the chain. */
  readonly time: number;
}

/**
 * Why an ask with a good signature is of no use now, or undefined when it is. Nothing of it is its sender's fault: chains are seen at
 * different moments.
 */
export function staleReason({ ask, series }: SignedAsk, facts: SignerFacts): string | undefined {
  if (facts.nodeAddress === undefined) return `provider ${ask.provider} is not registered`;
  if (series !== facts.series) return `it was signed in series ${series}, and series ${facts.series} counts`;
  if (ask.expiry <= facts.time) return `it ran out ${facts.time - ask.expiry} s ago`;
  return undefined;
}

/**
 * Whether the order book could ever take these terms: what no honest provider signs, whatever the time. The conditions are those of
 * `Asks._requireValid` on chain, but for the expiry and the placement id.
 */
export function isWellFormed(ask: Ask): boolean {
  const pegged = ask.premiumBps !== 0;
  return (
    ask.pricePerUnitPeriod > 0n &&
    ask.unitsLeft > 0 &&
    ask.collateralPeriods > 0 &&
    ask.maxUnits > 0 &&
    ask.minUnits <= ask.maxUnits &&
    ask.maxPeriods > 0 &&
    ask.minPeriods <= ask.maxPeriods &&
    (pegged
      ? ask.premiumBps >= MIN_PREMIUM_BPS && ask.premiumBps <= MAX_PREMIUM_BPS && ask.ceiling >= ask.pricePerUnitPeriod
      : ask.ceiling === 0n)
  );
}
