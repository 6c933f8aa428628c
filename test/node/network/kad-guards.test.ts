import { lpStream } from '@libp2p/utils';
import { multiaddr } from '@multiformats/multiaddr';
import { expect } from 'chai';
import type { Stream } from '@libp2p/interface';

import { silentLogger } from '../../../node/core/logger.ts';
import { Dht } from '../../../node/network/dht.ts';
import { KAD_MAX_STREAM_BYTES, KAD_PROTOCOL, MAX_ADDRESSES_PER_PEER } from '../../../node/network/limits.ts';
import { shardCid } from '../../../node/network/shard-cid.ts';
import { bootstrapOf, HostPool } from './hosts.ts';

describe('bounds of the DHT', function () {
  this.timeout(30_000);
  const pool = new HostPool();
  afterEach(() => pool.stopAll());

  it('resets a stream that sends more than a message can have, and goes on serving', async () => {
    const server = await pool.start();
    const attacker = await pool.start({ mode: 'client', bootstrap: [bootstrapOf(server)] });
    await attacker.dial(server.getMultiaddrs());
    for (let i = 0; i < 50; i++) {
      const stream: Stream = await attacker.dialProtocol(server.peerId, KAD_PROTOCOL);
      const closed = new Promise((resolve) => stream.addEventListener('close', resolve));
      void lpStream(stream)
        .write(new Uint8Array(4 * KAD_MAX_STREAM_BYTES))
        .catch(() => undefined);
      await closed;
      expect(stream.status).to.equal('reset');
    }
    expect(await new Dht({ host: attacker, logger: silentLogger }).closest(new Uint8Array(32))).to.have.length(1);
  });

  it('remembers only so many addresses of a peer that announces itself', async () => {
    const holder = await pool.start();
    const announce = Array.from({ length: 200 }, (_, i) => `/ip4/10.0.0.${i}/tcp/4001`);
    const listen = ['/ip4/127.0.0.1/tcp/0'];
    const spammer = await pool.start({ listen, announce, bootstrap: [bootstrapOf(holder)] });
    const dht = new Dht({ host: spammer, logger: silentLogger });
    await dht.provide(shardCid(new Uint8Array(32)));
    const peer = await holder.peerStore.get(spammer.peerId);
    expect(peer.addresses.length).to.be.greaterThan(0);
    expect(peer.addresses.length).to.be.at.most(MAX_ADDRESSES_PER_PEER);
    expect(
      peer.addresses.every(({ multiaddr: address }) => multiaddr(address).toString().startsWith('/ip4/')),
    ).to.equal(true);
  });
});
