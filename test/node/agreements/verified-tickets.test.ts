import { expect } from 'chai';

import { MAX_VERIFIED_TICKETS } from '../../../node/agreements/limits.ts';
import { rememberVerified } from '../../../node/agreements/verified-tickets.ts';
import type { Hex, ReadTicket } from '../../../node/market/messages.ts';

const ticketOf = (expiry: bigint): ReadTicket => ({
  client: `0x${'11'.repeat(20)}`,
  provider: 3,
  shardRoot: `0x${'22'.repeat(32)}`,
  expiry,
});

describe('tickets with good signatures', () => {
  let asked: string[];
  const verify = rememberVerified(async ({ expiry }, signature) => {
    asked.push(`${expiry} ${signature}`);
    return signature === '0xaa';
  });
  beforeEach(() => {
    asked = [];
  });

  it('are looked at once, others each time', async () => {
    for (const signature of ['0xaa', '0xbb', '0xaa', '0xbb'] as Hex[])
      expect(await verify(ticketOf(1n), signature)).to.equal(signature === '0xaa');
    expect(asked).to.deep.equal(['1 0xaa', '1 0xbb', '1 0xbb']);
  });

  it('do not vouch for the same signature under another ticket', async () => {
    await verify(ticketOf(2n), '0xaa');
    await verify(ticketOf(3n), '0xaa');
    expect(asked).to.have.length(2);
  });

  it('are forgotten, the longest unused first', async () => {
    await verify(ticketOf(4n), '0xaa');
    await verify(ticketOf(5n), '0xaa');
    for (let i = 0; i < MAX_VERIFIED_TICKETS - 2; i++) await verify(ticketOf(BigInt(1_000 + i)), '0xaa');
    await verify(ticketOf(4n), '0xaa');
    await verify(ticketOf(6n), '0xaa');
    asked = [];
    await verify(ticketOf(4n), '0xaa');
    await verify(ticketOf(5n), '0xaa');
    expect(asked).to.deep.equal(['5 0xaa']);
  });
});
