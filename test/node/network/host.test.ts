import { createServer, type AddressInfo } from 'node:net';
import { multiaddr } from '@multiformats/multiaddr';
import { expect } from 'chai';

import { isStowError } from '../../../node/core/errors.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import { Dht } from '../../../node/network/dht.ts';
import { createHost } from '../../../node/network/host.ts';
import { shardCid } from '../../../node/network/shard-cid.ts';
import { bulkMultiaddr, parseBulkAddress } from '../../../node/transfer/bulk-address.ts';
import { bootstrapOf, HostPool, newNodeKey } from './hosts.ts';

describe('createHost', function () {
  this.timeout(30_000);
  const pool = new HostPool();
  afterEach(() => pool.stopAll());

  it('connects two hosts, which know each other by their node keys, and finds each its way back after a restart', async () => {
    const nodeKey = newNodeKey();
    const first = await pool.start({ nodeKey });
    const second = await pool.start();
    const connection = await second.dial(first.getMultiaddrs());
    expect(connection.remotePeer.equals(first.peerId)).to.equal(true);
    expect(await second.services.ping.ping(first.peerId)).to.be.a('number');
    await first.stop();
    const again = await pool.start({ nodeKey });
    expect(again.peerId.equals(first.peerId)).to.equal(true);
  });

  it('says which address is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const init = {
      nodeKey: newNodeKey(),
      listen: [`/ip4/127.0.0.1/tcp/${port}`],
      mode: 'provider',
      devnet: true,
    } as const;
    const error = await createHost({ ...init, logger: silentLogger }).catch((reason: unknown) => reason);
    await new Promise((resolve) => other.close(resolve));
    expect(isStowError(error, 'network-port-taken')).to.equal(true);
    expect((error as Error).message).to.include(String(port));
  });

  it('outside a devnet sends no packet to a private address, by number or by name', async () => {
    let touched = 0;
    const trap = createServer((socket) => {
      touched++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
    const { port } = trap.address() as AddressInfo;
    const host = await pool.start({ devnet: false, mode: 'client' });
    for (const address of [
      `/ip4/127.0.0.1/tcp/${port}`,
      `/dns4/localhost/tcp/${port}`,
      `/ip6/::ffff:127.0.0.1/tcp/${port}`,
    ]) {
      const outcome = await host.dial(multiaddr(address)).then(
        () => 'connected',
        () => 'refused',
      );
      expect(outcome, address).to.equal('refused');
    }
    await new Promise((resolve) => trap.close(resolve));
    expect(touched).to.equal(0);
  });

  it('finds a bootstrap peer that starts later', async () => {
    const nodeKey = newNodeKey();
    const early = await pool.start({ nodeKey });
    const bootstrap = [bootstrapOf(early)];
    const listen = early.getMultiaddrs().map((address) => address.decapsulate('/p2p').toString());
    await early.stop();
    const client = await pool.start({ mode: 'client', bootstrap });
    const dht = new Dht({ host: client, logger: silentLogger });
    await pool.start({ nodeKey, listen });
    while (dht.size === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(dht.size).to.equal(1);
  });

  it('tells others where its bulk server listens', async () => {
    const bulk = { host: '127.0.0.1', port: 4_242 };
    const provider = await pool.start({ appendAnnounce: [bulkMultiaddr(bulk).toString()] });
    const bootstrap = [bootstrapOf(provider)];
    const holder = await pool.start({ bootstrap });
    const cid = shardCid(crypto.getRandomValues(new Uint8Array(32)));
    expect((await new Dht({ host: provider, logger: silentLogger }).provide(cid)).stored).to.equal(1);
    const client = await pool.start({ mode: 'client', bootstrap: [bootstrapOf(holder)] });
    const [found] = await new Dht({ host: client, logger: silentLogger }).findProviders(cid);
    const addresses = found?.multiaddrs.flatMap((address) => parseBulkAddress(address) ?? []);
    expect(addresses).to.deep.equal([bulk]);
  });
});
