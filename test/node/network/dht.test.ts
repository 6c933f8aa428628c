import { randomBytes } from 'node:crypto';
import { expect } from 'chai';

import { silentLogger } from '../../../node/core/logger.ts';
import { asksCid } from '../../../node/network/asks-cid.ts';
import { Dht } from '../../../node/network/dht.ts';
import type { Host } from '../../../node/network/host.ts';
import { shardCid } from '../../../node/network/shard-cid.ts';
import { bootstrapOf, HostPool } from './hosts.ts';

const PROVIDERS = 8;

describe('Dht', function () {
  this.timeout(60_000);
  const pool = new HostPool();
  const hosts: Host[] = [];
  const dhts: Dht[] = [];
  let client: Dht;

  before(async () => {
    const first = await pool.start();
    hosts.push(first);
    const bootstrap = [bootstrapOf(first)];
    for (let i = 1; i < PROVIDERS; i++) hosts.push(await pool.start({ bootstrap }));
    dhts.push(...hosts.map((host) => new Dht({ host, logger: silentLogger })));
    // Nine nodes in one process make 36 handshakes on one thread, which is not what a single node's lookups wait for.
    while (dhts.some((dht) => dht.size < PROVIDERS / 2)) await new Promise((resolve) => setTimeout(resolve, 50));
    const host = await pool.start({ mode: 'client', bootstrap });
    client = new Dht({ host, logger: silentLogger });
  });
  after(() => pool.stopAll());

  it('a client that has just started finds what a provider announced, with an address', async () => {
    const cid = shardCid(randomBytes(32));
    const { stored } = await dhts[5]!.provide(cid);
    expect(stored).to.be.greaterThan(0);

    const found = await client.findProviders(cid);
    expect(found.map((peer) => peer.id.toString())).to.deep.equal([hosts[5]!.peerId.toString()]);
    expect(found[0]!.multiaddrs.map(String).join()).to.include('/ip4/127.0.0.1/tcp/');
  });

  it('finds several providers of one shard, and no more than asked for', async () => {
    const cid = shardCid(randomBytes(32));
    await Promise.all([1, 2, 3].map((i) => dhts[i]!.provide(cid)));
    const all = await client.findProviders(cid);
    expect(all.map((peer) => peer.id.toString())).to.have.members([1, 2, 3].map((i) => hosts[i]!.peerId.toString()));
    expect(await client.findProviders(cid, { limit: 2 })).to.have.length(2);
  });

  it('finds nobody for a shard that nobody announced', async () => {
    expect(await client.findProviders(shardCid(randomBytes(32)))).to.deep.equal([]);
  });

  it('finds who signs asks in a market, and not those of another', async () => {
    const market = { chainId: 31_337, orderBook: `0x${'Ab'.repeat(20)}` };
    await Promise.all([1, 4].map((i) => dhts[i]!.provide(asksCid(market))));
    await dhts[2]!.provide(asksCid({ ...market, chainId: 1 }));
    const found = await client.findProviders(asksCid({ ...market, orderBook: market.orderBook.toLowerCase() }));
    expect(found.map((peer) => peer.id.toString())).to.have.members([1, 4].map((i) => hosts[i]!.peerId.toString()));
  });

  it('finds the addresses of a peer', async () => {
    const peer = await client.findPeer(hosts[7]!.peerId);
    expect(peer?.id.equals(hosts[7]!.peerId)).to.equal(true);
    expect(peer?.multiaddrs).to.not.be.empty;
  });

  it('names the peers closest to a key', async () => {
    const closest = await client.closest(randomBytes(32));
    expect(closest.length).to.be.greaterThan(PROVIDERS / 2);
  });

  it('drops a peer that no longer answers from the table, and still finds the record', async () => {
    const cid = shardCid(randomBytes(32));
    await dhts[2]!.provide(cid);
    await client.closest(cid.multihash.bytes);
    const gone = hosts[6]!;
    await gone.stop();
    for (let i = 0; i < 3; i++) await client.closest(cid.multihash.bytes);

    const closest = await client.closest(cid.multihash.bytes);
    expect(closest.some((peer) => peer.id.equals(gone.peerId))).to.equal(false);
    const found = await client.findProviders(cid);
    expect(found.some((peer) => peer.id.equals(hosts[2]!.peerId))).to.equal(true);
  });

  it('ends with the reason of the caller’s signal, not with an empty answer', async () => {
    const reason = new Error('the user pressed ctrl-C');
    const outcome = await client.findProviders(shardCid(randomBytes(32)), { signal: AbortSignal.abort(reason) }).then(
      () => 'found',
      (error: unknown) => error,
    );
    expect(outcome).to.equal(reason);
  });

  it('returns nothing, in bounded time, on a node without peers', async () => {
    const host = await pool.start({ mode: 'client' });
    const lonely = new Dht({ host, logger: silentLogger }, { firstPeerWaitMs: 100 });
    expect(await lonely.findProviders(shardCid(randomBytes(32)))).to.deep.equal([]);
  });
});
