import type { PeerId } from '@libp2p/interface';

import { assert } from '../core/assert.ts';
import { to0x } from '../core/bytes.ts';
import type { Admitted, ReadRule } from './read-rules.ts';
import { malformedTicket } from './read-ticket.ts';

/** A request for bytes, as bulk transport hands it over. */
interface WantedBytes {
  root: Uint8Array;
  from: number;
  count: number;
  /** The `authorization` header. */
  ticket: string | undefined;
  remotePeer: PeerId;
}

/** Who may read a shard: the rule decides whose scheme the request's `authorization` header names, or the one for requests without a header. */
export class ReadGate {
  readonly #rules: ReadonlyMap<string | undefined, ReadRule>;

  constructor(rules: readonly ReadRule[]) {
    this.#rules = new Map(rules.map((rule) => [rule.scheme, rule]));
    assert(this.#rules.size === rules.length, 'one rule for each scheme');
  }

  /** @throws StowError `read-ticket-malformed` for a scheme that no rule knows, and what the rule throws */
  async authorize(request: WantedBytes): Promise<Admitted> {
    const { root, from, count, remotePeer: peer, ticket: authorization } = request;
    const rule = this.#rules.get(authorization?.split(' ', 1)[0]);
    if (rule === undefined) throw malformedTicket();
    return rule.admit({ root: to0x(root), from, count, peer, authorization });
  }
}
