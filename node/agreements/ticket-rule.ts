import { isAddressEqual } from 'viem/utils';

import type { Address, Hex, ReadTicket } from '../market/messages.ts';
import { MAX_TICKET_AHEAD_S } from './limits.ts';
import type { MayRead } from './may-read.ts';
import { type Admitted, NO_SHARD, type ReadRule, type ServedShards, type WantedRead } from './read-rules.ts';
import { decodeReadTicket, TICKET_SCHEME } from './read-ticket.ts';
import { refusal } from './refusals.ts';

export interface TicketRuleComponents {
  chain: { nowS(): number };
  served: ServedShards;
  mayRead: Pick<MayRead, 'mayRead'>;
  verifyTicket: (ticket: ReadTicket, signature: Hex) => Promise<boolean>;
}

/**
 * Whoever shows a ticket that it signed itself may read, when it is the client of an agreement over the shard, or when that client shares the
 * object with it; at the root of no shard, anybody. The agreement may have ended of late: until the shard is deleted, it may be fetched, to be stored elsewhere.
 */
export function ticketRule(components: TicketRuleComponents, { provider }: { provider: number }): ReadRule {
  const { chain, served, mayRead, verifyTicket } = components;
  return {
    scheme: TICKET_SCHEME,
    async admit({ root, authorization }: WantedRead): Promise<Admitted> {
      const { signature, ...ticket } = decodeReadTicket(authorization);
      if (ticket.provider !== provider)
        throw refused(`the ticket is for provider ${ticket.provider}, this is ${provider}`);
      if (ticket.shardRoot !== root) throw refused('the ticket is for another shard');
      const ahead = ticket.expiry - BigInt(chain.nowS());
      if (ahead <= 0n || ahead > BigInt(MAX_TICKET_AHEAD_S))
        throw refused(`the ticket's expiry is ${ahead} seconds ahead, not 1 to ${MAX_TICKET_AHEAD_S}`);
      if (!(await verifyTicket(ticket, signature))) throw refused('the ticket is not signed by its client');
      if (root !== NO_SHARD && !(await isReader(ticket.client, root)))
        throw refused(
          'its client has no live agreement over this shard, and whoever has does not share it with it now',
        );
      return { wallet: ticket.client, isExempt: false };
    },
  };

  async function isReader(reader: Address, root: Hex): Promise<boolean> {
    const objects = await served.of(root);
    if (objects.some(({ client }) => isAddressEqual(client, reader))) return true;
    for (const object of objects) if (await mayRead.mayRead(object, reader)) return true;
    return false;
  }
}

function refused(reason: string): ReturnType<typeof refusal> {
  return refusal(
    'read-refused',
    reason,
    'sign a ticket for this provider and shard with the wallet that stored it, or with one that it is shared with',
  );
}
