import { clientsAt, type ReputationTerms, scoreAt, SKETCH_BITS, type Standing, withClient } from './reputation.ts';

/** A client, by the number of its escrow account. */
export interface ServedClient {
  readonly account: number;
}

/**
 * Clients that do not count for a provider in a period, as many as raise its score and at most `max`, and by how much they raise it together. Those whose account
 * numbers the contract takes for one are one.
 */
export function uncountedClients<T extends ServedClient>(
  standing: Standing,
  served: readonly T[],
  terms: ReputationTerms,
  period: number,
  max = Infinity,
): { clients: T[]; gain: number } {
  const { recentClients, clientsBefore } = clientsAt(standing, period, terms.halfLifePeriods);
  const counted = new Set(bitsIn(recentClients | clientsBefore));
  const clients: T[] = [];
  let after = standing;
  for (const client of served) {
    const bit = client.account % SKETCH_BITS;
    if (counted.size >= terms.fullClients || clients.length >= max) break;
    if (counted.has(bit)) continue;
    counted.add(bit);
    clients.push(client);
    after = withClient(after, client.account, period, terms.halfLifePeriods);
  }
  return { clients, gain: scoreAt(after, terms, period) - scoreAt(standing, terms, period) };
}

function bitsIn(sketch: bigint): number[] {
  return Array.from({ length: SKETCH_BITS }, (_, bit) => bit).filter((bit) => (sketch >> BigInt(bit)) % 2n === 1n);
}
