import { expect } from 'chai';

import { type NetworkComponents, NetworkSession } from '../../../../node/client/session/network-session.ts';
import type { AddressMemory } from '../../../../node/client/session/peer-book.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import { addressText } from '../../../../node/transfer/bulk-address.ts';
import { HostPool } from '../../network/hosts.ts';
import { expectError } from '../support/expect-error.ts';

const loopback = {
  peerId: '16Uiu2HAmDQA7mTkKTuQMgaDq7gvF4HJgtYMxeRmBGFGFyYxwTcHG',
  addresses: ['/ip4/127.0.0.1/tcp/9'],
};
const config = { allowPrivate: true, bootstrap: [] };

async function open(over: Partial<NetworkComponents> = {}, of: object = {}): Promise<NetworkSession> {
  return NetworkSession.open({ ...config, ...of }, { logger: silentLogger, providers: [loopback], ...over });
}

describe('network session', () => {
  const hosts = new HostPool();
  afterEach(async () => hosts.stopAll());

  it('reads where a provider answered before without joining the network, which somebody else would notice', async () => {
    const host = await hosts.start();
    const peerId = host.peerId.toString();
    const memory: AddressMemory = {
      bulkAddress: () => ({ host: '127.0.0.1', port: 7 }),
      setBulkAddress: () => undefined,
    };
    const provider = { id: 1, peerId, addresses: host.getMultiaddrs().map(String) };
    const session = await open({ providers: [provider], memory });
    try {
      for await (const address of session.peers.bulkAddresses(provider, {})) {
        expect(addressText(address)).to.equal('127.0.0.1:7');
        break;
      }
      expect(host.getConnections()).to.have.length(0);
      // Whatever is to be looked up joins it.
      const { dht } = await session.control();
      expect((await dht.findPeer(host.peerId))?.id.toString()).to.equal(peerId);
      expect(host.getConnections()).not.to.have.length(0);
      expect(await session.control()).to.equal(await session.control());
    } finally {
      await session.stop();
    }
  });

  it('says at once that all providers are out of reach', async () => {
    await expectError(open({}, { allowPrivate: false }), 'network-out-of-reach');
    const far = { ...loopback, addresses: ['/ip4/8.8.8.8/tcp/9'] };
    await expectError(open({ providers: [far] }), 'network-out-of-reach');
    await (await open({ providers: [far, loopback] })).stop();
  });

  it('names a bootstrap address that is none once it is needed, and stops all the same', async () => {
    const session = await open({}, { bootstrap: ['/ip4/127.0.0.1/tcp/9'] });
    await expectError(session.control(), 'config-invalid');
    await session.stop();
  });
});
