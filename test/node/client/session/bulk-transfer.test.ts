import { expect } from 'chai';
import { privateKeyToAccount } from 'viem/accounts';

import { decodeReadTicket } from '../../../../node/agreements/read-ticket.ts';
import { verifyReadTicket } from '../../../../node/chain/typed-data.ts';
import type { Holder } from '../../../../node/transfer/read/holder.ts';
import { BulkTransfer } from '../../../../node/client/session/bulk-transfer.ts';
import { systemClock } from '../../../../node/core/clock.ts';
import { StowError } from '../../../../node/core/errors.ts';
import { nodeIdentity } from '../../../../node/network/identity.ts';
import type { BulkAddress } from '../../../../node/transfer/bulk-address.ts';
import type { BulkPeer } from '../../../../node/transfer/bulk-client.ts';
import { expectError } from '../support/expect-error.ts';
import { fakeChainView } from '../support/fake-chain.ts';
import { fakeProvider, NOW_S } from '../support/fake-market.ts';

const account = privateKeyToAccount(`0x${'42'.repeat(32)}`);
const chain = fakeChainView();
const { peerId } = nodeIdentity(new Uint8Array(32).fill(7));
const provider = { ...fakeProvider(3), peerId: peerId.toString() };
const holder: Holder = { shardIndex: 0, agreement: 1n, provider, root: new Uint8Array(32).fill(6), units: 4 };
const addresses = [1, 2, 3].map((port) => ({ host: '127.0.0.1', port }));

/** Nothing is wrong here; test/node/client/get/get.test.ts is about what is. */
const keep = (): void => expect.fail('nothing to keep');

interface Seen {
  port: number;
  ticket?: string | undefined;
}

function transfer(
  reachable: number[],
  code = 'transfer-unreachable',
): { transfer: BulkTransfer; seen: Seen[]; lookups: { count: number }; remembered: string[] } {
  const seen: Seen[] = [];
  const lookups = { count: 0 };
  const visit = (peer: BulkPeer, ticket?: string): void => {
    seen.push({ port: peer.address.port, ticket });
    if (!reachable.includes(peer.address.port)) throw new StowError({ code, message: 'failed', retryable: true });
  };
  const unasked = async (): Promise<never> => {
    throw new Error('nothing is paid here');
  };
  const bulk = {
    offer: unasked,
    agree: unasked,
    pay: unasked,
    putShard: async (peer: BulkPeer) => {
      visit(peer);
      return { root: holder.root, units: 4 };
    },
    uploadState: async (peer: BulkPeer) => {
      visit(peer);
      return { units: 4 };
    },
    unitRoots: async (
      peer: BulkPeer,
      _root: Uint8Array,
      units: number,
      { ticket }: { ticket?: string | undefined } = {},
    ) => {
      visit(peer, ticket);
      return new Uint8Array(32 * units);
    },
    async *readUnits(
      peer: BulkPeer,
      _root: Uint8Array,
      _from: number,
      count: number,
      { ticket }: { ticket?: string | undefined } = {},
    ) {
      visit(peer, ticket);
      yield new Uint8Array(65_536 * count);
    },
  };
  const remembered: string[] = [];
  const peers = {
    remember: (known: { peerId: string }, address: BulkAddress) =>
      void remembered.push(`${known.peerId} ${address.port}`),
    async *bulkAddresses() {
      lookups.count++;
      yield* addresses;
    },
  };
  return {
    transfer: new BulkTransfer({ bulk, peers, chain, account, clock: systemClock, evidence: { keep } }),
    seen,
    lookups,
    remembered,
  };
}

describe('bulk transfer of the client', () => {
  it('tries addresses until one connects, and stays with it', async () => {
    const { transfer: subject, seen, lookups, remembered } = transfer([2]);
    await subject.unitRoots(holder, {});
    for await (const _block of subject.readUnits(holder, 1, 2, {}));
    expect(seen.map(({ port }) => port)).to.deep.equal([1, 2, 2]);
    expect(lookups.count).to.equal(1);
    expect(remembered).to.deep.equal([`${holder.provider.peerId} 2`]);
  });

  it('does not go on to another address after a failure that came later than connecting', async () => {
    const { transfer: subject, seen } = transfer([], 'transfer-hangup');
    await expectError(subject.unitRoots(holder, {}), 'transfer-hangup');
    expect(seen).to.have.lengthOf(1);
  });

  it('uploads to the addresses that the reservation names', async () => {
    const { transfer: subject, seen } = transfer([9]);
    const reservation = {
      id: 'x',
      bulk: ['/ip4/127.0.0.1/tcp/8/tls/http', 'nonsense', '/ip4/127.0.0.1/tcp/9/tls/http'],
    };
    await subject.putShard(provider, reservation, (async function* () {})(), {});
    expect(seen.map(({ port }) => port)).to.deep.equal([8, 9]);
    await expectError(
      subject.putShard(provider, { id: 'x', bulk: [] }, (async function* () {})(), {}),
      'provider-address-unknown',
    );
  });

  it('shows one ticket per shard and provider, signed by the wallet and good for hours', async () => {
    const { transfer: subject, seen } = transfer([1]);
    await subject.unitRoots(holder, {});
    for await (const _block of subject.readUnits(holder, 0, 1, {}));
    expect(new Set(seen.map(({ ticket }) => ticket)).size).to.equal(1);
    const { signature, ...ticket } = decodeReadTicket(seen[0]?.ticket);
    expect(ticket).to.deep.include({ client: account.address, provider: 3, shardRoot: `0x${'06'.repeat(32)}` });
    expect(Number(ticket.expiry) - NOW_S).to.be.within(3_600, 24 * 3_600);
    expect(await verifyReadTicket(chain.deployment, ticket, signature)).to.equal(true);
  });
});
