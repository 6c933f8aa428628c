import { isAddressEqual } from 'viem/utils';

import { to0x } from '../core/bytes.ts';
import type { Address, Hex, ReadTicket } from '../market/messages.ts';
import { MAX_TICKET_AHEAD_S } from './limits.ts';
import { decodeReadTicket } from './read-ticket.ts';
import { refusal } from './refusals.ts';
import type { ReservationBook } from './reservation.ts';

export interface ReadGateComponents {
  chain: {
    nowS(): number;
    /** Takes over agreements that were formed a moment ago. */
    sync(): Promise<void>;
  };
  book: Pick<ReservationBook, 'ofClient'>;
  /** Whether a client has an agreement over a shard that lives, or was kept to an end so lately that the shard is still there. */
  serves: (client: Address, root: Hex) => boolean;
  verifyTicket: (ticket: ReadTicket, signature: Hex) => Promise<boolean>;
}

/**
 * Who may read a shard: whoever shows a ticket signed by the client of a live agreement over it, or of one that has just ended: until the
 * shard is deleted, its client may fetch it, to store it elsewhere.
 */
export class ReadGate {
  readonly #components: ReadGateComponents;
  readonly #provider: number;

  constructor(components: ReadGateComponents, init: { provider: number }) {
    this.#components = components;
    this.#provider = init.provider;
  }

  /** @throws StowError `read-ticket-malformed`, `read-refused` */
  async authorize(request: { root: Uint8Array; ticket: string | undefined }): Promise<void> {
    const { chain, verifyTicket } = this.#components;
    const { signature, ...ticket } = decodeReadTicket(request.ticket);
    const root = to0x(request.root);
    if (ticket.provider !== this.#provider)
      throw refused(`the ticket is for provider ${ticket.provider}, this is ${this.#provider}`);
    if (ticket.shardRoot !== root) throw refused('the ticket is for another shard');
    const ahead = ticket.expiry - BigInt(chain.nowS());
    if (ahead <= 0n || ahead > BigInt(MAX_TICKET_AHEAD_S))
      throw refused(`the ticket's expiry is ${ahead} seconds ahead, not 1 to ${MAX_TICKET_AHEAD_S}`);
    if (!(await verifyTicket(ticket, signature))) throw refused('the ticket is not signed by its client');
    if (!(await this.#isOwner(ticket.client, root))) throw refused('its client has no live agreement over this shard');
  }

  async #isOwner(client: Address, root: Hex): Promise<boolean> {
    const { serves, book, chain } = this.#components;
    if (serves(client, root)) return true;
    const promised = book
      .ofClient(client)
      .some((held) => held.state === 'signed' && held.root === root && isAddressEqual(held.request.client, client));
    if (!promised) return false;
    await chain.sync();
    return serves(client, root);
  }
}

function refused(reason: string): ReturnType<typeof refusal> {
  return refusal('read-refused', reason, 'sign a ticket for this provider and shard with the wallet that stored it');
}
